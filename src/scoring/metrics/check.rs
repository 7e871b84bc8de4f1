//! The checks of the lists that are scored: one price a step, and every price finite.

use super::error::{MetricsError, Part};

/// There is one finite price for each step.
pub fn steps(part: Part, prices: &[f64], needed: usize) -> Result<(), MetricsError> {
    if prices.len() != needed {
        return Err(MetricsError::Lengths {
            part,
            found: prices.len(),
            needed,
        });
    }
    finite(part, prices)
}

/// Every price is a finite number.
pub fn finite(part: Part, prices: &[f64]) -> Result<(), MetricsError> {
    match prices.iter().position(|price| !price.is_finite()) {
        Some(before) => Err(MetricsError::NotFinite { part, step: before + 1 }),
        None => Ok(()),
    }
}

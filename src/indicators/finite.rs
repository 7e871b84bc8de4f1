//! The last check of every figure: only finite numbers pass.

/// `None` for a figure that is infinite or not a number, as broken bars would give.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

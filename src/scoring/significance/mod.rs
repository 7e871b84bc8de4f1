//! Significance tests: are the losses of two forecasts different, is the direction forecast better than by chance. Pure; never
//! decides which forecasts are compared, nor how many tests count together.

mod diebold_mariano;
mod holm;
mod pesaran_timmermann;

pub use self::diebold_mariano::{diebold_mariano, overlap};
pub use self::holm::holm;
pub use self::pesaran_timmermann::pesaran_timmermann;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The significance level.
pub const ALPHA: f64 = 0.05;

/// Outcome of a test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The test statistic, without unit; its sign is explained at the test.
    pub statistic: f64,
    /// Chance of a statistic at least as far out when there is no difference, 0–1.
    pub p_value: f64,
    /// Autocovariances in the variance, beside the variance itself: one less than the windows that share days.
    pub lags: usize,
    /// How the autocovariances were weighed; none where no variance was estimated.
    pub kernel: Option<Kernel>,
}

/// Weights of the autocovariances in a variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// All weigh one (Diebold & Mariano 1995).
    Rectangular,
    /// The j-th of h weighs 1 − j/h (Newey & West 1987), which never gives a negative variance.
    Bartlett,
}

/// A model against the naive forecast over many windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Verdict {
    /// Its losses are smaller, by more than chance.
    #[serde(rename = "beats naive")]
    BeatsNaive,
    /// The difference may be chance.
    #[serde(rename = "ties naive")]
    TiesNaive,
    /// Its losses are larger, by more than chance.
    #[serde(rename = "loses to naive")]
    LosesToNaive,
}

impl Verdict {
    /// The verdict in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::BeatsNaive => "beats naive",
            Verdict::TiesNaive => "ties naive",
            Verdict::LosesToNaive => "loses to naive",
        }
    }
}

/// What a [`diebold_mariano`] test of the model against the naive forecast says at the level `alpha` ([`ALPHA`]);
/// `None` without a test.
pub fn verdict(test: Option<&Test>, alpha: f64) -> Option<Verdict> {
    let test = test?;
    Some(match test.p_value < alpha {
        true if test.statistic < 0.0 => Verdict::BeatsNaive,
        true if test.statistic > 0.0 => Verdict::LosesToNaive,
        _ => Verdict::TiesNaive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(statistic: f64, p_value: f64) -> Test {
        Test {
            statistic,
            p_value,
            lags: 0,
            kernel: None,
        }
    }

    #[test]
    fn only_a_significant_difference_decides() {
        let said = |statistic, p_value| verdict(Some(&test(statistic, p_value)), ALPHA);
        assert_eq!(said(-3.0, 0.01), Some(Verdict::BeatsNaive));
        assert_eq!(said(3.0, 0.01), Some(Verdict::LosesToNaive));
        assert_eq!(said(-1.0, 0.3), Some(Verdict::TiesNaive));
        assert_eq!(said(-2.0, 0.05), Some(Verdict::TiesNaive));
        assert_eq!(said(0.0, 1.0), Some(Verdict::TiesNaive));
        assert_eq!(verdict(None, ALPHA), None);
    }

    #[test]
    fn a_verdict_is_a_phrase_and_a_kernel_a_word() {
        let word = |value: serde_json::Result<serde_json::Value>| value.ok();
        assert_eq!(
            word(serde_json::to_value(Verdict::BeatsNaive)),
            Some("beats naive".into())
        );
        assert_eq!(
            word(serde_json::to_value(Verdict::TiesNaive)),
            Some("ties naive".into())
        );
        assert_eq!(
            word(serde_json::to_value(Verdict::LosesToNaive)),
            Some("loses to naive".into())
        );
        assert_eq!(word(serde_json::to_value(Kernel::Bartlett)), Some("bartlett".into()));
    }
}

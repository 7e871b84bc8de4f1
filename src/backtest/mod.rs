//! A forecast held against what came: a price history in, the part that a forecast may see and the bars after it out, then
//! the errors of the forecast beside those of the naive one. Pure; runs no model and fetches nothing.

mod split;

pub use crate::features::{AccuracyError, Comparison, Metrics, Verdict, compare, score};
pub use split::{Window, split};

/// Why a window could not be made or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// The history is too short.
    #[error(
        "a test over {horizon} trading days needs {needed} bars, and there are {found}; use a shorter horizon or an earlier start"
    )]
    TooFewBars {
        /// Trading days to test.
        horizon: usize,
        /// Bars there are.
        found: usize,
        /// Bars needed.
        needed: usize,
    },
    /// A test over no day.
    #[error("a test needs a horizon of at least one trading day")]
    NoHorizon,
    /// Forecast and truth do not go together.
    #[error(transparent)]
    Accuracy(#[from] AccuracyError),
}

//! Forecasts held against what came: a price history in, the windows to test on out; then sampled forecasts in, and out their
//! errors beside those of naive and classical ones, with intervals, tests and a verdict. Runs no model and fetches nothing.

pub mod baselines;
pub mod bootstrap;
mod chart;
mod compare;
mod journal;
mod origins;
mod result;
pub mod significance;
mod table;
mod track;
mod watch;
mod window;

pub use crate::features::metrics;
pub use baselines::BaselineForecast;
pub use bootstrap::Interval;
pub use chart::{rolling_figure, window_figure};
pub use compare::{Ablation, FormatFigures, FormatRun, Paired, compare_formats};
pub use journal::{Journal, JournalError};
pub use metrics::{Distribution, Metrics, MetricsError, Scored};
pub use origins::{Origins, Window, windows};
pub use result::{Backtest, Intervals, NAIVE, Significance, Summary, TestResult, correct, summarise};
pub use significance::{ALPHA, Verdict, overlap};
pub use table::{ablation_table, backtest_table, figure_table};
pub use track::{Track, TrackState, Tracked, track, track_one};
pub use watch::{Outcome, Sampled, Watch};
pub use window::{ScoredWindow, score_window};

use chrono::NaiveDate;

/// Why there are no windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// The history is too short.
    #[error(
        "a test of {origins} windows over {horizon} trading days needs {needed} bars, and there are {found}; use fewer or \
         closer origins, a shorter horizon or an earlier start"
    )]
    TooFewBars {
        /// Trading days to test.
        horizon: usize,
        /// Windows.
        origins: usize,
        /// Bars there are.
        found: usize,
        /// Bars needed.
        needed: usize,
    },
    /// The split day is too new.
    #[error(
        "after {as_of} there are {after} bars, and a test over {horizon} trading days needs as many; choose an earlier day"
    )]
    NothingAfter {
        /// The split day.
        as_of: NaiveDate,
        /// Bars after it.
        after: usize,
        /// Trading days to test.
        horizon: usize,
    },
    /// A test over no day or no window.
    #[error("a test needs a horizon, a stride and a count of origins of at least one")]
    Empty,
}

#[cfg(test)]
mod tests;

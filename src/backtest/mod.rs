//! Compares forecasts with actual prices. First, cuts a price history into test windows. Then, from sampled forecasts, computes
//! their errors and those of naive and classical baselines, with intervals, tests and a verdict. Runs no model and fetches
//! nothing.

mod calibrate;
mod card;
mod chart;
mod compare;
mod dates;
mod horizon;
mod journal;
mod origins;
mod overall;
mod overall_table;
mod result;
mod stance;
mod table;
#[cfg(test)]
mod tests;
mod track;
mod watch;
mod window;

pub(crate) use self::calibrate::calibrate;
pub(crate) use self::card::{card, measured};
pub(crate) use self::chart::{rolling_figure, window_figure};
pub(crate) use self::compare::{Ablation, FormatRun, compare_formats};
pub(crate) use self::journal::Journal;
pub(crate) use self::origins::{Origins, Window, windows};
pub(crate) use self::overall::overall;
pub(crate) use self::overall_table::overall_table;
pub(crate) use self::result::{Backtest, NAIVE, correct, summarise};
pub(crate) use self::table::{ablation_table, backtest_table, figure_table};
pub(crate) use self::track::Track;
pub use self::track::{TrackState, Tracked, track, track_one};
pub use self::watch::{Outcome, Sampled, Watch};
pub(crate) use self::window::{ScoredWindow, score_window};

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
        /// Trading days of each window.
        horizon: usize,
        /// Number of windows.
        origins: usize,
        /// Bars in the history.
        found: usize,
        /// Bars needed.
        needed: usize,
    },
    /// Too few bars follow the split day.
    #[error(
        "after {as_of} there are {after} bars, and a test over {horizon} trading days needs as many; choose an earlier day"
    )]
    NothingAfter {
        /// The split day.
        as_of: NaiveDate,
        /// Bars after the split day.
        after: usize,
        /// Trading days of each window.
        horizon: usize,
    },
    /// No window fits between two days.
    #[error(
        "no window of {horizon} trading days after {context} known ones lies between {from} and {until}; choose days further apart, \
         or a ticker with more history"
    )]
    NoneBetween {
        /// Trading days of each window.
        horizon: usize,
        /// The fewest bars up to and including the first split day.
        context: usize,
        /// The first possible split day.
        from: NaiveDate,
        /// The last day that may be compared.
        until: NaiveDate,
    },
    /// The test has no day or no window.
    #[error("a test needs a horizon, a stride and a count of origins of at least one")]
    Empty,
}

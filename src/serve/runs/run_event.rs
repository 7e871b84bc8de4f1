//! The entries of a run's log, and its result. Plain data.

use std::sync::Arc;

use serde::Serialize;

use super::tokens::TokenCount;
use crate::analysis::{Analysis, Event};
use crate::backtest::Backtest;
use crate::market::Bar;
use crate::serve::http::ApiError;

/// One entry of a run's log: queue positions first, then progress, then exactly one of `Done` and `Failed`.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run waits in the queue; 1 is the next to start.
    Queued(usize),
    /// Progress of the pipeline.
    Event(Box<Event>),
    /// One window of a backtest has been scored.
    Scored(WindowScored),
    /// The engine died and was restarted; the stages run again from the first.
    Restarted,
    /// The run has finished.
    Done(Arc<Finished>),
    /// The run has failed.
    Failed(ApiError),
}

/// The error of one window of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowScored {
    /// Windows scored so far.
    pub done: usize,
    /// Windows in all.
    pub of: usize,
    /// The window's split day.
    pub as_of: chrono::NaiveDate,
    /// The model's mean absolute error, price units.
    pub mae: f64,
    /// The naive forecast's mean absolute error, price units.
    pub naive_mae: Option<f64>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Finished {
    /// The analysis; for a backtest, that of its newest window.
    pub analysis: Analysis,
    /// The whole price history behind it, for the Python original's clients.
    pub bars: Vec<Bar>,
    /// The backtest, where one was asked for.
    pub backtest: Option<Backtest>,
    /// Tokens of all jobs of the run.
    pub tokens: TokenCount,
}

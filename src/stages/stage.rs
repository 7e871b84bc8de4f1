//! The interface between a stage and the runner: jobs come in, each goes out with its result or failure. A stage knows neither
//! queues nor other stages.

use super::in_flight::InFlight;
use super::models::StageModels;
use crate::analysis::{LedgerRow, Sink, StageError};
use crate::engine::Engine;

/// The outcome of a stage: the ledger row of its model, if one was open, and an error if one affects all of its jobs.
pub type Ran = (Option<LedgerRow>, Result<(), StageError>);

/// Processes a batch of jobs with at most one model open.
pub trait Stage: Sync {
    /// Whether the stage has anything to do with these models.
    fn applies(&self, _models: &StageModels) -> bool {
        true
    }

    /// Opens its model on `engine` and stores a result in each of `jobs`. When a single job fails, the failure is recorded in
    /// that job; a returned error affects all jobs.
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran;
}

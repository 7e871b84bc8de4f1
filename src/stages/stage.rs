//! What a stage is to the runner: jobs come in, each with its result or its failure goes out. A stage knows no queue and no other
//! stage.

use super::in_flight::InFlight;
use super::models::StageModels;
use crate::analysis::{LedgerRow, Sink, StageError};
use crate::engine::Engine;

/// How a stage went: the row of its arena, where one was open, and an error where one concerns all of its jobs.
pub type Ran = (Option<LedgerRow>, Result<(), StageError>);

/// Work on a batch of jobs over at most one arena.
pub trait Stage: Sync {
    /// Whether these models call for it.
    fn applies(&self, _models: &StageModels) -> bool {
        true
    }

    /// Opens what it needs on `engine`, puts `jobs` through it and leaves its results in them. A job that fails is marked in the
    /// job; an error returned here concerns all of them.
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran;
}

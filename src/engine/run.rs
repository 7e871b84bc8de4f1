//! The batch runner: stage by stage, every job through the stage's one arena, then the next. One job is a batch of one.
//! It knows nothing of forecasts or reports: a stage is what opens an arena and puts jobs through it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::backend::Engine;
use super::error::EngineError;
use crate::analysis::{Event, LedgerRow, Sink, StageName};

/// What the runner must know of a job.
pub trait BatchJob {
    /// Whether the job asks for a stage.
    fn wants(&self, stage: StageName) -> bool;

    /// Leaves in the job that a stage as a whole failed.
    fn fail_with(&mut self, stage: StageName, error: &EngineError, sink: &Sink<'_>);
}

/// A stage over jobs of type `J`.
pub trait Stage<J> {
    /// Its name.
    fn name(&self) -> StageName;

    /// Opens the stage's arena on `engine`, puts `jobs` through it and leaves its results in them. A job that fails is marked
    /// in the job; an error returned here is one that concerns them all.
    fn run(
        &self,
        engine: &mut dyn Engine,
        jobs: &mut [&mut J],
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>);
}

/// Puts a batch of jobs through the stages, in order. Returns the jobs and one ledger row for each arena that was open.
///
/// A stage that fails, panics included, is marked in its jobs and the next stage runs: an analysis goes on with what it has.
pub fn run<J: BatchJob>(
    engine: &mut dyn Engine,
    stages: &[&dyn Stage<J>],
    mut jobs: Vec<J>,
    sink: &Sink<'_>,
) -> (Vec<J>, Vec<LedgerRow>) {
    let mut rows = Vec::new();
    for stage in stages {
        let mut wanting: Vec<&mut J> = jobs.iter_mut().filter(|job| job.wants(stage.name())).collect();
        rows.extend(run_stage(engine, *stage, &mut wanting, sink));
    }
    (jobs, rows)
}

/// Puts jobs through one stage. Returns the row of its arena, where one was open.
pub fn run_stage<J: BatchJob>(
    engine: &mut dyn Engine,
    stage: &dyn Stage<J>,
    jobs: &mut [&mut J],
    sink: &Sink<'_>,
) -> Option<LedgerRow> {
    if jobs.is_empty() {
        return None;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| stage.run(engine, jobs, sink)));
    let (row, result) = outcome.unwrap_or_else(|panic| {
        // The arena was freed while the panic unwound; its row went with it.
        (
            None,
            Err(EngineError::Panicked {
                stage: stage.name(),
                reason: panic_message(panic.as_ref()),
            }),
        )
    });
    if let Some(row) = &row {
        sink(Event::StageClosed { row: row.clone() });
    }
    if let Err(error) = result {
        for job in jobs {
            job.fail_with(stage.name(), &error, sink);
        }
    }
    row
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into())
}

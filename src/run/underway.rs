//! A job in progress: passes through one stage after the other with its models and ends as an [`Analysis`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::assemble::assemble;
use super::gather::Gathered;
use super::model_set::ModelSet;
use crate::analysis::{Analysis, Event, FailureKind, LedgerRow, Sink, StageError, StageName};
use crate::engine::{self, Cancel, Engine};
use crate::stages::{InFlight, StageModels, StagePart, StageRow, StageTable};

/// A job in progress, with its models.
#[derive(Debug)]
pub(super) struct Underway {
    models: ModelSet,
    flight: InFlight,
    rows: Vec<LedgerRow>,
    gather_ms: f64,
    begun: Instant,
    /// The stages that have run.
    passed: Vec<StageName>,
}

impl Underway {
    /// A job before its first stage.
    pub(super) fn new(gathered: Gathered, models: ModelSet, cancel: Cancel) -> Self {
        Underway {
            models,
            flight: InFlight::new(gathered.job, cancel),
            rows: Vec::new(),
            gather_ms: gathered.gather_ms,
            begun: Instant::now(),
            passed: Vec::new(),
        }
    }

    /// The job's id.
    pub(super) fn id(&self) -> &str {
        &self.flight.job.id
    }

    /// Whether the job was cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.flight.cancel.is_cancelled()
    }

    /// The next stage; `None` when all have run.
    pub(super) fn next_stage(&self, table: &StageTable) -> Option<StageName> {
        let waits = |row: &&StageRow| !self.passed.contains(&row.name) && self.takes(row);
        table.rows().iter().find(waits).map(|row| row.name)
    }

    /// How many jobs may share a stage with this one on a server.
    pub(super) fn most_together(&self, row: &StageRow) -> usize {
        row.most_together(self.models.models())
    }

    /// Whether both jobs use the same models for a stage and can share one opening.
    pub(super) fn shares(&self, row: &StageRow, other: &Underway) -> bool {
        row.is_shared(self.models.models(), other.models.models())
    }

    /// Builds the analysis, once no stage is left.
    pub(super) fn finish(self) -> Analysis {
        let engine_ms = engine::milliseconds(self.begun);
        assemble(self.flight, self.models.refs(), self.rows, self.gather_ms, engine_ms)
    }

    /// Whether the job asks for a stage and has its model.
    fn takes(&self, row: &StageRow) -> bool {
        self.flight.wants(row.name) && row.is_ready(self.models.models())
    }
}

/// Runs a stage for jobs that share its models. Each of the stage's models is opened once.
pub(super) fn advance(
    engine: &mut dyn Engine,
    table: &StageTable,
    row: &StageRow,
    jobs: &mut [&mut Underway],
    sink: &Sink<'_>,
) {
    let Some(models) = jobs.first().map(|job| job.models.models().clone()) else {
        return;
    };
    let after = table.rows().iter().skip(table.number(row.name));
    let wanted = after.filter(|later| jobs.iter().any(|job| job.flight.wants(later.name)));
    let upcoming: Vec<_> = wanted
        .filter_map(|later| models.model(later.parts_for(&models).last()?.opens.role()?))
        .cloned()
        .collect();
    engine.expect(&upcoming);
    let mut closed = Vec::new();
    let mut flights: Vec<&mut InFlight> = jobs.iter_mut().map(|job| &mut job.flight).collect();
    for part in row.parts_for(&models) {
        // Without the model that prepares the input, the last part reports what is missing.
        if part.opens.role().is_none_or(|role| models.has(role)) {
            closed.extend(run_part(engine, row.name, part, &models, &mut flights, sink));
        }
    }
    for job in jobs {
        job.passed.push(row.name);
        job.rows.extend(closed.iter().cloned());
    }
}

/// Runs a part of a stage. An error that affects all jobs, including a panic, is recorded in each of them; they continue with
/// the next stage. Returns the ledger row if a model was open.
fn run_part(
    engine: &mut dyn Engine,
    stage: StageName,
    part: &StagePart,
    models: &StageModels,
    jobs: &mut [&mut InFlight],
    sink: &Sink<'_>,
) -> Option<LedgerRow> {
    let outcome = catch_unwind(AssertUnwindSafe(|| part.stage.run(engine, models, jobs, sink)));
    let (row, result) = outcome.unwrap_or_else(|panic| {
        // Unwinding freed the model's memory and lost its ledger row.
        (None, Err(panicked(&format!("in the {stage} stage"), panic.as_ref())))
    });
    if let Some(row) = &row {
        sink(Event::StageClosed { row: row.clone() });
    }
    if let Err(error) = result {
        for job in jobs {
            job.fail(stage, error.clone(), sink);
        }
    }
    row
}

/// Converts a panic into an error.
fn panicked(place: &str, panic: &(dyn std::any::Any + Send)) -> StageError {
    let text = panic.downcast_ref::<&str>().copied();
    let reason = text
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    StageError::new(
        FailureKind::Internal,
        format!("internal error {place}: {reason} (please report it)"),
    )
}

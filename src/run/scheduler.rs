//! The one runner: which stage's models open next, and whose jobs go through it. The server gives it work without end, the command
//! line a batch at a time. Between any two stages of analyses the waiting texts have their turn, so nobody waits longer than one
//! opened stage.

use std::cell::RefCell;
use std::collections::HashMap;

use super::gather::Gathered;
use super::inbox::{Inbox, Woken};
use super::model_set::ModelSet;
use super::notice::{Notice, Notify};
use super::texts;
use super::underway::{Underway, advance};
use crate::analysis::{Analysis, Event, FailureKind, Sink, StageError};
use crate::engine::{Cancel, Engine};
use crate::stages::{STAGES, StageRow, StageTable};

/// How many analyses share one opening of a stage's models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// As many as the stage's row says: each is somebody's, and none should wait long.
    Fair,
    /// All that wait: they are one batch, and the models are loaded once for it.
    All,
}

/// The runner, over a table of stages.
#[derive(Debug, Clone)]
pub struct Scheduler {
    /// The stages, in the order they run.
    pub stages: StageTable,
    /// Who shares an opening.
    pub sharing: Sharing,
}

impl Scheduler {
    /// The runner of a server.
    pub fn fair() -> Self {
        Scheduler {
            stages: STAGES.clone(),
            sharing: Sharing::Fair,
        }
    }

    /// The runner of a batch.
    pub fn batch() -> Self {
        Scheduler {
            stages: STAGES.clone(),
            sharing: Sharing::All,
        }
    }

    /// Puts a batch through the stages, on this thread. Returns, for each job in order, its analysis, or why it has none.
    pub fn drive(
        &self,
        engine: &mut dyn Engine,
        models: &ModelSet,
        batch: Vec<Gathered>,
        cancel: &Cancel,
        sink: &Sink<'_>,
    ) -> Vec<Result<Analysis, StageError>> {
        let tasks: Vec<String> = batch.iter().map(|gathered| gathered.job.id.clone()).collect();
        let inbox = Inbox::default();
        inbox.analyse(
            batch
                .into_iter()
                .map(|gathered| (gathered, models.clone(), cancel.clone())),
        );
        inbox.finish();
        let ended = RefCell::new(HashMap::new());
        self.work(engine, &inbox, &|notice| match notice {
            Notice::Event { event, .. } => sink(event),
            Notice::Analysed { task, analysis } => {
                ended.borrow_mut().insert(task, Ok(*analysis));
            }
            Notice::Failed { task, error } => {
                ended.borrow_mut().insert(task, Err(error));
            }
            Notice::Text { .. } | Notice::Written { .. } => {}
        });
        let mut ended = ended.into_inner();
        let lost = || {
            StageError::new(
                FailureKind::Internal,
                "the runner lost this analysis (please report it)",
            )
        };
        tasks
            .into_iter()
            .map(|task| ended.remove(&task).unwrap_or_else(|| Err(lost())))
            .collect()
    }

    /// Works until the inbox is closed, or finished and empty.
    pub(crate) fn work(&self, engine: &mut dyn Engine, inbox: &Inbox, notify: &Notify<'_>) {
        let mut analyses: Vec<Underway> = Vec::new();
        loop {
            if analyses.is_empty() && !wait(engine, inbox) {
                return;
            }
            for row in self.stages.rows() {
                analyses.extend(inbox.take_analyses());
                self.pass(engine, row, &mut analyses, notify);
                self.settle(&mut analyses, inbox, notify);
                texts::write_texts(engine, inbox, !analyses.is_empty(), notify);
            }
        }
    }

    /// Opens a stage once for the first analyses that wait for it with the same models.
    fn pass(&self, engine: &mut dyn Engine, row: &StageRow, analyses: &mut [Underway], notify: &Notify<'_>) {
        let most = match self.sharing {
            Sharing::Fair => row.together,
            Sharing::All => usize::MAX,
        };
        let mut group: Vec<&mut Underway> = Vec::new();
        for one in analyses {
            let joins = one.next_stage(&self.stages) == Some(row.name)
                && group.len() < most
                && group.first().is_none_or(|first| first.shares(row, one));
            if joins {
                group.push(one);
            }
        }
        let tasks: Vec<String> = group.iter().map(|one| one.id().to_owned()).collect();
        let _span = tracing::info_span!("stage", stage = %row.name, job = tasks.join(" ")).entered();
        advance(engine, &self.stages, row, &mut group, &|event| {
            let tasks = match job_of(&event) {
                Some(job) => vec![job.to_owned()],
                None => tasks.clone(),
            };
            notify(Notice::Event { tasks, event });
        });
    }

    /// Hands over the analyses that are complete, in the order they came, and drops those that nobody waits for.
    fn settle(&self, analyses: &mut Vec<Underway>, inbox: &Inbox, notify: &Notify<'_>) {
        for one in analyses.extract_if(.., |one| one.next_stage(&self.stages).is_none()) {
            let task = one.id().to_owned();
            inbox.forget(&task);
            notify(if one.is_cancelled() {
                Notice::cancelled(task)
            } else {
                Notice::Analysed {
                    task,
                    analysis: Box::new(one.finish()),
                }
            });
        }
    }
}

/// Waits for work; meanwhile the engine frees what it kept for too long. False when there will be none.
fn wait(engine: &mut dyn Engine, inbox: &Inbox) -> bool {
    loop {
        let until = engine.rest();
        match inbox.wait(until) {
            Woken::Work => return true,
            Woken::Over => return false,
            Woken::TimeUp => {}
        }
    }
}

/// The job that an event is about; those of an arena concern everybody in it.
fn job_of(event: &Event) -> Option<&str> {
    match event {
        Event::StageOpened { .. } | Event::Loading { .. } | Event::StageClosed { .. } => None,
        Event::JobStarted { job, .. }
        | Event::Prefill { job, .. }
        | Event::Decoded { job, .. }
        | Event::PathSampled { job, .. }
        | Event::ForecastMade { job, .. }
        | Event::HeadlinesScored { job, .. }
        | Event::Text { job, .. }
        | Event::StageFailed { job, .. }
        | Event::Done { job } => Some(job),
    }
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;

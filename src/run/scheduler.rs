//! The only runner of stages: decides which stage's model opens next and which jobs share it. The server feeds it continuously,
//! the command line one batch at a time. Queued text requests are served after every stage, so nobody waits longer than one
//! stage.

use std::cell::RefCell;
use std::collections::HashMap;

use super::embeds;
use super::gather::Gathered;
use super::inbox::{Inbox, Woken};
use super::model_set::ModelSet;
use super::notice::{Notice, Notify};
use super::texts;
use super::underway::{Underway, advance};
use crate::analysis::{Analysis, Event, FailureKind, Sink, StageError};
use crate::engine::{Cancel, Engine};
use crate::stages::{STAGES, StageRow, StageTable};

/// How many analyses share one opening of a stage's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// At most as many as the stage's row allows, because each belongs to a client and none should wait long.
    Fair,
    /// All that are queued: they form one batch, and the model is loaded once for it.
    All,
}

/// Runs jobs through a table of stages.
#[derive(Debug, Clone)]
pub struct Scheduler {
    /// The stages in the order they run.
    pub stages: StageTable,
    /// How many analyses share one opening of a model.
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

    /// Runs a batch of jobs through the stages on this thread. Returns, in the order of the jobs, each analysis or why there is
    /// none.
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
            Notice::Text { .. } | Notice::Written { .. } | Notice::Embedded { .. } => {}
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
                embeds::embed_texts(engine, inbox, notify);
            }
        }
    }

    /// Runs a stage once, for the first analyses that wait for it with the same models.
    fn pass(&self, engine: &mut dyn Engine, row: &StageRow, analyses: &mut [Underway], notify: &Notify<'_>) {
        let most = |first: &Underway| match self.sharing {
            Sharing::Fair => first.most_together(row),
            Sharing::All => usize::MAX,
        };
        let mut group: Vec<&mut Underway> = Vec::new();
        for one in analyses {
            let joins = one.next_stage(&self.stages) == Some(row.name)
                && group
                    .first()
                    .is_none_or(|first| group.len() < most(first) && first.shares(row, one));
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

    /// Delivers complete analyses in the order they were submitted, and drops cancelled ones.
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

/// Waits for work; meanwhile the engine frees cached data that has expired. Returns false when no more work will come.
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

/// The job that an event belongs to; `None` for events that concern every job in the open model.
fn job_of(event: &Event) -> Option<&str> {
    match event {
        Event::StageOpened { .. } | Event::Loading { .. } | Event::StageClosed { .. } | Event::Waiting { .. } => None,
        Event::JobStarted { job, .. }
        | Event::Prefill { job, .. }
        | Event::Decoded { job, .. }
        | Event::PathSampled { job, .. }
        | Event::ForecastMade { job, .. }
        | Event::HeadlinesScored { job, .. }
        | Event::Cautions { job, .. }
        | Event::Text { job, .. }
        | Event::StageFailed { job, .. }
        | Event::Done { job } => Some(job),
    }
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;

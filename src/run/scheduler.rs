//! The engine's loop: which arena opens next, and who goes through it. Between any two stages of analyses the waiting texts get
//! their turn, so nobody waits longer than one opened stage.

use super::inbox::Inbox;
use super::pipeline::{self, Underway};
use super::texts;
use crate::analysis::{Event, StageName};
use crate::engine::Engine;
use crate::host::Notice;

/// Most analyses that share one opening of an arena: enough to pay for the loading, few enough that others get their turn.
const MOST_TOGETHER: usize = 4;

/// Reports take long, and each is the end of its analysis, which should not wait for another's: one opening for each.
const REPORTS_TOGETHER: usize = 1;

/// Where notices go. It must not block for long: the engine waits meanwhile.
pub type Notify = dyn Fn(Notice) + Send + Sync;

/// Works until the inbox is closed.
pub(crate) fn work(engine: &mut dyn Engine, inbox: &Inbox, notify: &Notify) {
    let mut analyses: Vec<Underway> = Vec::new();
    loop {
        if analyses.is_empty() && !wait(engine, inbox) {
            return;
        }
        for stage in [StageName::Forecast, StageName::Sentiment, StageName::Report] {
            analyses.extend(inbox.take_analyses());
            pass(engine, stage, &mut analyses, notify);
            settle(&mut analyses, inbox, notify);
            texts::write_texts(engine, inbox, !analyses.is_empty(), notify);
        }
    }
}

/// Waits for work; meanwhile the engine frees what it kept for too long. False when the inbox is closed.
fn wait(engine: &mut dyn Engine, inbox: &Inbox) -> bool {
    loop {
        let until = engine.rest();
        if let Some(goes_on) = inbox.wait(until) {
            return goes_on;
        }
    }
}

/// Opens a stage once for the first analyses that wait for it with the same model.
fn pass(engine: &mut dyn Engine, stage: StageName, analyses: &mut [Underway], notify: &Notify) {
    let together = match stage {
        StageName::Report => REPORTS_TOGETHER,
        StageName::Forecast | StageName::Sentiment => MOST_TOGETHER,
    };
    let (mut group, mut others): (Vec<&mut Underway>, Vec<&mut Underway>) = (Vec::new(), Vec::new());
    for one in analyses {
        let joins = one.next_stage() == Some(stage)
            && group.len() < together
            && group.first().is_none_or(|first| first.shares(stage, one));
        if joins { &mut group } else { &mut others }.push(one);
    }
    let tasks: Vec<String> = group.iter().map(|one| one.id().to_owned()).collect();
    let _span = tracing::info_span!("stage", %stage, job = tasks.join(" ")).entered();
    pipeline::advance(engine, stage, &mut group, &|event| {
        let tasks = match job_of(&event) {
            Some(job) => vec![job.to_owned()],
            None => tasks.clone(),
        };
        notify(Notice::Event { tasks, event });
    });
}

/// Hands over the analyses that are complete, and drops those that nobody waits for.
fn settle(analyses: &mut Vec<Underway>, inbox: &Inbox, notify: &Notify) {
    for index in (0..analyses.len()).rev() {
        if analyses[index].next_stage().is_some() {
            continue;
        }
        let one = analyses.remove(index);
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

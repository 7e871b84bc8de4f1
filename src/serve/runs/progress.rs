//! Writes a job's progress into a run's log: engine updates come in, events go out, counters that change with every token at most
//! ten times a second.

use std::time::{Duration, Instant};

use super::run_event::RunEvent;
use super::run_log::RunLog;
use super::tokens::TokenCount;
use crate::analysis::Event;

/// The shortest pause between two events that only move a counter.
const INTERVAL: Duration = Duration::from_millis(100);

/// An update of a job that is still running.
pub(super) enum JobUpdate {
    /// Progress of the pipeline.
    Event(Box<Event>),
    /// The engine died and was restarted; the job begins again.
    Restarted,
}

/// Writes one job's updates into a log and counts its tokens.
pub(super) struct ProgressWriter<'a> {
    log: &'a RunLog<RunEvent>,
    tokens: TokenCount,
    last_counter: Instant,
}

impl<'a> ProgressWriter<'a> {
    pub(super) fn new(log: &'a RunLog<RunEvent>) -> Self {
        ProgressWriter {
            log,
            tokens: TokenCount::default(),
            last_counter: Instant::now() - INTERVAL,
        }
    }

    /// Tokens of the job so far.
    pub(super) fn tokens(&self) -> TokenCount {
        self.tokens
    }

    /// Counts the tokens of an update without writing it into the log.
    pub(super) fn count(&mut self, update: &JobUpdate) {
        match update {
            JobUpdate::Event(event) => self.tokens.add_event(event),
            JobUpdate::Restarted => self.tokens = TokenCount::default(),
        }
    }

    /// Counts an update and writes it into the log.
    pub(super) fn write(&mut self, update: JobUpdate) {
        self.count(&update);
        let event = match update {
            JobUpdate::Event(event) => *event,
            JobUpdate::Restarted => return self.log.push(RunEvent::Restarted),
        };
        if is_counter(&event) && !is_complete(&event) {
            if self.last_counter.elapsed() < INTERVAL {
                return;
            }
            self.last_counter = Instant::now();
        }
        self.log.push(RunEvent::Event(Box::new(event)));
    }
}

fn is_counter(event: &Event) -> bool {
    matches!(
        event,
        Event::Loading { .. } | Event::Prefill { .. } | Event::Decoded { .. }
    )
}

/// Whether a load or a prompt is complete; that is reported however soon after the last event.
fn is_complete(event: &Event) -> bool {
    match event {
        Event::Loading { fraction, .. } => *fraction >= 1.0,
        Event::Prefill { tokens, of, .. } => tokens == of,
        _ => false,
    }
}

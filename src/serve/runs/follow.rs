//! One job on its way through the engine: updates in, its analysis out, and what is worth telling to the run's readers on the way.

use std::time::{Duration, Instant};

use super::app::{Shared, stopping};
use super::run_log::RunLog;
use super::running::RunEvent;
use super::tokens::TokenCount;
use crate::analysis::{Analysis, Event, FailureKind, StageError};
use crate::host::Update;
use crate::run::{Gathered, ModelSet};
use crate::serve::http::ApiError;

/// Progress is told at most so often.
const PROGRESS: Duration = Duration::from_millis(100);

/// What is heard of a job on its way.
pub(super) enum Heard {
    /// Progress.
    Event(Event),
    /// The engine died; the job begins again.
    Again,
}

/// Puts a job through the engine.
pub(super) async fn follow(
    app: &Shared,
    gathered: Gathered,
    models: ModelSet,
    hear: &mut (dyn FnMut(Heard) + Send),
) -> Result<Analysis, ApiError> {
    let begun = Instant::now();
    let mut tokens = TokenCount::default();
    let mut handle = app.host.analyse(gathered, models);
    while let Some(update) = handle.next().await {
        match update {
            Update::Event(event) => {
                tokens.hear(&event);
                hear(Heard::Event(event));
            }
            Update::Again => {
                tokens = TokenCount::default();
                hear(Heard::Again);
            }
            Update::Analysed(analysis) => {
                app.metrics.tokens(tokens.prompt, tokens.decoded, begun.elapsed());
                return Ok(*analysis);
            }
            Update::Failed(error) => return Err(failed(error)),
            Update::Text(_) | Update::Written => {}
        }
    }
    Err(stopping())
}

/// Tells a run's readers what is heard, progress not too often.
pub(super) struct Teller<'a> {
    live: &'a RunLog<RunEvent>,
    /// Those of all jobs told of.
    pub(crate) tokens: TokenCount,
    last_progress: Instant,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(live: &'a RunLog<RunEvent>) -> Self {
        Teller {
            live,
            tokens: TokenCount::default(),
            last_progress: Instant::now() - PROGRESS,
        }
    }

    /// Counts tokens without telling.
    pub(crate) fn count(&mut self, heard: &Heard) {
        match heard {
            Heard::Event(event) => self.tokens.hear(event),
            Heard::Again => self.tokens = TokenCount::default(),
        }
    }

    /// Tells.
    pub(crate) fn hear(&mut self, heard: Heard) {
        self.count(&heard);
        let event = match heard {
            Heard::Event(event) => event,
            Heard::Again => return self.live.say(RunEvent::Again),
        };
        if is_progress(&event) && !is_last(&event) {
            if self.last_progress.elapsed() < PROGRESS {
                return;
            }
            self.last_progress = Instant::now();
        }
        self.live.say(RunEvent::Event(Box::new(event)));
    }
}

/// A task's failure as a client hears it.
pub fn failed(error: StageError) -> ApiError {
    let StageError { kind, message, .. } = error;
    match kind {
        FailureKind::DoesNotFit => ApiError::ContextLengthExceeded {
            message,
            param: "messages",
        },
        FailureKind::GrammarRefused => ApiError::Invalid {
            message,
            param: Some("response_format".into()),
            code: None,
        },
        FailureKind::FormatCannot => ApiError::invalid("ticker", message),
        FailureKind::Cancelled => ApiError::Engine("the request was cancelled".into()),
        FailureKind::EngineLost => ApiError::Unavailable {
            message,
            retry_after: Some(1),
        },
        FailureKind::OverBudget
        | FailureKind::ModelBroken
        | FailureKind::ModelMissing
        | FailureKind::NoUsablePath
        | FailureKind::NoUsableText
        | FailureKind::UnknownTicker
        | FailureKind::TooFewData
        | FailureKind::SourceFailed
        | FailureKind::BackendCannot
        | FailureKind::EngineFailed
        | FailureKind::Internal => ApiError::Engine(message),
    }
}

fn is_progress(event: &Event) -> bool {
    matches!(
        event,
        Event::Loading { .. } | Event::Prefill { .. } | Event::Decoded { .. }
    )
}

/// The end of a prompt or of a load is worth telling, however soon it comes.
fn is_last(event: &Event) -> bool {
    match event {
        Event::Loading { fraction, .. } => *fraction >= 1.0,
        Event::Prefill { tokens, of, .. } => tokens == of,
        _ => false,
    }
}

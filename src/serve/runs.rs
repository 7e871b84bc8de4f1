//! Analyses on their way. Equal questions that are asked while one of them runs share that run; it is given up when nobody waits
//! for it any more, and every finished one is stored before it is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::app::{Shared, stopping};
use super::doors::Client;
use super::error::ApiError;
use super::gather;
use super::live::{Live, Reader};
use super::question::Question;
use super::queue::Place;
use super::tokens::TokenCount;
use crate::backtest::Comparison;
use crate::engine::Event;
use crate::host::{Failure, Update};
use crate::report::Analysis;

/// What a run says, in this order: positions, then events, then one of the last two.
#[derive(Debug, Clone)]
pub enum Said {
    /// It waits: 1 for the next.
    Queued(usize),
    /// Progress.
    Event(Box<Event>),
    /// The engine died; the stages begin again.
    Again,
    /// The end.
    Done(Arc<Finished>),
    /// The other end.
    Failed(ApiError),
}

/// A finished run.
#[derive(Debug, Serialize)]
pub struct Finished {
    /// The analysis.
    pub analysis: Analysis,
    /// The whole history that it was made from, for the Python original's clients.
    #[serde(skip)]
    pub bars: Vec<crate::market::Bar>,
    /// The forecast against what came, in a test.
    #[serde(skip)]
    pub comparison: Option<Comparison>,
    /// Prompt tokens evaluated and tokens decoded.
    #[serde(skip)]
    pub tokens: TokenCount,
}

/// Runs that can be joined, by question.
#[derive(Debug, Default)]
pub struct Runs(Mutex<HashMap<[u8; 32], Arc<Live<Said>>>>);

/// Progress is told at most so often.
const PROGRESS: Duration = Duration::from_millis(100);

impl Runs {
    /// Joins the run of an equal question, or starts one.
    ///
    /// # Errors
    ///
    /// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops.
    pub fn ask(app: &Shared, client: Client, question: Question) -> Result<Reader<Said>, ApiError> {
        let key = key(&question);
        let mut runs = app.runs.lock();
        if let Some(reader) = runs.get(&key).and_then(|live| live.read()) {
            app.metrics.shared();
            return Ok(reader);
        }
        let place = app.enter(&app.analyses, client)?;
        let live = Arc::new(Live::new());
        let reader = live.read().ok_or(ApiError::Internal)?;
        runs.insert(key, Arc::clone(&live));
        drop(runs);
        let app = Arc::clone(app);
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = tokio::time::timeout(app.patience, run(&app, place, question, &live)) => {
                    outcome.unwrap_or_else(|_| Err(ApiError::Timeout(app.patience.as_secs())))
                }
                () = live.abandoned() => Err(ApiError::Internal),
            };
            // Whoever asks from here on gets a run of its own.
            app.runs.forget(&key, &live);
            live.say(match outcome {
                Ok(finished) => Said::Done(Arc::new(finished)),
                Err(error) => Said::Failed(error),
            });
        });
        Ok(reader)
    }

    fn forget(&self, key: &[u8; 32], live: &Arc<Live<Said>>) {
        let mut runs = self.lock();
        if runs.get(key).is_some_and(|current| Arc::ptr_eq(current, live)) {
            runs.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Live<Said>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a run to its end.
///
/// # Errors
///
/// What it failed with.
pub async fn outcome(mut reader: Reader<Said>) -> Result<Arc<Finished>, ApiError> {
    while let Some(said) = reader.next().await {
        match said {
            Said::Done(finished) => return Ok(finished),
            Said::Failed(error) => return Err(error),
            Said::Queued(_) | Said::Event(_) | Said::Again => {}
        }
    }
    Err(ApiError::Internal)
}

async fn run(
    app: &Shared,
    mut place: Place<Client>,
    question: Question,
    live: &Live<Said>,
) -> Result<Finished, ApiError> {
    // Prices and headlines are fetched while the request waits; an unknown ticker is told at once.
    let gathering = gather::gather(app, &question);
    let models = app.models.set(&question.options.stages);
    let turn = async {
        let came = place.turn(|position| live.say(Said::Queued(position))).await;
        came.map_err(|_| stopping())
    };
    let (gathered, models, ()) = tokio::try_join!(gathering, models, turn)?;
    let begun = Instant::now();
    let mut tokens = TokenCount::default();
    let mut last_progress = Instant::now() - PROGRESS;
    let mut handle = app.host.analyse(gathered.gathered, models);
    while let Some(update) = handle.next().await {
        match update {
            Update::Event(event) => {
                tokens.hear(&event);
                if is_progress(&event) && !is_last(&event) {
                    if last_progress.elapsed() < PROGRESS {
                        continue;
                    }
                    last_progress = Instant::now();
                }
                live.say(Said::Event(Box::new(event)));
            }
            Update::Again => {
                tokens = TokenCount::default();
                live.say(Said::Again);
            }
            Update::Analysed(analysis) => {
                app.metrics.tokens(tokens.prompt, tokens.decoded, begun.elapsed());
                return Ok(gather::conclude(app, *analysis, gathered.kept, tokens).await);
            }
            Update::Failed(failure) => return Err(failed(failure)),
            Update::Text(_) | Update::Written => {}
        }
    }
    Err(stopping())
}

/// A task's failure as a client hears it.
pub fn failed(failure: Failure) -> ApiError {
    match failure {
        Failure::TooLong(message) => ApiError::ContextLengthExceeded {
            message,
            param: "messages",
        },
        Failure::Grammar(message) => ApiError::Invalid {
            message,
            param: Some("response_format".into()),
            code: None,
        },
        Failure::Cancelled => ApiError::Engine("the request was cancelled".into()),
        Failure::Engine(message) => ApiError::Engine(message),
        Failure::Lost(message) => ApiError::Unavailable {
            message,
            retry_after: Some(1),
        },
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

fn key(question: &Question) -> [u8; 32] {
    // A question is plain data and always has a JSON form.
    Sha256::digest(serde_json::to_vec(question).unwrap_or_default()).into()
}

//! Texts on their way: requests in, a log of what the model writes out. The engine's place is given up when the last token is
//! written, however slowly the client reads, and at once when the client goes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::future::try_join_all;
use uuid::Uuid;

use super::app::{Shared, stopping};
use super::follow::failed;
use super::queue::Permit;
use super::run_log::{Reader, RunLog};
use crate::analysis::FailureKind;
use crate::host::Update;
use crate::run::{TextEvent, TextRequest};
use crate::serve::http::{ApiError, Client};

/// What texts say, in this order: `Accepted` once, then events, then one of the last two.
#[derive(Debug, Clone)]
pub enum Written {
    /// All prompts fit and their grammars are good.
    Accepted,
    /// Progress of one of the requests.
    Event {
        /// Which.
        request: usize,
        /// It.
        event: TextEvent,
    },
    /// The end.
    Done,
    /// The other end.
    Failed(ApiError),
}

/// Starts the requests, which are for one role. `param` is the field that holds the prompt.
///
/// # Errors
///
/// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops or a model is missing.
pub async fn write(
    app: &Shared,
    client: Client,
    requests: Vec<TextRequest>,
    param: &'static str,
) -> Result<Reader<Written>, ApiError> {
    let place = app.enter(&app.texts, client)?;
    let live = Arc::new(RunLog::new());
    let reader = live.read().ok_or(ApiError::Internal)?;
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(app.patience, run(&app, place, requests, &live)) => {
                outcome.unwrap_or_else(|_| Err(ApiError::Timeout(app.patience.as_secs())))
            }
            () = live.abandoned() => return,
        };
        live.say(match outcome {
            Ok(()) => Written::Done,
            Err(ApiError::ContextLengthExceeded { message, .. }) => {
                Written::Failed(ApiError::ContextLengthExceeded { message, param })
            }
            Err(error) => Written::Failed(error),
        });
    });
    Ok(reader)
}

async fn run(
    app: &Shared,
    mut place: Permit<Client>,
    requests: Vec<TextRequest>,
    live: &RunLog<Written>,
) -> Result<(), ApiError> {
    place.turn(|_| ()).await.map_err(|_| stopping())?;
    let begun = Instant::now();
    let all = requests.len();
    let accepted = AtomicUsize::new(0);
    let role = requests.first().map(|request| request.role).ok_or(ApiError::Internal)?;
    let model = app.models.language(role).await?;
    let tasks = requests.into_iter().enumerate().map(|(index, request)| {
        let mut handle = app
            .host
            .write(format!("text-{}", Uuid::now_v7().simple()), request, model.clone());
        let accepted = &accepted;
        async move {
            let (mut prompt, mut decoded) = (0, 0);
            let mut told = false;
            while let Some(update) = handle.next().await {
                match update {
                    Update::Text(TextEvent::Accepted) if !told => {
                        told = true;
                        if accepted.fetch_add(1, Ordering::Relaxed) + 1 == all {
                            live.say(Written::Accepted);
                        }
                    }
                    // A second engine reads the prompt again when the first died before it wrote; it is counted once.
                    Update::Text(TextEvent::Opened { .. }) if prompt > 0 => {}
                    Update::Text(event) => {
                        match &event {
                            TextEvent::Opened { prompt_tokens } => prompt = *prompt_tokens,
                            TextEvent::Ended { tokens, .. } => decoded += tokens,
                            TextEvent::Accepted | TextEvent::Piece { .. } => {}
                        }
                        live.say(Written::Event { request: index, event });
                    }
                    Update::Written => return Ok((prompt, decoded)),
                    Update::Failed(error) if error.kind == FailureKind::Cancelled => return Err(stopping()),
                    Update::Failed(error) => return Err(failed(error)),
                    Update::Again | Update::Event(_) | Update::Analysed(_) => {}
                }
            }
            Err(stopping())
        }
    });
    let counts: Vec<(usize, usize)> = try_join_all(tasks).await?;
    let prompt = counts.iter().map(|count| count.0 as u64).sum();
    let decoded = counts.iter().map(|count| count.1 as u64).sum();
    app.metrics.tokens(prompt, decoded, begun.elapsed());
    Ok(())
}

/// Waits until every prompt is accepted, so that an error is answered as one and not in the middle of a stream.
///
/// # Errors
///
/// What the request failed with before that.
pub async fn accepted(reader: &mut Reader<Written>) -> Result<(), ApiError> {
    loop {
        match reader.next().await {
            Some(Written::Accepted | Written::Done) => return Ok(()),
            Some(Written::Failed(error)) => return Err(error),
            Some(Written::Event { .. }) => {}
            None => return Err(ApiError::Internal),
        }
    }
}

//! Texts of a language model alone: requests come in, a log of the generated text goes out. The slot is released with the last token,
//! however slowly the client reads, and at once when the client disconnects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::future::try_join_all;
use uuid::Uuid;

use super::app::{App, Shared};
use super::failure::{failed, stopping};
use super::queue::Permit;
use super::run_log::{Reader, RunLog};
use crate::analysis::FailureKind;
use crate::engine::Grammar;
use crate::host::Update;
use crate::run::{TextEvent, TextRequest};
use crate::serve::http::{ApiError, Client};

/// One entry of the log of some texts: `Accepted` once, then events, then exactly one of `Done` and `Failed`.
#[derive(Debug, Clone)]
pub enum TextRunEvent {
    /// All prompts fit the context and their grammars are valid.
    Accepted,
    /// Progress of one of the requests.
    Event {
        /// The request's index.
        request: usize,
        /// What happened.
        event: TextEvent,
    },
    /// All texts are complete.
    Done,
    /// One of the texts failed, and with it all.
    Failed(ApiError),
}

/// Starts the requests, all for one role. `param` is the field that holds the prompt, for the error message.
///
/// # Errors
///
/// [`ApiError::QueueFull`], or [`ApiError::Unavailable`] while the server stops or a model is missing.
pub async fn write(
    app: &Shared,
    client: Client,
    requests: Vec<TextRequest>,
    param: &'static str,
) -> Result<Reader<TextRunEvent>, ApiError> {
    let permit = app.enter(&app.texts, client)?;
    let log = Arc::new(RunLog::new());
    let reader = log.read().ok_or(ApiError::Internal)?;
    let app = Arc::clone(app);
    let calls_tools = requests
        .iter()
        .any(|request| matches!(request.grammar, Some(Grammar::Calls(_))));
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(app.time_limit, run(&app, permit, requests, &log)) => {
                outcome.unwrap_or_else(|_| Err(ApiError::Timeout(app.time_limit.as_secs())))
            }
            () = log.abandoned() => return,
        };
        log.push(match outcome {
            Ok(()) => TextRunEvent::Done,
            Err(ApiError::ContextLengthExceeded { message, .. }) => {
                TextRunEvent::Failed(ApiError::ContextLengthExceeded { message, param })
            }
            // The schemas of tools are those that the engine refuses.
            Err(ApiError::Invalid {
                message,
                param: Some(of),
                code,
            }) if calls_tools && of == "response_format" => TextRunEvent::Failed(ApiError::Invalid {
                message,
                param: Some("tools".into()),
                code,
            }),
            Err(error) => TextRunEvent::Failed(error),
        });
    });
    Ok(reader)
}

async fn run(
    app: &App,
    mut permit: Permit<Client>,
    requests: Vec<TextRequest>,
    log: &RunLog<TextRunEvent>,
) -> Result<(), ApiError> {
    permit.granted(|_| ()).await.map_err(|_| stopping())?;
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
            let mut is_accepted = false;
            while let Some(update) = handle.next().await {
                match update {
                    Update::Text(TextEvent::Accepted) if !is_accepted => {
                        is_accepted = true;
                        if accepted.fetch_add(1, Ordering::Relaxed) + 1 == all {
                            log.push(TextRunEvent::Accepted);
                        }
                    }
                    // A restarted engine evaluates the prompt again; its tokens count once.
                    Update::Text(TextEvent::Opened { .. }) if prompt > 0 => {}
                    Update::Text(event) => {
                        match &event {
                            TextEvent::Opened { prompt_tokens } => prompt = *prompt_tokens,
                            TextEvent::Ended { tokens, .. } => decoded += tokens,
                            TextEvent::Accepted | TextEvent::Piece { .. } => {}
                        }
                        log.push(TextRunEvent::Event { request: index, event });
                    }
                    Update::Written => return Ok((prompt, decoded)),
                    Update::Failed(error) if error.kind == FailureKind::Cancelled => return Err(stopping()),
                    Update::Failed(error) => return Err(failed(error)),
                    Update::Again | Update::Event(_) | Update::Analysed(_) | Update::Embedded(_) => {}
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

/// Waits until every prompt is accepted, so that a bad request gets a status of its own and not a failure within a stream.
///
/// # Errors
///
/// What the request failed with until then.
pub async fn accepted(reader: &mut Reader<TextRunEvent>) -> Result<(), ApiError> {
    loop {
        match reader.next().await {
            Some(TextRunEvent::Accepted | TextRunEvent::Done) => return Ok(()),
            Some(TextRunEvent::Failed(error)) => return Err(error),
            Some(TextRunEvent::Event { .. }) => {}
            None => return Err(ApiError::Internal),
        }
    }
}

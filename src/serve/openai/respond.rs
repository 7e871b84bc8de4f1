//! The one way to answer a conversation: a checked chat request comes in, the pipeline (`tripod`) or the reporter alone
//! (`tripod-reporter`) answers, and the answer goes out whole or as a stream of chunks. Every dialect translates into this and back. Texts
//! are continued the same way.

use super::chat_answer::ChatAnswer;
use super::chunks::ChunkWriter;
use super::models::Served;
use super::renames::Renames;
use super::request::{ChatRequest, CompletionRequest};
use super::response::{ChatCompletion, Envelope};
use super::validate::{self, ValidChat, ValidCompletion};
use super::writing::{TextJob, chunks, random_seed, whole};
use super::{pipeline, reporter};
use crate::engine::Sampling;
use crate::models::Role;
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::Shared;

/// Checks and answers a chat request that was made from a request of another API; errors name the fields of that one. `adjust`
/// sets what only that API has.
///
/// # Errors
///
/// As [`respond`], and for a field at fault.
pub async fn answer(
    app: &Shared,
    client: Client,
    request: &ChatRequest,
    renames: &Renames,
    adjust: impl FnOnce(&mut ValidChat),
) -> Result<ChatAnswer, ApiError> {
    let mut valid = validate::chat(request).map_err(|error| renames.apply(error))?;
    adjust(&mut valid);
    let answered = respond(app, client, valid).await;
    answered.map_err(|error| renames.apply(error))
}

/// The tokens of the prompt that the reporter would get.
///
/// # Errors
///
/// As [`answer`].
pub async fn count(app: &Shared, client: Client, request: &ChatRequest, renames: &Renames) -> Result<usize, ApiError> {
    let renamed = |error| renames.apply(error);
    if let Some(model) = request.model.as_deref().filter(|model| !model.is_empty()) {
        Served::find(model)?;
    }
    // Also for `tripod`, whose own tools are not the client's.
    let reporter = ChatRequest {
        model: request.model.as_ref().map(|_| "tripod-reporter".to_owned()),
        ..request.clone()
    };
    let mut valid = validate::chat(&reporter).map_err(renamed)?;
    valid.stream = false;
    // Only the model knows its tokens and its template; what it evaluates for the count it need not evaluate again for the answer.
    valid.options.sequences = 1;
    valid.options.max_tokens = Some(1);
    match reporter::answer(app, client, valid).await.map_err(renamed)? {
        ChatAnswer::Whole(completion) => Ok(completion.usage.prompt_tokens),
        ChatAnswer::Stream(_) => Err(ApiError::Internal),
    }
}

/// Answers a chat request.
///
/// # Errors
///
/// An unknown model, a parameter that the model cannot honour, a full queue, or work that failed before the answer began.
pub async fn respond(app: &Shared, client: Client, valid: ValidChat) -> Result<ChatAnswer, ApiError> {
    match Served::find(&valid.model)? {
        Served::Pipeline => pipeline::answer(app, client, valid).await,
        Served::Alone(Role::Reporter) => reporter::answer(app, client, valid).await,
        Served::Alone(Role::Embedder) => Err(ApiError::invalid(
            "model",
            "tripod-embedder turns texts into vectors and does not chat: use POST /v1/embeddings",
        )),
        Served::Alone(_) => Err(ApiError::invalid(
            "model",
            "tripod-forecaster continues texts and does not chat: use POST /v1/completions",
        )),
    }
}

/// Checks and continues a text for a request of another API, as [`answer`] does for a conversation.
///
/// # Errors
///
/// As [`continue_texts`], and for a field at fault.
pub async fn complete(
    app: &Shared,
    client: Client,
    request: &CompletionRequest,
    renames: &Renames,
    adjust: impl FnOnce(&mut Sampling),
) -> Result<ChatAnswer, ApiError> {
    let mut valid = validate::completion(request).map_err(|error| renames.apply(error))?;
    adjust(&mut valid.options.sampling);
    let answered = continue_texts(app, client, valid).await;
    answered.map_err(|error| renames.apply(error))
}

/// Continues texts with a language model alone; the continuations are in the form of answers to a chat.
///
/// # Errors
///
/// An unknown model, a prompt that does not fit, a full queue, or an engine that failed.
pub async fn continue_texts(app: &Shared, client: Client, valid: ValidCompletion) -> Result<ChatAnswer, ApiError> {
    let role = match Served::find(&valid.model)? {
        Served::Alone(role) if role != Role::Embedder => role,
        _ => {
            return Err(ApiError::invalid(
                "model",
                format!(
                    "the model {} does not continue texts: use tripod-reporter or tripod-forecaster here",
                    valid.model
                ),
            ));
        }
    };
    let job = TextJob {
        requests: valid.text_requests(role, random_seed()),
        param: "prompt",
        echo: valid.echoes(),
    };
    let envelope = Envelope::new("cmpl", &valid.model);
    if valid.stream {
        let writer = ChunkWriter::new(envelope, job.choices());
        return Ok(ChatAnswer::Stream(chunks(app, client, job, writer).await?));
    }
    let (answers, usage) = whole(app, client, job).await?;
    let completion = ChatCompletion::new(envelope, answers, usage, None);
    Ok(ChatAnswer::Whole(Box::new(completion)))
}

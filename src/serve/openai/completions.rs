//! `POST /v1/completions`: a language model continues a text.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::chunks::ChunkWriter;
use super::frames::text_frames;
use super::models::Served;
use super::request::CompletionRequest;
use super::response::{Envelope, TextCompletion};
use super::validate;
use super::writing::{TextJob, chunks, random_seed, whole};
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent, sse};
use crate::serve::runs::Shared;

/// Continue a text
#[utoipa::path(
    post,
    path = "/v1/completions",
    tag = "openai",
    request_body = CompletionRequest,
    responses(
        (status = 200, description = "The continuations; with `stream`, chunks that end with `[DONE]`",
            content((TextCompletion = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn completions(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<CompletionRequest>,
) -> Result<Response, ApiError> {
    let valid = validate::completion(&request)?;
    let Served::Alone(role) = Served::find(&valid.model)? else {
        return Err(ApiError::invalid(
            "model",
            "the model tripod answers chats: use POST /v1/chat/completions, or tripod-reporter or tripod-forecaster here",
        ));
    };
    let job = TextJob {
        requests: valid.text_requests(role, random_seed()),
        param: "prompt",
        echo: if valid.echo {
            valid.prompts.clone()
        } else {
            vec![String::new(); valid.prompts.len()]
        },
    };
    let envelope = Envelope::new("cmpl", &valid.model);
    if valid.stream {
        let writer = ChunkWriter::new(envelope, job.choices());
        let chunks = chunks(&app, client, job, writer).await?;
        return Ok(sse(text_frames(chunks, valid.include_usage), app.heartbeat));
    }
    let (echo, sequences) = (job.echo.clone(), valid.options.sequences);
    let (answers, usage) = whole(&app, client, job).await?;
    let completion = TextCompletion::new(envelope, answers, usage, |choice| {
        echo.get(choice / sequences).cloned().unwrap_or_default()
    });
    Ok(Json(completion).into_response())
}

//! `POST /v1/completions`: a language model continues a text.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::chat_answer::ChatAnswer;
use super::frames::text_frames;
use super::request::CompletionRequest;
use super::respond::continue_texts;
use super::text_completion::TextCompletion;
use super::validate;
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
    let (include_usage, sequences) = (valid.include_usage, valid.options.sequences);
    let echo = valid.echoes();
    Ok(match continue_texts(&app, client, valid).await? {
        ChatAnswer::Whole(completion) => {
            let echo = |choice: usize| echo.get(choice / sequences).cloned().unwrap_or_default();
            Json(TextCompletion::of(*completion, echo)).into_response()
        }
        ChatAnswer::Stream(chunks) => sse(text_frames(chunks, include_usage), app.heartbeat),
    })
}

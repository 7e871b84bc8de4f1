//! `POST /v1/chat/completions`: a conversation with the pipeline (`tripod`) or with the reporter alone (`tripod-reporter`).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::chat_answer::ChatAnswer;
use super::frames::chat_frames;
use super::request::ChatRequest;
use super::respond::respond;
use super::response::ChatCompletion;
use super::validate;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent, sse};
use crate::serve::runs::Shared;

/// Talk to the analyst (`tripod`) or to its reporter alone (`tripod-reporter`)
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The answer; with `stream`, chunks that end with `[DONE]`",
            content((ChatCompletion = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn chat(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<ChatRequest>,
) -> Result<Response, ApiError> {
    let valid = validate::chat(&request)?;
    let include_usage = valid.include_usage;
    Ok(match respond(&app, client, valid).await? {
        ChatAnswer::Whole(completion) => Json(completion).into_response(),
        ChatAnswer::Stream(chunks) => sse(chat_frames(chunks, include_usage), app.heartbeat),
    })
}

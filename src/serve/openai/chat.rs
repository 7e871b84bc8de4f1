//! `POST /v1/chat/completions`: a conversation with the pipeline (`tripod`) or with the reporter alone (`tripod-reporter`).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::models::Served;
use super::request::ChatRequest;
use super::response::ChatCompletion;
use super::{pipeline, reporter, validate};
use crate::models::Role;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent};
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
    match Served::find(&valid.model)? {
        Served::Pipeline => pipeline::answer(&app, client, valid).await,
        Served::Alone(Role::Reporter) => reporter::answer(&app, client, valid).await,
        Served::Alone(_) => Err(ApiError::invalid(
            "model",
            "tripod-forecaster continues texts and does not chat: use POST /v1/completions",
        )),
    }
}

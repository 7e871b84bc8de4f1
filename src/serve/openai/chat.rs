//! `POST /v1/chat/completions`: the pipeline as a model that is talked to, or the reporter alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use uuid::Uuid;

use super::chunks::ChunkWriter;
use super::models::Served;
use super::pipeline;
use super::request::ChatRequest;
use super::response::{ChatCompletion, Envelope};
use super::validate::{self, ValidChat};
use super::writing::{Asked, frames, whole};
use crate::models::Role;
use crate::serve::app::Shared;
use crate::serve::body::JsonBody;
use crate::serve::doors::Client;
use crate::serve::error::ApiError;
use crate::serve::openapi::Refusals;

/// Talk to the analyst (`tripod`) or to its reporter alone (`tripod-reporter`)
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The answer; with `stream`, frames that end with `[DONE]`",
            content((ChatCompletion = "application/json"), (String = "text/event-stream"))),
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
        Served::Alone(Role::Reporter) => reporter(&app, client, &valid).await,
        Served::Alone(_) => Err(ApiError::invalid(
            "model",
            "tripod-forecaster goes on with texts and does not chat: use POST /v1/completions",
        )),
    }
}

/// The reporter's answer to a conversation.
pub(super) async fn reporter(app: &Shared, client: Client, valid: &ValidChat) -> Result<Response, ApiError> {
    let asked = Asked {
        requests: vec![valid.text_request(Role::Reporter, random())],
        param: "messages",
        echo: Vec::new(),
    };
    let envelope = envelope("chatcmpl", &valid.model);
    if valid.stream {
        let writer = ChunkWriter::chat(envelope, asked.choices(), valid.include_usage);
        return frames(app, client, asked, writer).await;
    }
    let (answers, usage) = whole(app, client, asked).await?;
    Ok(Json(ChatCompletion::new(envelope, answers, usage, None)).into_response())
}

/// What an answer says of itself.
pub(super) fn envelope(prefix: &str, model: &str) -> Envelope {
    Envelope {
        id: format!("{prefix}-{}", Uuid::now_v7().simple()),
        created: Utc::now().timestamp(),
        model: model.to_owned(),
        system_fingerprint: None,
    }
}

/// A seed for a request without one: the random part of an id.
pub(super) fn random() -> u64 {
    Uuid::now_v7().as_u128() as u64
}

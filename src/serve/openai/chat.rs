//! `POST /v1/chat/completions`: the pipeline as a model that is talked to, or the reporter alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use serde_json::Value;
use uuid::Uuid;

use super::chunks::ChunkWriter;
use super::models::Served;
use super::pipeline;
use super::request::ChatRequest;
use super::response::{ChatCompletion, Envelope};
use super::validate::{self, ValidChat};
use super::writing::{Asked, frames, whole};
use crate::engine::{self, Message};
use crate::models::Role;
use crate::prompt::{Template, render};
use crate::serve::http::{ApiError, Client, JsonBody, StreamedEvent};
use crate::serve::openapi::Refusals;
use crate::serve::runs::Shared;

/// Talk to the analyst (`tripod`) or to its reporter alone (`tripod-reporter`)
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The answer; with `stream`, frames that end with `[DONE]`",
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
        Served::Alone(Role::Reporter) => reporter(&app, client, valid).await,
        Served::Alone(_) => Err(ApiError::invalid(
            "model",
            "tripod-forecaster goes on with texts and does not chat: use POST /v1/completions",
        )),
    }
}

/// The reporter's answer to a conversation.
pub(super) async fn reporter(app: &Shared, client: Client, mut valid: ValidChat) -> Result<Response, ApiError> {
    if let Some(named) = &valid.json_schema {
        // The grammar alone holds the answer to the schema; told of it, the model also fills it with sense.
        let context = serde_json::json!({
            "description": named.description.as_deref().unwrap_or(&named.name),
            "schema": named.schema.to_string(),
        });
        instruct(&mut valid.messages, Template::JsonAnswer, &context)?;
    }
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

/// Puts Tripod's own instructions before a client's.
pub(super) fn instruct(messages: &mut Vec<Message>, template: Template, context: &Value) -> Result<(), ApiError> {
    let system = render(template, context).map_err(|error| {
        tracing::error!(%error, "a prompt does not render");
        ApiError::Internal
    })?;
    let system = system.trim();
    match messages.first_mut() {
        Some(first) if first.role == engine::Role::System => first.content = format!("{system}\n\n{}", first.content),
        _ => messages.insert(
            0,
            Message {
                role: engine::Role::System,
                content: system.to_owned(),
            },
        ),
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(role: engine::Role, content: &str) -> Message {
        Message {
            role,
            content: content.to_owned(),
        }
    }

    #[test]
    fn a_follow_up_is_told_to_stay_with_the_report() {
        let mut messages = vec![said(engine::Role::User, "Why?")];
        instruct(&mut messages, Template::ChatSystem, &serde_json::json!({})).unwrap();
        assert_eq!(messages.len(), 2);
        insta::assert_snapshot!(messages[0].content, @"You are Tripod, a careful equity analyst. The conversation holds a report that you wrote. Answer the last question in a few plain sentences, from that report and the conversation alone. Write only figures that stand there, as they are written there. Where the report does not hold the answer, say so; do not guess. Your answer is information, not investment advice.");
    }

    #[test]
    fn a_schema_is_told_before_a_clients_own_instructions() {
        let mut messages = vec![said(engine::Role::System, "Be brief."), said(engine::Role::User, "Hi")];
        let context = serde_json::json!({"description": "a person", "schema": "{\"type\":\"object\"}"});
        instruct(&mut messages, Template::JsonAnswer, &context).unwrap();
        assert_eq!(messages.len(), 2);
        insta::assert_snapshot!(messages[0].content, @r#"
        Answer with one JSON object and nothing else. It is a person. It must follow this JSON schema: {"type":"object"}

        Be brief.
        "#);
    }
}

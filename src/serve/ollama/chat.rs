//! `POST /api/chat`: a conversation in Ollama's form is translated, answered as a chat, and translated back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::Value;

use super::failure::OllamaRefusals;
use super::lines::{Form, LineWriter};
use super::models::check_name;
use super::options::own;
use super::request::OllamaChatRequest;
use super::response::OllamaChatAnswer;
use super::translate::chat_request;
use crate::serve::http::{ApiError, Client, JsonBody};
use crate::serve::openai::answer;
use crate::serve::runs::Shared;

/// Answer a conversation with Ollama's API
#[utoipa::path(
    post,
    path = "/api/chat",
    tag = "ollama",
    request_body = OllamaChatRequest,
    responses(
        (status = 200, description = "The answer; unless `stream` is false, a line of JSON for each piece",
            content((OllamaChatAnswer = "application/json"), (OllamaChatAnswer = "application/x-ndjson"))),
        OllamaRefusals,
    )
)]
pub async fn chat(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<OllamaChatRequest>,
) -> Result<Response, ApiError> {
    let name = check_name(request.model.as_deref())?;
    let writer = LineWriter::new(Form::Chat, name, thinks(request.think.as_ref()));
    if request.messages.as_ref().is_none_or(Vec::is_empty) {
        return Ok(Json(writer.nothing_asked(request.keep_alive.as_ref())).into_response());
    }
    let options = own(&request.options.clone().unwrap_or_default())?;
    let (chat, renames) = chat_request(&request)?;
    let answered = answer(&app, client, &chat, &renames, |valid| {
        options.set(&mut valid.options.sampling);
    });
    writer.respond(answered.await?)
}

/// Whether progress is told as thinking: unless the client does not want it.
pub(super) fn thinks(think: Option<&Value>) -> bool {
    think != Some(&Value::Bool(false))
}

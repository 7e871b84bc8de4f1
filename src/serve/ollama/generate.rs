//! `POST /api/generate`: a prompt in Ollama's form is answered as a question, or continued as a text.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::chat::thinks;
use super::failure::OllamaRefusals;
use super::lines::{Form, LineWriter};
use super::models::check_name;
use super::name;
use super::options::own;
use super::request::OllamaGenerateRequest;
use super::response::OllamaTextAnswer;
use super::translate::{continuation, question};
use crate::serve::http::{ApiError, Client, JsonBody};
use crate::serve::openai::{answer, complete, continues_texts};
use crate::serve::runs::Shared;

/// Answer or continue a prompt with Ollama's API
#[utoipa::path(
    post,
    path = "/api/generate",
    tag = "ollama",
    request_body = OllamaGenerateRequest,
    responses(
        (status = 200, description = "The answer; unless `stream` is false, a line of JSON for each piece",
            content((OllamaTextAnswer = "application/json"), (OllamaTextAnswer = "application/x-ndjson"))),
        OllamaRefusals,
    )
)]
pub async fn generate(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<OllamaGenerateRequest>,
) -> Result<Response, ApiError> {
    let model = check_name(request.model.as_deref())?;
    let is_continued = request.raw == Some(true) || continues_texts(name::id(&model));
    let writer = LineWriter::new(Form::Text, model, thinks(request.think.as_ref()));
    if request.prompt.as_deref().is_none_or(str::is_empty) {
        return Ok(Json(writer.nothing_asked(request.keep_alive.as_ref())).into_response());
    }
    let options = own(&request.options.clone().unwrap_or_default())?;
    let answered = if is_continued {
        let (completion, renames) = continuation(&request)?;
        let set = |valid: &mut crate::engine::Sampling| options.set(valid);
        complete(&app, client, &completion, &renames, set).await?
    } else {
        let (chat, renames) = question(&request)?;
        answer(&app, client, &chat, &renames, |valid| {
            options.set(&mut valid.options.sampling);
        })
        .await?
    };
    writer.respond(answered)
}

//! `POST /v1/completions`: a language model goes on with a text.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::chat::{envelope, random};
use super::chunks::ChunkWriter;
use super::models::Served;
use super::request::CompletionRequest;
use super::response::TextCompletion;
use super::validate;
use super::writing::{Asked, frames, whole};
use crate::serve::http::{ApiError, Client, JsonBody, StreamedEvent};
use crate::serve::openapi::Refusals;
use crate::serve::runs::Shared;

/// Go on with a text
#[utoipa::path(
    post,
    path = "/v1/completions",
    tag = "openai",
    request_body = CompletionRequest,
    responses(
        (status = 200, description = "The continuations; with `stream`, frames that end with `[DONE]`",
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
    let asked = Asked {
        requests: valid.text_requests(role, random()),
        param: "prompt",
        echo: if valid.echo {
            valid.prompts.clone()
        } else {
            vec![String::new(); valid.prompts.len()]
        },
    };
    let envelope = envelope("cmpl", &valid.model);
    if valid.stream {
        let writer = ChunkWriter::text(envelope, asked.choices(), valid.include_usage);
        return frames(&app, client, asked, writer).await;
    }
    let (echo, sequences) = (asked.echo.clone(), valid.options.sequences);
    let (answers, usage) = whole(&app, client, asked).await?;
    let completion = TextCompletion::new(envelope, answers, usage, |choice| {
        echo.get(choice / sequences).cloned().unwrap_or_default()
    });
    Ok(Json(completion).into_response())
}

//! `POST /v1/messages` and `POST /v1/messages/count_tokens`: a request of the Messages API is translated, answered as a chat, and
//! translated back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream::{self, StreamExt};

use super::events::EventWriter;
use super::failure::AnthropicRefusals;
use super::request::MessagesRequest;
use super::response::{AnthropicAnswer, TokenTotal};
use super::translate::chat_request;
use crate::serve::http::{ApiError, Client, JsonBody, StreamedEvent, sse};
use crate::serve::openai::{ChatAnswer, answer, count, top_k};
use crate::serve::runs::Shared;

/// Answer with Anthropic's Messages API
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "anthropic",
    request_body = MessagesRequest,
    responses(
        (status = 200, description = "The answer; with `stream`, its events",
            content((AnthropicAnswer = "application/json"), (StreamedEvent = "text/event-stream"))),
        AnthropicRefusals,
    )
)]
pub async fn create(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<MessagesRequest>,
) -> Result<Response, ApiError> {
    if request.max_tokens.is_none() {
        return Err(ApiError::invalid("max_tokens", "max_tokens is required"));
    }
    let top_k = top_k("top_k", request.top_k)?;
    let (chat, renames) = chat_request(&request)?;
    let answered = answer(&app, client, &chat, &renames, |valid| {
        valid.options.sampling.top_k = top_k.unwrap_or(valid.options.sampling.top_k);
    })
    .await?;
    Ok(match answered {
        ChatAnswer::Whole(completion) => Json(AnthropicAnswer::of(*completion)?).into_response(),
        ChatAnswer::Stream(chunks) => {
            let model = request.model.clone().unwrap_or_default();
            let mut writer = EventWriter::new(model, request.shows_thinking());
            let events = chunks.flat_map(move |item| stream::iter(writer.item(item)));
            sse(events, app.heartbeat)
        }
    })
}

/// Count the tokens of a prompt
///
/// The reporter's model counts them, whichever model is named.
#[utoipa::path(
    post,
    path = "/v1/messages/count_tokens",
    tag = "anthropic",
    request_body = MessagesRequest,
    responses((status = 200, description = "The number of tokens", body = TokenTotal), AnthropicRefusals)
)]
pub async fn count_tokens(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<MessagesRequest>,
) -> Result<Json<TokenTotal>, ApiError> {
    let (chat, renames) = chat_request(&request)?;
    let input_tokens = count(&app, client, &chat, &renames).await?;
    Ok(Json(TokenTotal { input_tokens }))
}

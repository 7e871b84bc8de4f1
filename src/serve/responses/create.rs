//! `POST /v1/responses`: a request of the Responses API is translated, answered as a chat, and translated back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream::{self, StreamExt};

use super::events::EventWriter;
use super::previous::{Earlier, earlier};
use super::request::ResponsesRequest;
use super::response::ResponseObject;
use super::translate::chat_request;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent, sse};
use crate::serve::openai::{ChatAnswer, ChatChunk, answer};
use crate::serve::runs::Shared;

/// Answer with OpenAI's Responses API
///
/// Nothing is kept but the analyses, and those not with `store` false: send the whole conversation as items, or the id of a response
/// that tells of an analysis.
#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "openai",
    request_body = ResponsesRequest,
    responses(
        (status = 200, description = "The response; with `stream`, its events",
            content((ResponseObject = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn create(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<ResponsesRequest>,
) -> Result<Response, ApiError> {
    let before = match request.previous_response_id.as_deref() {
        Some(id) => Some(earlier(&app, id).await?),
        None => None,
    };
    let analysis = before.as_ref().map(|before| before.analysis.clone());
    let said = before.map_or(Vec::new(), |Earlier { messages, .. }| messages);
    let (chat, renames) = chat_request(&request, said)?;
    let answered = answer(&app, client, &chat, &renames, |valid| valid.store = request.store).await?;
    let response = ResponseObject::new(&request, analysis.as_deref());
    // An analysis that is not kept is none to go on from.
    let is_kept = request.store != Some(false);
    Ok(match answered {
        ChatAnswer::Whole(mut completion) => {
            completion.metadata = completion.metadata.filter(|_| is_kept);
            Json(response.complete(*completion)).into_response()
        }
        ChatAnswer::Stream(chunks) => {
            let mut writer = EventWriter::new(response);
            let events = chunks.flat_map(move |item| {
                let item = item.map(|chunk| ChatChunk {
                    metadata: chunk.metadata.filter(|_| is_kept),
                    ..chunk
                });
                stream::iter(writer.item(item))
            });
            sse(events, app.heartbeat)
        }
    })
}

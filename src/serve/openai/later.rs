//! An answer that is known as a whole only after a while: the future that makes it comes in, the response goes out, in one piece or as
//! the chunks of a stream that stays alive meanwhile.

use std::future::Future;

use axum::Json;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};

use super::chunks::ChunkWriter;
use super::response::{Answer, ChatCompletion, Envelope, Usage};
use super::validate::ValidChat;
use crate::engine::Finish;
use crate::serve::http::{ApiError, SseFrame, sse};
use crate::serve::runs::App;

/// Answers with the text. A stream says `meanwhile` as reasoning, if there is anything to say.
///
/// # Errors
///
/// What the future fails with; in a stream that is an error event.
pub(super) async fn later(
    app: &App,
    valid: &ValidChat,
    meanwhile: &str,
    text: impl Future<Output = Result<(String, Usage), ApiError>> + Send + 'static,
) -> Result<Response, ApiError> {
    let envelope = Envelope::new("chatcmpl", &valid.model);
    if !valid.stream {
        let (text, usage) = text.await?;
        let answer = Answer {
            text,
            reasoning: None,
            finish: Finish::Stop,
            tokens: None,
        };
        return Ok(Json(ChatCompletion::new(envelope, vec![answer], usage, None)).into_response());
    }
    let mut writer = ChunkWriter::chat(envelope, 1, valid.include_usage);
    let mut first = writer.begin();
    if !meanwhile.is_empty() {
        first.extend(writer.reasoning(0, meanwhile));
    }
    let rest = stream::once(async move {
        match text.await {
            Ok((text, usage)) => {
                let mut frames = writer.content(0, &text, &[]);
                frames.extend(writer.finish(0, Finish::Stop));
                frames.extend(writer.end(usage));
                frames
            }
            Err(error) => vec![ChunkWriter::fail(&error)],
        }
    });
    let frames = stream::iter(first).chain(rest.flat_map(stream::iter));
    Ok(sse(frames.map(SseFrame::data), app.heartbeat))
}

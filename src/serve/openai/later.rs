//! An answer that is known as a whole only after a while: the future that makes it comes in, the answer goes out, in one piece or as
//! chunks, of which the first do not wait for it.

use std::future::Future;

use futures_util::stream::{self, StreamExt};

use super::chat_answer::ChatAnswer;
use super::chunks::ChunkWriter;
use super::response::{Answer, ChatCompletion, Envelope, Usage};
use super::validate::ValidChat;
use crate::engine::Finish;
use crate::serve::http::ApiError;

/// Answers with the text. A stream says `meanwhile` as reasoning, if there is anything to say.
///
/// # Errors
///
/// What the future fails with; in a stream that is an error event.
pub(super) async fn later(
    valid: &ValidChat,
    meanwhile: &str,
    text: impl Future<Output = Result<(String, Usage), ApiError>> + Send + 'static,
) -> Result<ChatAnswer, ApiError> {
    let envelope = Envelope::new("chatcmpl", &valid.model);
    if !valid.stream {
        let (text, usage) = text.await?;
        let answer = Answer::of_text(text);
        let completion = ChatCompletion::new(envelope, vec![answer], usage, None);
        return Ok(ChatAnswer::Whole(Box::new(completion)));
    }
    let mut writer = ChunkWriter::new(envelope, 1);
    let mut first = writer.begin();
    if !meanwhile.is_empty() {
        first.extend(writer.reasoning(0, meanwhile));
    }
    let rest = stream::once(async move {
        match text.await {
            Ok((text, usage)) => {
                let mut chunks = writer.content(0, &text, &[]);
                chunks.extend(writer.finish(0, Finish::Stop));
                chunks.push(writer.end(usage));
                chunks.into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error)],
        }
    });
    let chunks = stream::iter(first.into_iter().map(Ok)).chain(rest.flat_map(stream::iter));
    Ok(ChatAnswer::Stream(chunks.boxed()))
}

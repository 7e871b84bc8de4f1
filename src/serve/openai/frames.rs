//! The chunks of an answer as the events of OpenAI's streams: chunks come in, JSON texts go out, the usage where it was asked for, then
//! `[DONE]`. After a failure nothing follows, not even `[DONE]`: clients raise it.

use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;

use super::chat_answer::ChatStream;
use super::chunks::ChatChunk;
use super::response::ObjectKind;
use super::text_completion::{TextChoice, TextCompletion, TextLogprobs};
use crate::serve::http::{ApiError, SseFrame};

/// The data of the event that ends a stream.
const DONE: &str = "[DONE]";

/// The events of a chat's stream.
pub(super) fn chat_frames(chunks: ChatStream, include_usage: bool) -> impl Stream<Item = SseFrame> + Send + 'static {
    frames(chunks, move |chunk| {
        let usage = chunk.usage.flatten();
        if chunk.choices.is_empty() && usage.is_some() && !include_usage {
            return None;
        }
        // Clients of OpenAI's API look for the analysis at the end.
        let is_end = chunk.choices.iter().all(|choice| choice.finish_reason.is_some());
        Some(ChatChunk {
            usage: include_usage.then_some(usage),
            metadata: chunk.metadata.filter(|_| is_end),
            ..chunk
        })
    })
}

/// The events of a text completion's stream, which have no roles.
pub(super) fn text_frames(chunks: ChatStream, include_usage: bool) -> impl Stream<Item = SseFrame> + Send + 'static {
    // For each choice, the characters in the tokens sent so far.
    let mut offsets: Vec<usize> = Vec::new();
    frames(chunks, move |chunk| text_chunk(chunk, include_usage, &mut offsets))
}

fn text_chunk(chunk: ChatChunk, include_usage: bool, offsets: &mut Vec<usize>) -> Option<TextCompletion> {
    let usage = chunk.usage.flatten();
    let is_last = chunk.choices.is_empty() && usage.is_some();
    let choices: Vec<TextChoice> = chunk
        .choices
        .into_iter()
        .filter(|choice| choice.delta.role.is_none())
        .map(|choice| {
            if offsets.len() <= choice.index {
                offsets.resize(choice.index + 1, 0);
            }
            let offset = offsets.get_mut(choice.index);
            let logprobs = choice.logprobs.map(|tokens| {
                let before = offset.as_ref().map_or(0, |offset| **offset);
                let characters: usize = tokens.content.iter().map(|token| token.itself.characters()).sum();
                offset.into_iter().for_each(|offset| *offset += characters);
                TextLogprobs::of(&tokens, before)
            });
            TextChoice {
                index: choice.index,
                text: choice.delta.content.unwrap_or_default(),
                logprobs,
                finish_reason: choice.finish_reason,
            }
        })
        .collect();
    if choices.is_empty() && !(is_last && include_usage) {
        return None;
    }
    Some(TextCompletion {
        envelope: chunk.envelope,
        object: ObjectKind::TextCompletion,
        choices,
        usage: include_usage.then_some(usage),
    })
}

fn frames<T: Serialize>(
    chunks: ChatStream,
    mut shown: impl FnMut(ChatChunk) -> Option<T> + Send + 'static,
) -> impl Stream<Item = SseFrame> + Send + 'static {
    // The end of the stream is the last item, unless a failure was.
    let ended = stream::once(async { None });
    let mut failed = false;
    chunks.map(Some).chain(ended).filter_map(move |item| {
        let data = match item {
            Some(Ok(chunk)) => shown(chunk).map(|chunk| json_text(&chunk)),
            Some(Err(error)) => {
                failed = true;
                Some(json_text(&error.body()))
            }
            None => (!failed).then(|| DONE.to_owned()),
        };
        std::future::ready(data.map(SseFrame::data))
    })
}

/// A chunk as JSON. These types always serialise; if one did not, the client would get an error event.
fn json_text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|_| serde_json::json!(ApiError::Internal.body()).to_string())
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;

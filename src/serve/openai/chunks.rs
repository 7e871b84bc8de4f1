//! Pieces of answers in, the frames of an OpenAI stream out, as the data of each: one `role` first in each chat choice,
//! text that is never empty, one finish reason, the usage where it was asked for, `[DONE]`. Sends nothing itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::response::{
    AnswerRole, ChatLogprobs, Envelope, FinishReason, Metadata, ObjectKind, TextChoice, TextCompletion, TextLogprobs,
    Usage, characters, present,
};
use crate::engine::{Finish, TokenChoice};
use crate::serve::http::ApiError;

/// The data of the frame that ends a stream.
pub const DONE: &str = "[DONE]";

/// A piece of the answer to a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatChunk {
    /// What it says of itself, the same in all pieces.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `chat.completion.chunk`
    pub object: ObjectKind,
    /// One answer's next piece; empty in the chunk with the usage.
    pub choices: Vec<ChunkChoice>,
    /// Tokens read and written; in a stream that was asked for it, `null` until the end.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Usage>, required = false)]
    pub usage: Option<Option<Usage>>,
    /// What belongs to the answer besides; in the last pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// A piece of one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChunkChoice {
    /// Its place among the answers.
    pub index: usize,
    /// What is new.
    pub delta: Delta,
    /// The probabilities of the new tokens, where they were asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// Why it ended; `null` until it does.
    pub finish_reason: Option<FinishReason>,
}

/// What is new in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delta {
    /// In the first piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AnswerRole>,
    /// More text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// More of what is done before the text is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
}

/// Writes the frames of one stream.
///
/// A choice that has not begun begins with its first piece; one that has finished says nothing more; places that there are
/// not are passed over.
#[derive(Debug)]
pub struct ChunkWriter {
    envelope: Envelope,
    kind: ObjectKind,
    include_usage: bool,
    metadata: Option<Metadata>,
    choices: Vec<Choice>,
}

#[derive(Debug, Clone, Default)]
struct Choice {
    begun: bool,
    finished: bool,
    /// Tokens that had no text to go with; they go with the next piece that has some.
    waiting: Vec<TokenChoice>,
    /// Characters in the tokens told so far.
    offset: usize,
}

impl ChunkWriter {
    /// For a chat with so many answers.
    pub fn chat(envelope: Envelope, choices: usize, include_usage: bool) -> Self {
        Self::new(ObjectKind::ChatCompletionChunk, envelope, choices, include_usage)
    }

    /// For so many continuations of text.
    pub fn text(envelope: Envelope, choices: usize, include_usage: bool) -> Self {
        Self::new(ObjectKind::TextCompletion, envelope, choices, include_usage)
    }

    fn new(kind: ObjectKind, envelope: Envelope, choices: usize, include_usage: bool) -> Self {
        ChunkWriter {
            envelope,
            kind,
            include_usage,
            metadata: None,
            choices: vec![Choice::default(); choices],
        }
    }

    /// Gives what the last pieces of a chat carry besides; to be called before they are written.
    pub fn set_metadata(&mut self, metadata: Metadata) {
        self.metadata = Some(metadata);
    }

    /// The first frame of every choice, for a client that waits for a sign; text has none.
    pub fn begin(&mut self) -> Vec<String> {
        (0..self.choices.len())
            .filter_map(|index| self.begin_choice(index))
            .collect()
    }

    /// More text of a choice, with the tokens it was made of where their probabilities were asked for.
    pub fn content(&mut self, index: usize, text: &str, tokens: &[TokenChoice]) -> Vec<String> {
        let Some(choice) = self.choices.get_mut(index).filter(|choice| !choice.finished) else {
            return Vec::new();
        };
        choice.waiting.extend_from_slice(tokens);
        if text.is_empty() {
            return Vec::new();
        }
        let delta = Delta {
            content: Some(text.to_owned()),
            ..Delta::default()
        };
        self.pieces(index, delta, None)
    }

    /// More of what is done before a chat's text is written.
    pub fn reasoning(&mut self, index: usize, text: &str) -> Vec<String> {
        let open = self.choices.get(index).is_some_and(|choice| !choice.finished);
        if !open || text.is_empty() || self.kind == ObjectKind::TextCompletion {
            return Vec::new();
        }
        let delta = Delta {
            reasoning_content: Some(text.to_owned()),
            ..Delta::default()
        };
        self.pieces(index, delta, None)
    }

    /// The end of a choice.
    pub fn finish(&mut self, index: usize, finish: Finish) -> Vec<String> {
        if self.choices.get(index).is_none_or(|choice| choice.finished) {
            return Vec::new();
        }
        self.pieces(index, Delta::default(), Some(finish))
    }

    /// The end of the stream, once every choice has finished: the usage where it was asked for, and `[DONE]`.
    pub fn end(&self, usage: Usage) -> Vec<String> {
        let mut frames = Vec::new();
        if self.include_usage {
            frames.push(match self.kind {
                ObjectKind::TextCompletion => self.text_chunk(Vec::new(), Some(usage)),
                _ => self.chat_chunk(Vec::new(), Some(usage), true),
            });
        }
        frames.push(DONE.to_owned());
        frames
    }

    /// The last frame of a stream that failed; clients raise it. Nothing may follow, `[DONE]` neither.
    pub fn fail(error: &ApiError) -> String {
        frame(&error.body())
    }

    fn begin_choice(&mut self, index: usize) -> Option<String> {
        let choice = self.choices.get_mut(index)?;
        if std::mem::replace(&mut choice.begun, true) || self.kind == ObjectKind::TextCompletion {
            return None;
        }
        let delta = Delta {
            role: Some(AnswerRole::Assistant),
            content: Some(String::new()),
            reasoning_content: None,
        };
        let choice = ChunkChoice {
            index,
            delta,
            logprobs: None,
            finish_reason: None,
        };
        Some(self.chat_chunk(vec![choice], None, false))
    }

    /// The next piece of a choice, after its first frame if that is still to come.
    fn pieces(&mut self, index: usize, delta: Delta, finish: Option<Finish>) -> Vec<String> {
        let first = self.begin_choice(index);
        let Some(choice) = self.choices.get_mut(index) else {
            return Vec::new();
        };
        let tokens = match delta.reasoning_content {
            Some(_) => Vec::new(),
            None => std::mem::take(&mut choice.waiting),
        };
        let offset = choice.offset;
        choice.offset += characters(&tokens);
        choice.finished = finish.is_some();
        let tokens = Some(tokens).filter(|tokens| !tokens.is_empty());
        let finish_reason = finish.map(FinishReason::from);
        let chunk = match self.kind {
            ObjectKind::TextCompletion => {
                let choice = TextChoice {
                    index,
                    text: delta.content.unwrap_or_default(),
                    logprobs: tokens.map(|tokens| TextLogprobs::of(&tokens, offset)),
                    finish_reason,
                };
                self.text_chunk(vec![choice], None)
            }
            _ => {
                let choice = ChunkChoice {
                    index,
                    delta,
                    logprobs: tokens.map(|tokens| ChatLogprobs::of(&tokens)),
                    finish_reason,
                };
                self.chat_chunk(vec![choice], None, finish.is_some())
            }
        };
        first.into_iter().chain([chunk]).collect()
    }

    fn chat_chunk(&self, choices: Vec<ChunkChoice>, usage: Option<Usage>, last: bool) -> String {
        frame(&ChatChunk {
            envelope: self.envelope.clone(),
            object: self.kind,
            choices,
            usage: self.include_usage.then_some(usage),
            metadata: self.metadata.clone().filter(|_| last),
        })
    }

    fn text_chunk(&self, choices: Vec<TextChoice>, usage: Option<Usage>) -> String {
        frame(&TextCompletion {
            envelope: self.envelope.clone(),
            object: self.kind,
            choices,
            usage: self.include_usage.then_some(usage),
        })
    }
}

/// These types always serialise; were one not to, the client must hear of it.
fn frame(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|_| serde_json::json!(ApiError::Internal.body()).to_string())
}

#[cfg(test)]
#[path = "chunks_tests.rs"]
mod tests;

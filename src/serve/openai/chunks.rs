//! Builds the chunks of a chat's stream from pieces of answers: in each choice the role first, then text that is never empty, one
//! finish reason; at the end a chunk without choices that has the usage. Sends nothing: the doors make events of the chunks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::response::{AnswerRole, ChatLogprobs, Envelope, FinishReason, Metadata, ObjectKind, Usage, present};
use super::tools::wire::ToolCallDelta;
use super::tools::{AnswerReader, Part};
use crate::engine::{Finish, TokenChoice};

/// A chunk of the answer to a chat request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatChunk {
    /// Id, time and model, the same in all chunks.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `chat.completion.chunk`
    pub object: ObjectKind,
    /// The next piece of one answer; empty in the chunk with the usage.
    pub choices: Vec<ChunkChoice>,
    /// Tokens of prompt and answers: only where they were asked for, and `null` until the end.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Usage>, required = false)]
    pub usage: Option<Option<Usage>>,
    /// The analysis behind the answer; in the last chunks, and inside the server in the first one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// A piece of one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChunkChoice {
    /// The answer's index.
    pub index: usize,
    /// The new part.
    pub delta: Delta,
    /// The new tokens' probabilities, where they were asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// Why the answer ended; `null` until then.
    pub finish_reason: Option<FinishReason>,
    /// The index of the stop text that ended it; not in OpenAI's API.
    #[serde(skip)]
    #[schema(ignore)]
    pub stop_text: Option<usize>,
}

/// The new part of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delta {
    /// The role; in the first chunk only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AnswerRole>,
    /// More text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// More about the progress before the text is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// Pieces of the calls of tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCallDelta>>,
}

/// Builds the chunks of one stream.
///
/// A choice begins with its first piece. Pieces for a choice that has finished, or for an index that does not exist, are ignored.
#[derive(Debug)]
pub struct ChunkWriter {
    envelope: Envelope,
    metadata: Option<Metadata>,
    choices: Vec<ChoiceState>,
}

#[derive(Debug, Clone, Default)]
struct ChoiceState {
    begun: bool,
    finished: bool,
    calls_tools: bool,
    /// Tells calls from text, where tools may be called.
    reader: Option<AnswerReader>,
    /// Tokens whose text is not complete yet; they go out with the next piece that has text.
    pending: Vec<TokenChoice>,
}

impl ChunkWriter {
    /// A writer for a chat with `choices` answers.
    pub fn new(envelope: Envelope, choices: usize) -> Self {
        ChunkWriter {
            envelope,
            metadata: None,
            choices: vec![ChoiceState::default(); choices],
        }
    }

    /// Reads calls of tools out of the text; to be called before it. `text_is_json` says whether the text follows a schema.
    pub fn read_calls(&mut self, text_is_json: bool) {
        for choice in &mut self.choices {
            choice.reader = Some(AnswerReader::new(text_is_json));
        }
    }

    /// Sets what the last chunks of a chat refer to; to be called before them.
    pub fn set_metadata(&mut self, metadata: Metadata) {
        self.metadata = Some(metadata);
    }

    /// The first chunk of every choice, so that a client sees at once that the answer has begun.
    pub fn begin(&mut self) -> Vec<ChatChunk> {
        (0..self.choices.len())
            .filter_map(|index| self.begin_choice(index))
            .collect()
    }

    /// More text of a choice, with its tokens where their probabilities were asked for.
    pub fn content(&mut self, index: usize, text: &str, tokens: &[TokenChoice]) -> Vec<ChatChunk> {
        let Some(choice) = self.choices.get_mut(index).filter(|choice| !choice.finished) else {
            return Vec::new();
        };
        choice.pending.extend_from_slice(tokens);
        let parts = match &mut choice.reader {
            Some(reader) => reader.read(text),
            None if text.is_empty() => Vec::new(),
            None => vec![Part::Text(text.to_owned())],
        };
        self.parts(index, parts)
    }

    /// Text and calls of a choice that are told apart already.
    pub fn parts(&mut self, index: usize, parts: Vec<Part>) -> Vec<ChatChunk> {
        let calls = parts.iter().any(|part| matches!(part, Part::Call(_)));
        if let Some(choice) = self.choices.get_mut(index) {
            choice.calls_tools |= calls;
        }
        let deltas = parts.into_iter().map(|part| match part {
            Part::Text(text) => Delta {
                content: Some(text),
                ..Delta::default()
            },
            Part::Call(call) => Delta {
                tool_calls: Some(vec![call]),
                ..Delta::default()
            },
        });
        deltas.flat_map(|delta| self.pieces(index, delta, None)).collect()
    }

    /// A line of progress before a chat's text is written.
    pub fn reasoning(&mut self, index: usize, text: &str) -> Vec<ChatChunk> {
        let open = self.choices.get(index).is_some_and(|choice| !choice.finished);
        if !open || text.is_empty() {
            return Vec::new();
        }
        let delta = Delta {
            reasoning_content: Some(text.to_owned()),
            ..Delta::default()
        };
        self.pieces(index, delta, None)
    }

    /// The end of a choice.
    pub fn finish(&mut self, index: usize, finish: Finish) -> Vec<ChatChunk> {
        let Some(choice) = self.choices.get_mut(index).filter(|choice| !choice.finished) else {
            return Vec::new();
        };
        let rest = choice.reader.as_mut().map(|reader| reader.end(finish));
        let mut chunks = self.parts(index, rest.unwrap_or_default());
        let calls_tools = self.choices.get(index).is_some_and(|choice| choice.calls_tools);
        let reason = FinishReason::of(finish, calls_tools);
        let mut last = self.pieces(index, Delta::default(), Some(reason));
        for choice in last.iter_mut().flat_map(|chunk| &mut chunk.choices) {
            choice.stop_text = finish.stop_text();
        }
        chunks.extend(last);
        chunks
    }

    /// The last chunk, once every choice has finished: no choice, and the usage.
    pub fn end(&self, usage: Usage) -> ChatChunk {
        ChatChunk {
            usage: Some(Some(usage)),
            ..self.chunk(Vec::new(), true)
        }
    }

    fn begin_choice(&mut self, index: usize) -> Option<ChatChunk> {
        let choice = self.choices.get_mut(index)?;
        if std::mem::replace(&mut choice.begun, true) {
            return None;
        }
        let delta = Delta {
            role: Some(AnswerRole::Assistant),
            content: Some(String::new()),
            ..Delta::default()
        };
        let choice = ChunkChoice {
            index,
            delta,
            logprobs: None,
            finish_reason: None,
            stop_text: None,
        };
        Some(self.chunk(vec![choice], false))
    }

    /// The next chunk of a choice, after its first one if that is still to come.
    fn pieces(&mut self, index: usize, delta: Delta, finish: Option<FinishReason>) -> Vec<ChatChunk> {
        let first = self.begin_choice(index);
        let Some(choice) = self.choices.get_mut(index) else {
            return Vec::new();
        };
        let tokens = match delta.reasoning_content {
            Some(_) => Vec::new(),
            None => std::mem::take(&mut choice.pending),
        };
        choice.finished = finish.is_some();
        let choice = ChunkChoice {
            index,
            delta,
            logprobs: Some(tokens)
                .filter(|tokens| !tokens.is_empty())
                .map(|tokens| ChatLogprobs::of(&tokens)),
            finish_reason: finish,
            stop_text: None,
        };
        let chunk = self.chunk(vec![choice], finish.is_some());
        first.into_iter().chain([chunk]).collect()
    }

    fn chunk(&self, choices: Vec<ChunkChoice>, last: bool) -> ChatChunk {
        ChatChunk {
            envelope: self.envelope.clone(),
            object: ObjectKind::ChatCompletionChunk,
            choices,
            usage: None,
            metadata: self.metadata.clone().filter(|_| last),
        }
    }
}

#[cfg(test)]
#[path = "chunks_tests.rs"]
mod tests;

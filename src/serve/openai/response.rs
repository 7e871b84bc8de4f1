//! The answers of OpenAI's API as types, and how generated text becomes one. JSON has no infinity: the logarithm of a probability of
//! zero is sent as −9999, as OpenAI does.

use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::tools::wire::ToolCall;
use crate::engine::{Finish, TokenChoice, TokenProbability};

/// The fields that every object of one answer has, the same in all chunks of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    /// The answer's id.
    #[schema(example = "chatcmpl-0193a1")]
    pub id: String,
    /// When the answer was begun, Unix time in seconds.
    pub created: i64,
    /// The model's id.
    #[schema(example = "tripod-reporter")]
    pub model: String,
    /// Names everything else that the answer depends on: while it is the same, the same seed gives the same text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_fingerprint: Option<String>,
}

impl Envelope {
    /// The envelope of a new answer, with an id of its own.
    pub fn new(prefix: &str, model: &str) -> Self {
        Envelope {
            id: format!("{prefix}-{}", Uuid::now_v7().simple()),
            created: Utc::now().timestamp(),
            model: model.to_owned(),
            system_fingerprint: None,
        }
    }
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ObjectKind {
    /// A whole answer to a chat.
    #[serde(rename = "chat.completion")]
    ChatCompletion,
    /// A chunk of one.
    #[serde(rename = "chat.completion.chunk")]
    ChatCompletionChunk,
    /// A text completion, or a chunk of one.
    #[serde(rename = "text_completion")]
    TextCompletion,
}

/// Tokens of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Tokens of the prompt, counted once for all answers to it.
    pub prompt_tokens: usize,
    /// Tokens of all answers.
    pub completion_tokens: usize,
    /// The sum of both.
    pub total_tokens: usize,
    /// How long they took, where it is known; not in OpenAI's API.
    #[serde(skip)]
    #[schema(ignore)]
    pub times: Option<Times>,
}

/// How long the parts of an answer took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Until the model began on the prompt.
    pub waited: Duration,
    /// From there to the first text.
    pub read: Duration,
    /// From the first text to the end.
    pub wrote: Duration,
}

impl Usage {
    /// The usage, with its sum.
    pub fn new(prompt_tokens: usize, completion_tokens: usize) -> Self {
        Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
            times: None,
        }
    }
}

/// What an answer refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Metadata {
    /// The id of the analysis behind the answer, for `GET /v1/analyses/{id}`.
    pub analysis_id: String,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended the answer, or a stop text came.
    Stop,
    /// The answer reached its limit of tokens.
    Length,
    /// The answer calls tools.
    ToolCalls,
}

impl FinishReason {
    /// Why an answer ended that calls tools or not.
    pub fn of(finish: Finish, calls_tools: bool) -> Self {
        match finish {
            Finish::Stop | Finish::StopText(_) if calls_tools => FinishReason::ToolCalls,
            other => other.into(),
        }
    }
}

impl From<Finish> for FinishReason {
    fn from(finish: Finish) -> Self {
        match finish {
            Finish::Stop | Finish::StopText(_) => FinishReason::Stop,
            Finish::Length => FinishReason::Length,
        }
    }
}

/// One generated answer, whichever model wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// What was done before the text was written, for clients that show it.
    pub reasoning: Option<String>,
    /// Why the answer ended.
    pub finish: Finish,
    /// The tokens with their probabilities, where they were asked for.
    pub tokens: Option<Vec<TokenChoice>>,
    /// The tools that it calls.
    pub calls: Vec<ToolCall>,
}

impl Answer {
    /// An answer in words, complete.
    pub fn of_text(text: String) -> Self {
        Answer {
            text,
            reasoning: None,
            finish: Finish::Stop,
            tokens: None,
            calls: Vec::new(),
        }
    }
}

/// The answer to a chat request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatCompletion {
    /// Id, time and model.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `chat.completion`
    pub object: ObjectKind,
    /// The answers.
    pub choices: Vec<ChatChoice>,
    /// Tokens of prompt and answers.
    pub usage: Usage,
    /// The analysis behind the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl ChatCompletion {
    /// The body for some answers.
    pub fn new(envelope: Envelope, answers: Vec<Answer>, usage: Usage, metadata: Option<Metadata>) -> Self {
        let choice = |(index, answer): (usize, Answer)| ChatChoice {
            index,
            finish_reason: FinishReason::of(answer.finish, !answer.calls.is_empty()),
            stop_text: answer.finish.stop_text(),
            message: AnswerMessage {
                role: AnswerRole::Assistant,
                content: Some(answer.text).filter(|text| !text.is_empty() || answer.calls.is_empty()),
                refusal: None,
                reasoning_content: answer.reasoning,
                tool_calls: Some(answer.calls).filter(|calls| !calls.is_empty()),
            },
            logprobs: answer.tokens.map(|tokens| ChatLogprobs::of(&tokens)),
        };
        ChatCompletion {
            envelope,
            object: ObjectKind::ChatCompletion,
            choices: answers.into_iter().enumerate().map(choice).collect(),
            usage,
            metadata,
        }
    }
}

/// One answer to a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatChoice {
    /// Its index among the answers.
    pub index: usize,
    /// The message.
    pub message: AnswerMessage,
    /// The tokens' probabilities, where they were asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// Why the answer ended.
    pub finish_reason: FinishReason,
    /// The index of the stop text that ended it; not in OpenAI's API.
    #[serde(skip)]
    #[schema(ignore)]
    pub stop_text: Option<usize>,
}

/// The message of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerMessage {
    /// `assistant`
    pub role: AnswerRole,
    /// The text; `null` where the answer only calls tools.
    pub content: Option<String>,
    /// Always `null`; clients expect the field.
    pub refusal: Option<String>,
    /// What was done before the text was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// The tools that the answer calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
}

/// The role of an answer's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerRole {
    /// The model.
    Assistant,
}

/// The probabilities of an answer's tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatLogprobs {
    /// The tokens of the text.
    pub content: Vec<ChatToken>,
    /// Always `null`; clients expect the field.
    #[schema(value_type = Option<Vec<ChatToken>>)]
    pub refusal: Option<Vec<ChatToken>>,
}

impl ChatLogprobs {
    /// The probabilities of these tokens.
    pub fn of(tokens: &[TokenChoice]) -> Self {
        let content = tokens
            .iter()
            .map(|choice| ChatToken {
                itself: ChatTopToken::of(&choice.token),
                top_logprobs: choice.top.iter().map(ChatTopToken::of).collect(),
            })
            .collect();
        ChatLogprobs { content, refusal: None }
    }
}

/// A token of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatToken {
    /// The token.
    #[serde(flatten)]
    pub itself: ChatTopToken,
    /// The most probable tokens at its position, best first.
    pub top_logprobs: Vec<ChatTopToken>,
}

/// A token and its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatTopToken {
    /// Its text; `bytes:\x…` where the token is a part of a character.
    pub token: String,
    /// The natural logarithm of its probability under the model alone.
    pub logprob: f32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl ChatTopToken {
    fn of(token: &TokenProbability) -> Self {
        ChatTopToken {
            token: token_text(&token.bytes),
            logprob: finite(token.logprob),
            bytes: token.bytes.clone(),
        }
    }

    /// How many characters begin within the token.
    pub(super) fn characters(&self) -> usize {
        self.bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
    }
}

fn token_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .fold("bytes:".to_owned(), |text, byte| format!("{text}\\x{byte:02x}")),
    }
}

fn finite(logprob: f32) -> f32 {
    if logprob.is_finite() { logprob } else { -9999.0 }
}

/// Serialises a field that may be absent, `null` or a value: `None`, `Some(None)` and `Some(Some(…))`.
pub(super) mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(from).map(Some)
    }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;

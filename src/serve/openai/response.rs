//! What clients of the OpenAI API read, as types, and how an answer becomes one. Numbers that JSON does not have never go
//! out: a probability of zero is sent as −9999, as OpenAI does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Finish, TokenChoice, TokenProbability};

/// What every object of one answer says of itself, the same in all pieces of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    /// The answer's id.
    #[schema(example = "chatcmpl-0193a1")]
    pub id: String,
    /// When the request came, in seconds since 1970.
    pub created: i64,
    /// The model that answers.
    #[schema(example = "tripod-reporter")]
    pub model: String,
    /// What the answer depends on besides the request: the same seed gives the same text while it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_fingerprint: Option<String>,
}

/// What kind of object this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ObjectKind {
    /// A whole answer to a chat.
    #[serde(rename = "chat.completion")]
    ChatCompletion,
    /// A piece of one.
    #[serde(rename = "chat.completion.chunk")]
    ChatCompletionChunk,
    /// A continuation, or a piece of one.
    #[serde(rename = "text_completion")]
    TextCompletion,
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Of the prompt, counted once for all answers to it.
    pub prompt_tokens: usize,
    /// Of all answers.
    pub completion_tokens: usize,
    /// Both.
    pub total_tokens: usize,
}

impl Usage {
    /// So many read and so many written.
    pub fn new(prompt_tokens: usize, completion_tokens: usize) -> Self {
        Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
        }
    }
}

/// What belongs to an answer besides its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Metadata {
    /// The analysis behind the answer; `GET /v1/analyses/{id}` has all of it.
    pub analysis_id: String,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended it, or a stop text came.
    Stop,
    /// It has as many tokens as it may have.
    Length,
}

impl From<Finish> for FinishReason {
    fn from(finish: Finish) -> Self {
        match finish {
            Finish::Stop => FinishReason::Stop,
            Finish::Length => FinishReason::Length,
        }
    }
}

/// One answer, from whatever made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// What was thought or done before it, for those who show that.
    pub reasoning: Option<String>,
    /// Why it ended.
    pub finish: Finish,
    /// Its tokens with their probabilities, where they were asked for.
    pub tokens: Option<Vec<TokenChoice>>,
}

/// The answer to a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatCompletion {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `chat.completion`
    pub object: ObjectKind,
    /// The answers.
    pub choices: Vec<ChatChoice>,
    /// Tokens read and written.
    pub usage: Usage,
    /// What belongs to it besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl ChatCompletion {
    /// All answers to a chat.
    pub fn new(envelope: Envelope, answers: Vec<Answer>, usage: Usage, metadata: Option<Metadata>) -> Self {
        let choice = |(index, answer): (usize, Answer)| ChatChoice {
            index,
            message: AnswerMessage {
                role: AnswerRole::Assistant,
                content: answer.text,
                refusal: None,
                reasoning_content: answer.reasoning,
            },
            logprobs: answer.tokens.map(|tokens| ChatLogprobs::of(&tokens)),
            finish_reason: answer.finish.into(),
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
    /// Its place among the answers.
    pub index: usize,
    /// What was answered.
    pub message: AnswerMessage,
    /// The probabilities of its tokens, where they were asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// Why it ended.
    pub finish_reason: FinishReason,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerMessage {
    /// `assistant`
    pub role: AnswerRole,
    /// The text.
    pub content: String,
    /// Always `null`: clients look for it.
    pub refusal: Option<String>,
    /// What was done before the text was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerRole {
    /// The model.
    Assistant,
}

/// The probabilities of an answer's tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatLogprobs {
    /// Of the text, token by token.
    pub content: Vec<ChatToken>,
    /// Always `null`: clients look for it.
    #[schema(value_type = Option<Vec<ChatToken>>)]
    pub refusal: Option<Vec<ChatToken>>,
}

impl ChatLogprobs {
    /// Those of so many tokens.
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
    /// It.
    #[serde(flatten)]
    pub itself: ChatTopToken,
    /// The most probable tokens at its place, best first.
    pub top_logprobs: Vec<ChatTopToken>,
}

/// A token and its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatTopToken {
    /// Its text; `bytes:\x…` where it is a part of a character.
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
}

/// Continuations of a text, or a piece of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextCompletion {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `text_completion`
    pub object: ObjectKind,
    /// The continuations.
    pub choices: Vec<TextChoice>,
    /// Tokens read and written; in a stream that was asked for it, `null` until the end.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Usage>, required = false)]
    pub usage: Option<Option<Usage>>,
}

impl TextCompletion {
    /// All continuations. With `echo` each text begins with its prompt, given by the continuation's place.
    pub fn new(envelope: Envelope, answers: Vec<Answer>, usage: Usage, echo: impl Fn(usize) -> String) -> Self {
        let choice = |(index, answer): (usize, Answer)| TextChoice {
            index,
            text: echo(index) + &answer.text,
            logprobs: answer.tokens.map(|tokens| TextLogprobs::of(&tokens, 0)),
            finish_reason: Some(answer.finish.into()),
        };
        TextCompletion {
            envelope,
            object: ObjectKind::TextCompletion,
            choices: answers.into_iter().enumerate().map(choice).collect(),
            usage: Some(Some(usage)),
        }
    }
}

/// One continuation, or a piece of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextChoice {
    /// Its place: the prompts in order, and for each its continuations.
    pub index: usize,
    /// The text.
    pub text: String,
    /// The probabilities of its tokens, where they were asked for.
    pub logprobs: Option<TextLogprobs>,
    /// Why it ended; `null` in a stream until it does.
    pub finish_reason: Option<FinishReason>,
}

/// The probabilities of a continuation's tokens, place by place in four lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextLogprobs {
    /// Texts; `bytes:\x…` where a token is a part of a character.
    pub tokens: Vec<String>,
    /// The natural logarithms of their probabilities under the model alone.
    pub token_logprobs: Vec<f32>,
    /// The most probable tokens at each place, where more than the chosen one were asked for.
    pub top_logprobs: Option<Vec<BTreeMap<String, f32>>>,
    /// Characters before each in the continuation.
    pub text_offset: Vec<usize>,
}

impl TextLogprobs {
    /// Those of so many tokens, after others with `offset` characters.
    pub fn of(tokens: &[TokenChoice], offset: usize) -> Self {
        let mut logprobs = TextLogprobs {
            tokens: Vec::new(),
            token_logprobs: Vec::new(),
            top_logprobs: None,
            text_offset: Vec::new(),
        };
        let mut offset = offset;
        for choice in tokens {
            logprobs.tokens.push(token_text(&choice.token.bytes));
            logprobs.token_logprobs.push(finite(choice.token.logprob));
            logprobs.text_offset.push(offset);
            offset += characters(std::slice::from_ref(choice));
            if !choice.top.is_empty() {
                let top = choice
                    .top
                    .iter()
                    .map(|one| (token_text(&one.bytes), finite(one.logprob)));
                logprobs.top_logprobs.get_or_insert_default().push(top.collect());
            }
        }
        logprobs
    }
}

/// How many characters begin in these tokens.
pub(super) fn characters(tokens: &[TokenChoice]) -> usize {
    let bytes = tokens.iter().flat_map(|choice| &choice.token.bytes);
    bytes.filter(|byte| **byte & 0xC0 != 0x80).count()
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

/// A field that is there, be it `null`, apart from one that is not.
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

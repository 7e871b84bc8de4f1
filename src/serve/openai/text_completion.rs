//! The answer of `POST /v1/completions` as types, and how the answer to a chat becomes one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::response::{ChatChoice, ChatCompletion, ChatLogprobs, Envelope, FinishReason, ObjectKind, Usage, present};

/// Continuations of a text, or a chunk of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextCompletion {
    /// Id, time and model.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// `text_completion`
    pub object: ObjectKind,
    /// The continuations.
    pub choices: Vec<TextChoice>,
    /// Tokens of prompts and continuations. In a stream only where it was asked for, and `null` until the end.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Usage>, required = false)]
    pub usage: Option<Option<Usage>>,
}

impl TextCompletion {
    /// The body for some continuations. `echo` gives the text that each begins with, by its index.
    pub fn of(completion: ChatCompletion, echo: impl Fn(usize) -> String) -> Self {
        let choice = |choice: ChatChoice| TextChoice {
            index: choice.index,
            text: echo(choice.index) + choice.message.content.as_deref().unwrap_or_default(),
            logprobs: choice.logprobs.map(|tokens| TextLogprobs::of(&tokens, 0)),
            finish_reason: Some(choice.finish_reason),
        };
        TextCompletion {
            envelope: completion.envelope,
            object: ObjectKind::TextCompletion,
            choices: completion.choices.into_iter().map(choice).collect(),
            usage: Some(Some(completion.usage)),
        }
    }
}

/// One continuation, or a chunk of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextChoice {
    /// Its index: the prompts in order, and for each prompt its continuations.
    pub index: usize,
    /// The text.
    pub text: String,
    /// The tokens' probabilities, where they were asked for.
    pub logprobs: Option<TextLogprobs>,
    /// Why it ended; `null` in a stream until then.
    pub finish_reason: Option<FinishReason>,
}

/// The probabilities of a continuation's tokens, in four lists of one entry a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextLogprobs {
    /// The tokens' texts; `bytes:\x…` where a token is a part of a character.
    pub tokens: Vec<String>,
    /// The natural logarithms of their probabilities under the model alone.
    pub token_logprobs: Vec<f32>,
    /// The most probable tokens at each position, where more than the chosen one were asked for.
    pub top_logprobs: Option<Vec<BTreeMap<String, f32>>>,
    /// Characters of the continuation before each token.
    pub text_offset: Vec<usize>,
}

impl TextLogprobs {
    /// The probabilities of these tokens, which follow `offset` characters of others.
    pub fn of(tokens: &ChatLogprobs, offset: usize) -> Self {
        let mut logprobs = TextLogprobs {
            tokens: Vec::new(),
            token_logprobs: Vec::new(),
            top_logprobs: None,
            text_offset: Vec::new(),
        };
        let mut offset = offset;
        for choice in &tokens.content {
            logprobs.tokens.push(choice.itself.token.clone());
            logprobs.token_logprobs.push(choice.itself.logprob);
            logprobs.text_offset.push(offset);
            offset += choice.itself.characters();
            if !choice.top_logprobs.is_empty() {
                let top = choice.top_logprobs.iter().map(|one| (one.token.clone(), one.logprob));
                logprobs.top_logprobs.get_or_insert_default().push(top.collect());
            }
        }
        logprobs
    }
}

//! The output of a language model: progress of a running request, and its completions. Plain data.

use serde::{Deserialize, Serialize};

/// Progress of a running request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<'a> {
    /// Prompt tokens evaluated so far, out of how many.
    Prefill {
        /// Tokens evaluated.
        tokens: usize,
        /// Tokens in the prompt.
        of: usize,
    },
    /// The probabilities of all tokens at the first position, in the order of the vocabulary, if the request asked for them.
    First {
        /// Each token with its probability.
        tokens: &'a [TokenProbability],
    },
    /// Tokens decoded so far over all sequences.
    Decoded {
        /// Tokens decoded.
        tokens: usize,
    },
    /// New text of a sequence: whole characters, without any part of a stop text.
    Text {
        /// The sequence's index.
        sequence: usize,
        /// The new text. Empty only when a sequence ends with tokens that add no text.
        text: &'a str,
        /// The tokens of the text, if the request asked for their probabilities.
        tokens: &'a [TokenChoice],
    },
    /// A sequence is complete.
    Finished {
        /// The sequence's index.
        sequence: usize,
        /// Its text, token count and reason for ending.
        completion: &'a Completion,
    },
}

/// A sampled token with its probability under the model alone: before temperature, penalties and grammar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenChoice {
    /// The sampled token.
    pub token: TokenProbability,
    /// The most probable tokens at this position, best first.
    pub top: Vec<TokenProbability>,
}

/// A token's bytes and the natural logarithm of its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenProbability {
    /// UTF-8; may begin or end in the middle of a character.
    pub bytes: Vec<u8>,
    /// ln p.
    pub logprob: f32,
}

/// One continuation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The text up to the stop text, if one ended it.
    pub text: String,
    /// Tokens decoded for it.
    pub tokens: usize,
    /// Why it ended.
    pub finish: Finish,
}

/// Why a continuation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// An end-of-text token, or the end of the grammar.
    Stop,
    /// A stop text; its index in the request.
    StopText(usize),
    /// `max_tokens` were decoded.
    Length,
}

impl Finish {
    /// The index of the stop text that ended the continuation.
    pub fn stop_text(self) -> Option<usize> {
        match self {
            Finish::StopText(index) => Some(index),
            Finish::Stop | Finish::Length => None,
        }
    }
}

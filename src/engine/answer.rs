//! What comes back from a language model: the steps of a request while it runs, and its completions. Plain data.

use serde::{Deserialize, Serialize};

/// What happens while a request runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<'a> {
    /// Prompt tokens evaluated so far, out of how many.
    Prefill {
        /// Tokens evaluated.
        tokens: usize,
        /// Tokens in the prompt.
        of: usize,
    },
    /// Tokens decoded so far over all sequences.
    Decoded {
        /// Tokens decoded.
        tokens: usize,
    },
    /// New text of a sequence: whole characters, never part of a stop text.
    Text {
        /// The sequence's index.
        sequence: usize,
        /// The new text; empty only where tokens end a sequence without any.
        text: &'a str,
        /// The tokens that the text was made of, where their probabilities were asked for.
        tokens: &'a [TokenChoice],
    },
    /// A sequence is complete.
    Finished {
        /// The sequence's index.
        sequence: usize,
        /// It.
        completion: &'a Completion,
    },
}

/// A token that was chosen, with its probability under the model alone: before temperature, penalties and grammar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenChoice {
    /// It.
    pub token: TokenProbability,
    /// The most probable tokens at its place, best first.
    pub top: Vec<TokenProbability>,
}

/// A token's bytes and the natural logarithm of its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenProbability {
    /// UTF-8, but not always whole characters.
    pub bytes: Vec<u8>,
    /// ln p
    pub logprob: f32,
}

/// One continuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text, without a stop text.
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
    /// The model or the grammar ended it, or a stop text came.
    Stop,
    /// `max_tokens` were decoded.
    Length,
}

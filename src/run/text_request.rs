//! A request for text from one of the two language models, as it goes to the engine. Plain data.

use serde::{Deserialize, Serialize};

use crate::engine::{Finish, Grammar, Prompt, Sampling, TokenChoice};
use crate::models::Role;

/// Continuations of one prompt, outside an analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRequest {
    /// Which model: forecaster or reporter.
    pub role: Role,
    /// What it goes on from.
    pub prompt: Prompt,
    /// How many continuations, at least one.
    pub sequences: usize,
    /// The most tokens for each; `None` for what the context leaves, up to [`DEFAULT_TOKENS`].
    pub max_tokens: Option<usize>,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// Texts that end a continuation; they are not part of it.
    pub stop: Vec<String>,
    /// What the continuations must look like.
    pub grammar: Option<Grammar>,
    /// For each token, its probability and those of so many of the most probable.
    pub logprobs: Option<usize>,
}

/// The most tokens of a continuation that names no number.
pub const DEFAULT_TOKENS: usize = 1024;

/// What happens to a request for text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TextEvent {
    /// It fits into the model's context and its grammar is good; said before it waits for the model.
    Accepted,
    /// The model has it in hand; told again while it reads a long prompt.
    Opened {
        /// Tokens of its prompt.
        prompt_tokens: usize,
    },
    /// New text of a continuation: whole characters, nothing of a stop text.
    Piece {
        /// Which continuation.
        sequence: usize,
        /// The text.
        text: String,
        /// The tokens it was made of, where their probabilities were asked for.
        tokens: Vec<TokenChoice>,
    },
    /// A continuation is complete.
    Ended {
        /// Which.
        sequence: usize,
        /// Why it ended.
        finish: Finish,
        /// Tokens decoded for it.
        tokens: usize,
    },
}

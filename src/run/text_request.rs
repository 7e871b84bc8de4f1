//! A text request for one of the two language models. Plain data.

use serde::{Deserialize, Serialize};

use crate::engine::{Finish, Grammar, Prompt, Sampling, TokenChoice};
use crate::models::Role;

/// Asks for continuations of one prompt, outside an analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRequest {
    /// The role whose model writes: forecaster or reporter.
    pub role: Role,
    /// The prompt to continue.
    pub prompt: Prompt,
    /// Number of continuations, at least one.
    pub sequences: usize,
    /// Token limit of each continuation; `None` for the rest of the context, up to [`DEFAULT_TOKENS`].
    pub max_tokens: Option<usize>,
    /// Sampling parameters.
    pub sampling: Sampling,
    /// Stop texts; they are not part of the output.
    pub stop: Vec<String>,
    /// Grammar that the continuations must follow.
    pub grammar: Option<Grammar>,
    /// For each token, return its probability and this many of the most probable alternatives.
    pub logprobs: Option<usize>,
}

/// Token limit of a continuation when the request names none.
pub const DEFAULT_TOKENS: usize = 1024;

/// Progress of a text request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TextEvent {
    /// The request fits into the model's context and its grammar is valid; sent before it waits for the model.
    Accepted,
    /// The model started on the request; repeated while it evaluates a long prompt.
    Opened {
        /// Number of prompt tokens.
        prompt_tokens: usize,
    },
    /// New text of a continuation: whole characters, without stop texts.
    Piece {
        /// Number of the continuation.
        sequence: usize,
        /// The text.
        text: String,
        /// The text's tokens with their probabilities, if requested.
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

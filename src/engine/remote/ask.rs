//! What is asked of a model on other machines, and what is told of the answer. Plain data: it may cross a pipe between the process that
//! asks and the one that has the sockets.

use serde::{Deserialize, Serialize};

use crate::analysis::{ModelRef, RemoteUse};
use crate::engine::answer::{Completion, TokenChoice};
use crate::engine::error::{EngineError, RemoteFailure};
use crate::engine::request::{Grammar, Prompt, Sampling};

/// A question for the process that has the sockets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// What the servers of a model can do.
    Describe {
        /// The model.
        model: ModelRef,
    },
    /// Continuations of one prompt.
    Write {
        /// The model.
        model: ModelRef,
        /// The prompt and its settings.
        request: Box<Writing>,
    },
    /// The probabilities of a classifier's labels.
    Classify {
        /// The model.
        model: ModelRef,
        /// The texts.
        texts: Vec<String>,
    },
}

impl Ask {
    /// The model that is asked.
    pub(super) fn model(&self) -> &ModelRef {
        match self {
            Ask::Describe { model } | Ask::Write { model, .. } | Ask::Classify { model, .. } => model,
        }
    }
}

/// A request for continuations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Writing {
    /// The prompt.
    pub prompt: Prompt,
    /// How many continuations.
    pub sequences: usize,
    /// The most tokens of each.
    pub max_tokens: usize,
    /// How to sample.
    pub sampling: Sampling,
    /// Texts that end a continuation.
    pub stop: Vec<String>,
    /// The grammar that the server is asked to hold the answer to, if it can.
    pub grammar: Option<Grammar>,
    /// Report the probabilities of tokens, and of this many most probable ones at each position.
    pub logprobs: Option<usize>,
    /// Tell the text while it is written. A request whose text was told is not sent again.
    pub live: bool,
}

/// What is told of a question. The last is one of `Described`, `Written`, `Classified` and `Failed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// What the servers can do.
    Described(Described),
    /// So many pieces of text have arrived, over all sequences.
    Decoded {
        /// The pieces, about a token each.
        pieces: usize,
    },
    /// New text of a sequence.
    Text {
        /// The sequence.
        sequence: usize,
        /// The text.
        text: String,
        /// Its tokens, where their probabilities were asked for.
        tokens: Vec<TokenChoice>,
    },
    /// The continuations are complete.
    Written {
        /// All of them, in order.
        completions: Vec<Completion>,
        /// The probabilities of their tokens, where they were asked for and the text was not told.
        tokens: Vec<Vec<TokenChoice>>,
        /// What they took.
        spent: Spent,
    },
    /// The probabilities, a row for each text.
    Classified {
        /// The rows.
        rows: Vec<Vec<f32>>,
        /// What they took.
        spent: Spent,
    },
    /// There is no answer.
    Failed {
        /// How it failed.
        kind: RemoteFailure,
        /// What was wrong, where, and what to do.
        reason: String,
        /// What was spent until then.
        spent: Spent,
    },
}

/// What all servers of a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// They hold an answer to a regular expression.
    pub regex: bool,
    /// They hold an answer to a JSON schema.
    pub json_schema: bool,
    /// They sample several continuations in one request.
    pub sequences: bool,
    /// The same seed gives the same text.
    pub seed: bool,
    /// They report the probabilities of tokens.
    pub logprobs: bool,
    /// The most tokens of a prompt and its answer, where they say it.
    pub context_length: Option<usize>,
    /// The most requests in flight at once, over all servers.
    pub at_once: usize,
}

/// What a question took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens of prompts, as the servers count them.
    pub prompt_tokens: u64,
    /// Tokens of answers, as the servers count them.
    pub decoded_tokens: u64,
    /// Where it ran, and what went wrong on the way.
    pub remote: RemoteUse,
}

impl Spent {
    /// Adds what another question took.
    pub(super) fn add(&mut self, other: &Spent) {
        self.prompt_tokens += other.prompt_tokens;
        self.decoded_tokens += other.decoded_tokens;
        for (server, requests) in &other.remote.answered {
            *self.remote.answered.entry(server.clone()).or_default() += requests;
        }
        self.remote.retries += other.remote.retries;
        self.remote.hedged += other.remote.hedged;
        self.remote.asked_again += other.remote.asked_again;
    }
}

impl Told {
    /// Whether nothing more will be told.
    pub(crate) fn is_last(&self) -> bool {
        !matches!(self, Told::Decoded { .. } | Told::Text { .. })
    }
}

/// A failure as an error of the engine.
pub(super) fn failed(kind: RemoteFailure, reason: String) -> EngineError {
    EngineError::Remote { kind, reason }
}

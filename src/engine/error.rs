//! The errors of the engine. Their messages say what to do.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::budget::human_bytes;
use super::capability::Capability;
use crate::analysis::StageName;
use crate::models::ModelsError;

/// An error of the engine. It names the stage, where known.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The arena would need more than the budget; nothing was loaded.
    #[error("the {stage} stage needs {} but the budget is {}: {hint}", human_bytes(*need), human_bytes(*budget))]
    OverBudget {
        /// The stage that opens the arena.
        stage: StageName,
        /// The memory it needs, in bytes.
        need: u64,
        /// The budget, in bytes.
        budget: u64,
        /// What would fit.
        hint: String,
    },
    /// A model that is not on this machine, or whose file has another hash.
    #[error(transparent)]
    Model(#[from] ModelsError),
    /// The backend lacks a capability that the request depends on; nothing was computed.
    #[error("this model's backend cannot {0}: choose a model that runs on this machine")]
    Lacks(Capability),
    /// A model file that cannot be used.
    #[error("cannot load {}: {reason}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A classifier whose labels are not positive, negative and neutral.
    #[error("the manifest of {model} gives the labels {labels:?}; positive, negative and neutral are needed")]
    Labels {
        /// The model's id.
        model: String,
        /// The labels in its manifest.
        labels: Vec<String>,
    },
    /// A bias on a token that the model does not have; nothing was decoded.
    #[error("the model has no token {token}: its tokens are numbered from 0 to {last}")]
    UnknownToken {
        /// The number that was given.
        token: i32,
        /// The number of the model's last token.
        last: i32,
    },
    /// A prompt that does not fit into the model's context; nothing was decoded.
    #[error(
        "the prompt is too long: it has {tokens} tokens and {reserved} more are kept for the answer, and this model's maximum context length is {limit}: {hint}"
    )]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens reserved for the answer.
        reserved: usize,
        /// The context length in tokens.
        limit: usize,
        /// What to do.
        hint: String,
    },
    /// A grammar that is invalid or not supported.
    #[error("the grammar was refused: {0}")]
    Grammar(String),
    /// A chat template that fails to render.
    #[error("the chat template of {model} does not render: {reason}")]
    ChatTemplate {
        /// The model.
        model: String,
        /// The template engine's error.
        reason: String,
    },
    /// A native library failed.
    #[error("{operation} failed: {reason}")]
    Native {
        /// The operation that failed.
        operation: &'static str,
        /// The library's error.
        reason: String,
    },
    /// The ONNX Runtime library could not be used.
    #[error("cannot use the ONNX Runtime library {}: {reason}", path.display())]
    Runtime {
        /// The library's file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The servers of a model on other machines gave no usable answer.
    #[error("{reason}")]
    Remote {
        /// What kind of failure it is.
        kind: RemoteFailure,
        /// What was wrong, where, and what to do.
        reason: String,
    },
    /// The work was cancelled; its arena is freed, as after any other error.
    #[error("cancelled")]
    Cancelled,
}

/// How a model on other machines failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteFailure {
    /// No server answered, or none did to its end.
    Unreachable,
    /// A server refused the request or the key.
    Refused,
    /// The user did not allow its host, or the program does not know the model.
    NotAllowed,
    /// The answers had not the form that was asked for.
    Formless,
}

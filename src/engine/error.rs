//! What can go wrong inside the engine, each with what to do about it.

use std::path::PathBuf;

use super::budget::human_bytes;
use super::capability::Capability;
use crate::analysis::StageName;
use crate::models::ModelsError;

/// An error of the engine. The stage is named where one is known.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The arena would need more than the budget; nothing was loaded.
    #[error("the {stage} stage needs {} but the budget is {}: {hint}", human_bytes(*need), human_bytes(*budget))]
    OverBudget {
        /// Which stage asked.
        stage: StageName,
        /// What it needs, in bytes.
        need: u64,
        /// What it may take, in bytes.
        budget: u64,
        /// What would fit.
        hint: String,
    },
    /// A model that this machine does not have, or has with other content.
    #[error(transparent)]
    Model(#[from] ModelsError),
    /// A backend that cannot do what a request depends on; nothing was computed.
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
    /// A classifier with other labels than those that are counted.
    #[error("the manifest of {model} gives the labels {labels:?}; positive, negative and neutral are needed")]
    Labels {
        /// The model.
        model: String,
        /// Its labels.
        labels: Vec<String>,
    },
    /// A prompt that does not fit into the model's context; nothing was decoded.
    #[error(
        "the prompt is too long: it has {tokens} tokens and {reserved} more are kept for the answer, and this model's maximum context length is {limit}: {hint}"
    )]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens kept for the answer.
        reserved: usize,
        /// The context length in tokens.
        limit: usize,
        /// What to do.
        hint: String,
    },
    /// A grammar that the engine does not take.
    #[error("the grammar was refused: {0}")]
    Grammar(String),
    /// A chat template that does not render.
    #[error("the chat template of {model} does not render: {reason}")]
    ChatTemplate {
        /// The model.
        model: String,
        /// What the template engine said.
        reason: String,
    },
    /// The native library failed in the middle of work.
    #[error("{operation} failed: {reason}")]
    Native {
        /// What was being done.
        operation: &'static str,
        /// What the library said.
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
    /// The work was cancelled; the arena is freed as on any other way out.
    #[error("cancelled")]
    Cancelled,
}

//! What a classifier is opened from: a model that was found on this machine comes in, its files and what its manifest says of them
//! go out.

use std::path::PathBuf;

use crate::engine::error::EngineError;
use crate::models::ResolvedModel;

/// Tokens of the longest input where a manifest does not say.
const MAX_TOKENS: u32 = 128;

/// A BERT-like ONNX classifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassifierFile {
    /// The manifest's id.
    pub(crate) id: String,
    /// The ONNX graph.
    pub(crate) path: PathBuf,
    /// `tokenizer.json`.
    pub(crate) tokenizer: PathBuf,
    /// Names of the output columns, in their order.
    pub(crate) labels: Vec<String>,
    /// Longest input in tokens; longer texts are cut there.
    pub(crate) max_tokens: usize,
}

impl ClassifierFile {
    /// The files of a model.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] for a model without a tokenizer.
    pub(crate) fn of(model: ResolvedModel) -> Result<Self, EngineError> {
        let Some(tokenizer) = model.tokenizer else {
            return Err(EngineError::Load {
                path: model.weights,
                reason: "a classifier needs a tokenizer.json, and its manifest names none".into(),
            });
        };
        Ok(ClassifierFile {
            id: model.id,
            path: model.weights,
            tokenizer,
            labels: model.manifest.labels,
            max_tokens: model.manifest.context.unwrap_or(MAX_TOKENS) as usize,
        })
    }
}

//! The files of a classifier or an embedder on this machine, and the facts from its manifest that are needed to open it.

use std::path::PathBuf;

use crate::engine::error::EngineError;
use crate::models::ResolvedModel;

/// The longest input in tokens if the manifest does not state it.
const MAX_TOKENS: u32 = 128;

/// A BERT-like ONNX model on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BertFile {
    /// The manifest's id.
    pub(crate) id: String,
    /// The ONNX graph.
    pub(crate) path: PathBuf,
    /// `tokenizer.json`.
    pub(crate) tokenizer: PathBuf,
    /// Names of the output columns, in order; none for an embedder.
    pub(crate) labels: Vec<String>,
    /// The longest input in tokens. A classifier reads the beginning of a longer text; an embedder refuses it.
    pub(crate) max_tokens: usize,
}

impl BertFile {
    /// The files of a model.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] if the manifest names no tokenizer.
    pub(crate) fn of(model: ResolvedModel) -> Result<Self, EngineError> {
        let Some(tokenizer) = model.tokenizer else {
            return Err(EngineError::Load {
                path: model.weights,
                reason: "a model of ONNX Runtime needs a tokenizer.json, and its manifest names none".into(),
            });
        };
        Ok(BertFile {
            id: model.id,
            path: model.weights,
            tokenizer,
            labels: model.manifest.labels,
            max_tokens: model.manifest.context.unwrap_or(MAX_TOKENS) as usize,
        })
    }
}

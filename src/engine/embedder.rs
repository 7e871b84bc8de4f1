//! The interface of a model that turns texts into vectors, implemented by ONNX Runtime.

use serde::{Deserialize, Serialize};

use super::error::EngineError;

/// A loaded embedder, lent by an arena.
pub trait Embedder {
    /// A vector for each text, in the order of `texts`.
    ///
    /// # Errors
    ///
    /// [`EngineError::PromptTooLong`] for a text that is longer than the model reads, before any is embedded;
    /// [`EngineError::Native`] if the runtime fails; [`EngineError::Cancelled`].
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EngineError>;
}

/// A text as a vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Its coordinates; the vector has length one.
    pub values: Vec<f32>,
    /// Tokens of the text.
    pub tokens: usize,
}

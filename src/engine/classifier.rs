//! The contract of a classifier, implemented by ONNX Runtime and the fake.

use super::error::EngineError;

/// A loaded classifier, lent by an arena.
pub trait Classifier {
    /// Probabilities for each text in the order given: one row a text, one column a label of the model, each row sums to 1.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] when the runtime fails, [`EngineError::Cancelled`].
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError>;
}

//! The interface of a classifier, implemented by ONNX Runtime and the fake.

use super::error::EngineError;

/// A loaded classifier, lent by an arena.
pub trait Classifier {
    /// Returns one row of probabilities for each text, in the order of `texts`. A row has one column for each label of the model
    /// and sums to 1.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] if the runtime fails; [`EngineError::Cancelled`].
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError>;
}

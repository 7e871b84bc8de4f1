//! The vocabulary of a GGUF file without its weights: counts the tokens of a text.

use std::path::Path;

use super::load::Gguf;
use crate::engine::error::EngineError;

/// A GGUF file of which only the header is in memory.
#[derive(Debug)]
pub(in crate::engine) struct Vocabulary(Gguf);

impl Vocabulary {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] if it is not a GGUF file or has no vocabulary.
    pub(in crate::engine) fn open(path: &Path) -> Result<Self, EngineError> {
        Gguf::open(path, None).map(Vocabulary)
    }

    /// The tokens of a text; `begins` also counts the beginning-of-sequence token, if the model uses one. Control tokens in
    /// the text are text.
    pub(in crate::engine) fn count(&self, text: &str, begins: bool) -> usize {
        let vocabulary = self.0.vocabulary().vocab();
        let beginning = usize::from(begins && vocabulary.should_add_bos());
        beginning + vocabulary.tokenize(text.as_bytes(), false, false).len()
    }
}

//! Checks whether a model can take a prompt, and whether llama.cpp takes a file. Opens the vocabulary alone.

use std::path::Path;

use super::load::Gguf;
use super::sample;
use crate::engine::error::EngineError;
use crate::engine::language::LanguageInfo;
use crate::engine::request::{Grammar, Prompt};
use crate::models::ResolvedModel;

/// Checks whether a prompt and an answer of `max_tokens` tokens fit the model, whether the grammar is supported, and whether the model has
/// every token with a bias. Returns the model's context length in tokens.
///
/// # Errors
///
/// [`EngineError::PromptTooLong`], [`EngineError::Grammar`], [`EngineError::UnknownToken`], [`EngineError::ChatTemplate`] or
/// [`EngineError::Load`].
pub(crate) fn check_text(
    files: &ResolvedModel,
    prompt: &Prompt,
    max_tokens: usize,
    grammar: Option<&Grammar>,
    biases: &[(i32, f32)],
) -> Result<usize, EngineError> {
    let gguf = Gguf::open(&files.weights, files.manifest.chat_template.as_deref())?;
    gguf.fit(prompt, max_tokens)?
        .or_too_long("shorten it or lower max_tokens")?;
    if let Some(grammar) = grammar {
        sample::check_grammar(grammar)?;
    }
    let last = gguf.vocabulary().n_vocab() - 1;
    let unknown = biases
        .iter()
        .map(|(token, _)| *token)
        .find(|token| !(0..=last).contains(token));
    if let Some(token) = unknown {
        return Err(EngineError::UnknownToken { token, last });
    }
    Ok(gguf.context_length())
}

/// Checks whether llama.cpp takes a file: its header and its vocabulary.
///
/// # Errors
///
/// [`EngineError::Load`] with llama.cpp's reason.
pub(crate) fn accepts(path: &Path) -> Result<(), EngineError> {
    Gguf::open(path, None).map(drop)
}

//! Whether a model can take a text: its vocabulary is opened, nothing else.

use super::load::Gguf;
use super::sample;
use crate::engine::error::EngineError;
use crate::engine::language::LanguageInfo;
use crate::engine::request::{Grammar, Prompt};
use crate::models::ResolvedModel;

/// Whether a model can take a prompt, an answer of so many tokens and a grammar. Returns the model's context length in tokens.
///
/// # Errors
///
/// [`EngineError::PromptTooLong`], [`EngineError::Grammar`], [`EngineError::ChatTemplate`] or [`EngineError::Load`].
pub(crate) fn check_text(
    files: &ResolvedModel,
    prompt: &Prompt,
    max_tokens: usize,
    grammar: Option<&Grammar>,
) -> Result<usize, EngineError> {
    let gguf = Gguf::open(&files.weights, files.manifest.chat_template.as_deref())?;
    gguf.fit(prompt, max_tokens)?
        .or_too_long("shorten it or lower max_tokens")?;
    if let Some(grammar) = grammar {
        sample::check_grammar(grammar)?;
    }
    Ok(gguf.context_length())
}

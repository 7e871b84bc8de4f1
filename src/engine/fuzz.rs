//! What strangers send to the engine: model files, and the schemas that answers must follow. Bytes come in.

use super::error::EngineError;
use super::llama;
use super::request::Grammar;
use crate::fuzz::check_told;

/// The header of a model file.
pub(crate) fn gguf_header(bytes: &[u8]) {
    llama::fuzz_header(bytes);
}

/// A grammar, as the engine checks and then follows it.
pub(crate) fn grammar(grammar: &Grammar, answer: &str) {
    match llama::check_grammar(grammar) {
        // A long answer can exceed a limit, which the engine reports.
        Ok(()) => match llama::follows(grammar, answer) {
            Ok(follows) => {
                let is_json = serde_json::from_str::<serde_json::Value>(answer).is_ok();
                assert!(
                    follows != Some(true) || is_json,
                    "{answer:?} follows a schema and is no JSON"
                );
            }
            Err(EngineError::Native { .. }) => {}
            Err(error) => unreachable!("a grammar that was checked is refused: {error}"),
        },
        Err(error) => check_told(&error),
    }
}

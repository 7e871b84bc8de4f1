//! Parses the advice in a refusal's hint, as a person would read it.

use tripod::engine::KvType;

/// A change to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Another element type of the KV cache.
    KvType(KvType),
    /// A context of this many tokens.
    Context(usize),
    /// Smaller weights.
    SmallerQuantisation,
}

/// The advice in a hint; `None` if it only suggests a larger budget.
pub fn read(hint: &str) -> Option<Advice> {
    if let Some((_, rest)) = hint.split_once("--kv-type ") {
        let word = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        return word.parse().ok().map(Advice::KvType);
    }
    if let Some((_, rest)) = hint.split_once("a context of ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().map(Advice::Context);
    }
    hint.contains("a smaller quantisation")
        .then_some(Advice::SmallerQuantisation)
}

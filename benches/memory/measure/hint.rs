//! What a refusal's hint says to do, read from its words as a person would.

use tripod::engine::KvType;

/// Something that can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Another element type of the KV cache.
    KvType(KvType),
    /// A context of so many tokens.
    Context(usize),
    /// Other weights.
    SmallerQuantisation,
}

/// The advice in a hint; `None` where it names nothing but a larger budget.
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

//! The choice of the next token.
//!
//! Imports go down this order: sampler, pattern, automaton, vocab_trie, probability.

mod automaton;
mod pattern;
mod probability;
mod sampler;
mod vocab_trie;

pub(crate) use self::pattern::Pattern;
pub(crate) use self::probability::choice;
pub(crate) use self::sampler::{Sampler, check_grammar};
pub(crate) use self::vocab_trie::VocabTrie;

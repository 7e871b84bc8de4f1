//! Sampling of the next token, constrained by a grammar.
//!
//! Each module imports only from modules later in this list: sampler, grammars, calls, refusal, schema, number_length, pattern,
//! automaton, vocab_trie, probability.

mod automaton;
mod calls;
#[cfg(test)]
mod calls_tests;
mod grammars;
mod number_length;
mod pattern;
mod probability;
mod refusal;
mod sampler;
mod schema;
mod vocab_trie;

pub(crate) use self::grammars::{Grammars, Rule, Schemas, check_grammar, follows};
pub(crate) use self::probability::{all as probabilities, choice};
pub(crate) use self::sampler::Sampler;
#[cfg(test)]
pub(crate) use self::schema::tests::draw;

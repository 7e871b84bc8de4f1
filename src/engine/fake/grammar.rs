//! Checks the fake's canned answers against grammars, so that no test passes on an answer that a real backend could not give.

use regex_automata::hybrid::dfa::DFA;
use regex_automata::{Anchored, MatchKind, util::start};

use crate::engine::error::EngineError;
use crate::engine::llama::follows;
use crate::engine::request::Grammar;

/// How much of a pattern an answer matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// The whole answer matches.
    Whole,
    /// The answer is the beginning of a text that matches: it was cut short.
    Beginning,
}

/// Matches a text against a grammar.
///
/// # Errors
///
/// [`EngineError::Grammar`] if the grammar is invalid, or if no text that follows it begins with `text`.
pub(super) fn follow(grammar: &Grammar, text: &str) -> Result<Match, EngineError> {
    match grammar {
        Grammar::Pattern(pattern) => follow_pattern(pattern, text),
        Grammar::JsonSchema(_) | Grammar::Calls(_) => match follows(grammar, text)? {
            Some(true) => Ok(Match::Whole),
            Some(false) => Ok(Match::Beginning),
            None => Err(EngineError::Grammar(format!("the fake's answer leaves it: {text:?}"))),
        },
    }
}

/// Matches a text against a pattern in the syntax of the `regex` crate.
fn follow_pattern(pattern: &str, text: &str) -> Result<Match, EngineError> {
    let refused = |reason: &dyn std::fmt::Display| EngineError::Grammar(reason.to_string());
    let config = DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true);
    let automaton = DFA::builder()
        .configure(config)
        .build(&format!(r"(?:{pattern})\z"))
        .map_err(|error| refused(&error))?;
    let mut cache = automaton.create_cache();
    let mut state = automaton
        .start_state(&mut cache, &start::Config::new().anchored(Anchored::Yes))
        .map_err(|error| refused(&error))?;
    for (index, &byte) in text.as_bytes().iter().enumerate() {
        state = automaton
            .next_state(&mut cache, state, byte)
            .map_err(|error| refused(&error))?;
        if state.is_dead() || state.is_quit() {
            let admitted = String::from_utf8_lossy(&text.as_bytes()[..index]);
            return Err(EngineError::Grammar(format!(
                "the fake's answer leaves it after {admitted:?}"
            )));
        }
    }
    let end = automaton
        .next_eoi_state(&mut cache, state)
        .map_err(|error| refused(&error))?;
    Ok(if end.is_match() { Match::Whole } else { Match::Beginning })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_follows_a_pattern_to_its_end_or_up_to_where_it_was_cut_or_is_refused() {
        let pattern = r" \[[0-9]{3}(?:, [0-9]{3}){2}\]";
        let follow = |pattern: &str, text: &str| follow(&Grammar::Pattern(pattern.to_owned()), text);
        assert_eq!(follow(pattern, " [101, 102, 103]").ok(), Some(Match::Whole));
        assert_eq!(follow(pattern, " [101, 10").ok(), Some(Match::Beginning));
        for text in [" [101, 102, 103] and more", "[101", " [1010"] {
            assert!(matches!(follow(pattern, text), Err(EngineError::Grammar(_))), "{text}");
        }
        assert!(matches!(follow("(", ""), Err(EngineError::Grammar(_))));
    }
}

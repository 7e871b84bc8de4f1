//! Whether a text follows a grammar: for a backend that cannot constrain its answers, and for the fake, so that no test passes on an
//! answer that a real backend could not give. A grammar comes in, and then texts; how far each follows goes out. No model is needed.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, MatchKind, util::start};

use super::error::EngineError;
use super::llama::follows;
use super::request::Grammar;

/// How far a text follows a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Following {
    /// The whole text follows it.
    Whole,
    /// The text is the beginning of one that follows it: it was cut short.
    Beginning,
    /// The text leaves it after this many bytes; 0 where that is not known.
    Leaves(usize),
}

/// A grammar, compiled.
#[derive(Debug)]
pub(super) enum Follower {
    /// A pattern.
    Pattern(Box<(DFA, Cache)>),
    /// JSON or calls of tools.
    Other(Grammar),
}

impl Follower {
    /// Compiles a grammar.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] for a pattern that is invalid.
    pub(super) fn of(grammar: &Grammar) -> Result<Self, EngineError> {
        let Grammar::Pattern(pattern) = grammar else {
            return Ok(Follower::Other(grammar.clone()));
        };
        let config = DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true);
        let automaton = DFA::builder()
            .configure(config)
            .build(&format!(r"(?:{pattern})\z"))
            .map_err(refused)?;
        let cache = automaton.create_cache();
        Ok(Follower::Pattern(Box::new((automaton, cache))))
    }

    /// How far a text follows the grammar.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] for a schema that is not supported, or an automaton that gives up.
    pub(super) fn follow(&mut self, text: &str) -> Result<Following, EngineError> {
        Ok(match self {
            Follower::Pattern(pattern) => walk(&pattern.0, &mut pattern.1, text)?.0,
            Follower::Other(grammar) => match follows(grammar, text)? {
                Some(true) => Following::Whole,
                Some(false) => Following::Beginning,
                None => Following::Leaves(0),
            },
        })
    }

    /// The longest beginning of a text that follows a pattern as a whole.
    ///
    /// # Errors
    ///
    /// Those of [`Follower::follow`].
    pub(super) fn longest<'t>(&mut self, text: &'t str) -> Result<Option<&'t str>, EngineError> {
        match self {
            Follower::Pattern(pattern) => {
                let longest = walk(&pattern.0, &mut pattern.1, text)?.1;
                Ok(longest.and_then(|end| text.get(..end)))
            }
            Follower::Other(_) => Ok(None),
        }
    }
}

/// Walks the automaton along a text: how far the text follows, and where the longest beginning ends that is a whole match.
fn walk(automaton: &DFA, cache: &mut Cache, text: &str) -> Result<(Following, Option<usize>), EngineError> {
    let mut state = automaton
        .start_state(cache, &start::Config::new().anchored(Anchored::Yes))
        .map_err(refused)?;
    let mut longest = None;
    for (index, &byte) in text.as_bytes().iter().enumerate() {
        if automaton.next_eoi_state(cache, state).map_err(refused)?.is_match() {
            longest = Some(index);
        }
        state = automaton.next_state(cache, state, byte).map_err(refused)?;
        if state.is_dead() || state.is_quit() {
            return Ok((Following::Leaves(index), longest));
        }
    }
    let end = automaton.next_eoi_state(cache, state).map_err(refused)?;
    Ok(match end.is_match() {
        true => (Following::Whole, Some(text.len())),
        false => (Following::Beginning, longest),
    })
}

fn refused(reason: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(reason.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pattern(text: &str) -> Follower {
        Follower::of(&Grammar::Pattern(text.to_owned())).unwrap()
    }

    #[test]
    fn an_answer_follows_a_pattern_to_its_end_or_up_to_where_it_was_cut_or_leaves_it() {
        let mut list = pattern(r" \[[0-9]{3}(?:, [0-9]{3}){2}\]");
        assert_eq!(list.follow(" [101, 102, 103]").unwrap(), Following::Whole);
        assert_eq!(list.follow(" [101, 10").unwrap(), Following::Beginning);
        for (text, after) in [(" [101, 102, 103] and more", 16), ("[101", 0), (" [1010", 5)] {
            assert_eq!(list.follow(text).unwrap(), Following::Leaves(after), "{text}");
        }
        assert!(matches!(
            Follower::of(&Grammar::Pattern("(".into())),
            Err(EngineError::Grammar(_))
        ));
    }

    #[test]
    fn the_longest_beginning_that_matches_is_found_in_a_text_that_goes_on() {
        let mut list = pattern("[0-9]+(?:, [0-9]+){0,2}");
        assert_eq!(list.longest("12, 13 and more").unwrap(), Some("12, 13"));
        assert_eq!(list.longest("none").unwrap(), None);
    }

    #[test]
    fn an_answer_of_json_is_whole_cut_or_out_of_its_schema() {
        let schema = r#"{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}"#;
        let mut json = Follower::of(&Grammar::JsonSchema(schema.into())).unwrap();
        assert_eq!(json.follow(r#"{"a": 1}"#).unwrap(), Following::Whole);
        assert_eq!(json.follow(r#"{"a": "#).unwrap(), Following::Beginning);
        assert_eq!(json.follow(r#"{"b": 1}"#).unwrap(), Following::Leaves(0));
    }
}

//! A regular expression as a grammar: the bytes of a continuation so far are a state of a lazily built automaton, and a token
//! is admitted when its bytes lead to a state that can still match. A token costs a few table look-ups where llama.cpp's own
//! grammars take milliseconds, since their repetitions grow into thousands of stacks.

use std::collections::HashMap;
use std::rc::Rc;

use llama_cpp_2::token::LlamaToken;

use super::automaton::{Automaton, State};
use super::vocab_trie::{Entry, VocabTrie};
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::{MOST_LISTED, PROSE_CHARACTERS};

/// A pattern that whole continuations must match, with what is known of its states so far. Shared by the sequences of a batch.
#[derive(Debug)]
pub(crate) struct Pattern {
    automaton: Automaton,
    trie: Rc<VocabTrie>,
    /// For each state, the tokens admitted there where these are few.
    admitted: HashMap<State, Option<Rc<[LlamaToken]>>>,
}

impl Pattern {
    /// Begins to read a pattern in the syntax of the `regex` crate; what is wrong in it is said when it is first used.
    pub(crate) fn new(text: &str, trie: Rc<VocabTrie>) -> Self {
        Pattern {
            automaton: Automaton::of(text),
            trie,
            admitted: HashMap::new(),
        }
    }

    /// The place before anything is written.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] with what is wrong in the pattern.
    pub(crate) fn start(&mut self) -> Result<State, EngineError> {
        self.automaton.start()
    }

    /// The tokens that can come next, where these are few; `None` where they are many.
    pub(crate) fn few_admitted(&mut self, place: State) -> Result<Option<Rc<[LlamaToken]>>, EngineError> {
        if let Some(known) = self.admitted.get(&place) {
            return Ok(known.clone());
        }
        let few: Option<Rc<[LlamaToken]>> = if self.is_wide(place)? {
            None
        } else {
            let tokens = self.admitted_up_to(place, MOST_LISTED)?;
            (tokens.len() <= MOST_LISTED).then(|| tokens.into())
        };
        self.admitted.insert(place, few.clone());
        Ok(few)
    }

    /// The token that must come next; one of those that end a text where it must end.
    pub(crate) fn only_admitted(&mut self, place: State) -> Result<Option<LlamaToken>, EngineError> {
        let Some(few) = self.few_admitted(place)? else {
            return Ok(None);
        };
        let is_forced = few.len() == 1 || few.iter().all(|&token| self.trie.ends().contains(&token));
        Ok(few.first().copied().filter(|_| is_forced))
    }

    /// Whether so many characters can come next that counting the tokens is not worth the walk.
    fn is_wide(&mut self, place: State) -> Result<bool, EngineError> {
        let mut characters = 0;
        for byte in b' '..=b'~' {
            characters += usize::from(self.automaton.step(place, byte)?.is_some());
        }
        Ok(characters > PROSE_CHARACTERS)
    }

    /// All tokens that can come next.
    pub(crate) fn all_admitted(&mut self, place: State) -> Result<Vec<LlamaToken>, EngineError> {
        self.admitted_up_to(place, usize::MAX)
    }

    /// Whether a token can come next.
    pub(crate) fn admits(&mut self, place: State, token: LlamaToken) -> Result<bool, EngineError> {
        if self.trie.ends().contains(&token) {
            return self.automaton.is_complete(place);
        }
        Ok(self.after(place, token)?.is_some())
    }

    /// The place after a token; `None` when it does not follow the pattern there, as a token that ends the text never does.
    pub(crate) fn after(&mut self, place: State, token: LlamaToken) -> Result<Option<State>, EngineError> {
        let trie = Rc::clone(&self.trie);
        let piece = trie.piece(token);
        if piece.is_empty() {
            return Ok(None);
        }
        let mut place = place;
        for &byte in piece {
            match self.automaton.step(place, byte)? {
                Some(next) => place = next,
                None => return Ok(None),
            }
        }
        Ok(Some(place))
    }

    /// Walks the trie from a place, until more than `most` tokens are admitted.
    fn admitted_up_to(&mut self, place: State, most: usize) -> Result<Vec<LlamaToken>, EngineError> {
        let trie = Rc::clone(&self.trie);
        let mut tokens = Vec::new();
        if self.automaton.is_complete(place)? {
            tokens.extend(trie.ends());
        }
        for first in 0..=u8::MAX {
            if self.automaton.step(place, first)?.is_some() {
                self.admit_among(trie.beginning_with(first), place, most, &mut tokens)?;
            }
        }
        Ok(tokens)
    }

    /// Adds those of neighbouring tokens that are admitted, until there are more than `most`.
    fn admit_among(
        &mut self,
        entries: &[Entry],
        place: State,
        most: usize,
        tokens: &mut Vec<LlamaToken>,
    ) -> Result<(), EngineError> {
        let trie = Rc::clone(&self.trie);
        // The places after each byte of the entry before, as far as it followed the pattern.
        let mut places = vec![place];
        // So many first bytes of the entry before are known not to follow it.
        let mut refused_at = usize::MAX;
        for &Entry { token, shared } in entries {
            if tokens.len() > most {
                break;
            }
            if shared >= refused_at {
                continue;
            }
            refused_at = usize::MAX;
            places.truncate(shared + 1);
            let piece = trie.piece(token);
            let mut here = places.last().copied().unwrap_or(place);
            for (offset, &byte) in piece.iter().enumerate().skip(places.len() - 1) {
                match self.automaton.step(here, byte)? {
                    Some(next) => here = next,
                    None => {
                        refused_at = offset + 1;
                        break;
                    }
                }
                places.push(here);
            }
            if refused_at == usize::MAX {
                tokens.push(token);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::vocab_trie::tests::trie;
    use super::*;
    use proptest::prelude::*;

    fn numbers(tokens: &[LlamaToken]) -> Vec<i32> {
        let mut numbers: Vec<i32> = tokens.iter().map(|token| token.0).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn only_tokens_that_can_still_match_are_admitted_and_the_end_only_where_all_is_there() {
        let trie = trie(&["1", "12", "1.", ".5", "x", ".55", ", ", "."]);
        let mut pattern = Pattern::new(r"[1-9][0-9]?\.[0-9]{2}", trie);
        let start = pattern.start().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(start).unwrap()), [0, 1, 2]);
        let place = pattern.after(start, LlamaToken(1)).unwrap().unwrap();
        assert_eq!(
            numbers(&pattern.few_admitted(place).unwrap().unwrap()),
            [3, 5, 7],
            "after `12`"
        );
        assert_eq!(pattern.only_admitted(place).unwrap(), None);
        let place = pattern.after(place, LlamaToken(5)).unwrap().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(place).unwrap()), [8], "only the end");
        assert_eq!(pattern.only_admitted(place).unwrap(), Some(LlamaToken(8)));
        assert!(pattern.admits(place, LlamaToken(8)).unwrap());
        assert!(!pattern.admits(start, LlamaToken(8)).unwrap());
    }

    #[test]
    fn an_alternative_that_matched_early_does_not_hide_a_longer_one() {
        let mut pattern = Pattern::new("a|ab", trie(&["a", "b"]));
        let start = pattern.start().unwrap();
        let place = pattern.after(start, LlamaToken(0)).unwrap().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(place).unwrap()), [1, 2]);
    }

    #[test]
    fn where_prose_can_follow_nobody_counts_the_tokens() {
        let mut prose = Pattern::new("[ -~]*", trie(&["a", "1"]));
        let start = prose.start().unwrap();
        assert_eq!(prose.few_admitted(start).unwrap(), None);
        let mut number = Pattern::new("[0-9.]*", trie(&["a", "1"]));
        let start = number.start().unwrap();
        let few = number.few_admitted(start).unwrap().unwrap();
        assert_eq!(numbers(&few), [1, 2], "a digit, or the end");
    }

    proptest! {
        #[test]
        fn the_walk_admits_what_trying_each_token_admits(
            pieces in prop::collection::btree_set("[abé]{1,4}", 1..24),
            written in "[abé]{0,3}",
        ) {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let mut pattern = Pattern::new("(ab|ba|é)*a{0,2}", trie(&pieces));
            let mut place = Some(pattern.start().unwrap());
            for byte in written.bytes() {
                place = place.and_then(|place| pattern.automaton.step(place, byte).unwrap());
            }
            let Some(place) = place else { return Ok(()) };
            let one_by_one: Vec<i32> = (0..=i32::try_from(pieces.len()).unwrap())
                .filter(|&token| pattern.admits(place, LlamaToken(token)).unwrap())
                .collect();
            prop_assert_eq!(numbers(&pattern.all_admitted(place).unwrap()), one_by_one);
        }
    }
}

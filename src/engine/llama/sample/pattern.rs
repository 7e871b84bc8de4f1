//! A regular expression as a grammar. The bytes of a continuation lead to a state of a lazy DFA; a token is admitted if its
//! bytes lead to a state that can still match. A token costs a few table look-ups. llama.cpp's own grammars take milliseconds,
//! because repetitions expand into thousands of stacks.

use std::collections::HashMap;
use std::rc::Rc;

use llama_cpp_2::token::LlamaToken;

use super::automaton::{Automaton, State};
use super::vocab_trie::{Entry, VocabTrie};
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::{MOST_LISTED, PROSE_CHARACTERS};

/// A pattern that whole continuations must match, with the admitted tokens of the states visited so far. The sequences of a batch
/// share it.
#[derive(Debug)]
pub(crate) struct Pattern {
    automaton: Automaton,
    trie: Rc<VocabTrie>,
    /// The admitted tokens of each visited state; `None` if they are too many to list.
    admitted: HashMap<State, Option<Rc<[LlamaToken]>>>,
}

impl Pattern {
    /// Starts compiling a pattern in the syntax of the `regex` crate. An invalid one is reported at the first use.
    pub(crate) fn new(text: &str, trie: Rc<VocabTrie>) -> Self {
        Pattern {
            automaton: Automaton::of(text),
            trie,
            admitted: HashMap::new(),
        }
    }

    /// The state before the first token.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] if the pattern is invalid.
    pub(crate) fn start(&mut self) -> Result<State, EngineError> {
        self.automaton.start()
    }

    /// The tokens that can come next; `None` if they are too many to list.
    pub(crate) fn few_admitted(&mut self, state: State) -> Result<Option<Rc<[LlamaToken]>>, EngineError> {
        if let Some(known) = self.admitted.get(&state) {
            return Ok(known.clone());
        }
        let few: Option<Rc<[LlamaToken]>> = if self.is_wide(state)? {
            None
        } else {
            let tokens = self.admitted_up_to(state, MOST_LISTED)?;
            (tokens.len() <= MOST_LISTED).then(|| tokens.into())
        };
        self.admitted.insert(state, few.clone());
        Ok(few)
    }

    /// The only token that can come next, if there is just one. If the text must end, any of the end-of-text tokens.
    pub(crate) fn only_admitted(&mut self, state: State) -> Result<Option<LlamaToken>, EngineError> {
        let Some(few) = self.few_admitted(state)? else {
            return Ok(None);
        };
        let is_forced = few.len() == 1 || few.iter().all(|&token| self.trie.ends().contains(&token));
        Ok(few.first().copied().filter(|_| is_forced))
    }

    /// Whether so many characters can come next that listing the tokens is not worth the time.
    fn is_wide(&mut self, state: State) -> Result<bool, EngineError> {
        let mut characters = 0;
        for byte in b' '..=b'~' {
            characters += usize::from(self.automaton.step(state, byte)?.is_some());
        }
        Ok(characters > PROSE_CHARACTERS)
    }

    /// All tokens that can come next.
    pub(crate) fn all_admitted(&mut self, state: State) -> Result<Vec<LlamaToken>, EngineError> {
        self.admitted_up_to(state, usize::MAX)
    }

    /// Whether a token can come next.
    pub(crate) fn admits(&mut self, state: State, token: LlamaToken) -> Result<bool, EngineError> {
        if self.trie.ends().contains(&token) {
            return self.automaton.is_complete(state);
        }
        Ok(self.after(state, token)?.is_some())
    }

    /// The state after a token; `None` if the token is not admitted. End-of-text tokens lead to no state.
    pub(crate) fn after(&mut self, state: State, token: LlamaToken) -> Result<Option<State>, EngineError> {
        let trie = Rc::clone(&self.trie);
        let piece = trie.piece(token);
        if piece.is_empty() {
            return Ok(None);
        }
        let mut state = state;
        for &byte in piece {
            match self.automaton.step(state, byte)? {
                Some(next) => state = next,
                None => return Ok(None),
            }
        }
        Ok(Some(state))
    }

    /// Walks the trie from a state, until more than `most` tokens are admitted.
    fn admitted_up_to(&mut self, state: State, most: usize) -> Result<Vec<LlamaToken>, EngineError> {
        let trie = Rc::clone(&self.trie);
        let mut tokens = Vec::new();
        if self.automaton.is_complete(state)? {
            tokens.extend(trie.ends());
        }
        for first in 0..=u8::MAX {
            if self.automaton.step(state, first)?.is_some() {
                self.admit_among(trie.beginning_with(first), state, most, &mut tokens)?;
            }
        }
        Ok(tokens)
    }

    /// Adds the admitted tokens among `entries`, until there are more than `most`.
    fn admit_among(
        &mut self,
        entries: &[Entry],
        state: State,
        most: usize,
        tokens: &mut Vec<LlamaToken>,
    ) -> Result<(), EngineError> {
        let trie = Rc::clone(&self.trie);
        // The states after each byte of the previous entry, as far as it matched.
        let mut states = vec![state];
        // The length of the shortest beginning of the previous entry that cannot match.
        let mut refused_at = usize::MAX;
        for &Entry { token, shared } in entries {
            if tokens.len() > most {
                break;
            }
            if shared >= refused_at {
                continue;
            }
            refused_at = usize::MAX;
            states.truncate(shared + 1);
            let piece = trie.piece(token);
            let mut here = states.last().copied().unwrap_or(state);
            for (offset, &byte) in piece.iter().enumerate().skip(states.len() - 1) {
                match self.automaton.step(here, byte)? {
                    Some(next) => here = next,
                    None => {
                        refused_at = offset + 1;
                        break;
                    }
                }
                states.push(here);
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
    fn only_tokens_that_can_still_match_are_admitted_and_the_end_only_after_a_whole_match() {
        let trie = trie(&["1", "12", "1.", ".5", "x", ".55", ", ", "."]);
        let mut pattern = Pattern::new(r"[1-9][0-9]?\.[0-9]{2}", trie);
        let start = pattern.start().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(start).unwrap()), [0, 1, 2]);
        let state = pattern.after(start, LlamaToken(1)).unwrap().unwrap();
        assert_eq!(
            numbers(&pattern.few_admitted(state).unwrap().unwrap()),
            [3, 5, 7],
            "after `12`"
        );
        assert_eq!(pattern.only_admitted(state).unwrap(), None);
        let state = pattern.after(state, LlamaToken(5)).unwrap().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(state).unwrap()), [8], "only the end");
        assert_eq!(pattern.only_admitted(state).unwrap(), Some(LlamaToken(8)));
        assert!(pattern.admits(state, LlamaToken(8)).unwrap());
        assert!(!pattern.admits(start, LlamaToken(8)).unwrap());
    }

    #[test]
    fn an_alternative_that_matched_early_does_not_hide_a_longer_one() {
        let mut pattern = Pattern::new("a|ab", trie(&["a", "b"]));
        let start = pattern.start().unwrap();
        let state = pattern.after(start, LlamaToken(0)).unwrap().unwrap();
        assert_eq!(numbers(&pattern.all_admitted(state).unwrap()), [1, 2]);
    }

    #[test]
    fn tokens_are_not_listed_where_prose_can_follow() {
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
            let mut state = Some(pattern.start().unwrap());
            for byte in written.bytes() {
                state = state.and_then(|state| pattern.automaton.step(state, byte).unwrap());
            }
            let Some(state) = state else { return Ok(()) };
            let one_by_one: Vec<i32> = (0..=i32::try_from(pieces.len()).unwrap())
                .filter(|&token| pattern.admits(state, LlamaToken(token)).unwrap())
                .collect();
            prop_assert_eq!(numbers(&pattern.all_admitted(state).unwrap()), one_by_one);
        }
    }
}

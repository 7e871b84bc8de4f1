//! The lazy DFA of a regular expression: steps from a state by a byte to the next state. Building the DFA of a long pattern takes
//! tens of milliseconds, so a thread does it during prefill.

use std::thread::JoinHandle;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use crate::engine::error::EngineError;

/// The most memory of one automaton, bytes. The automata of the reports stay under 10 MiB.
const LARGEST: usize = 64 << 20;

/// A state of the automaton.
pub(super) type State = LazyStateID;

/// An automaton, possibly still being built. Every error is [`EngineError::Grammar`]; an invalid pattern is reported at the first
/// use.
#[derive(Debug)]
pub(super) enum Automaton {
    /// A thread is building it.
    Underway(JoinHandle<Result<DFA, String>>),
    Running(Box<Running>),
    Broken(String),
}

#[derive(Debug)]
pub(super) struct Running {
    dfa: DFA,
    cache: Cache,
    start: State,
}

impl Automaton {
    /// Starts building the automaton of a pattern in the syntax of the `regex` crate.
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_owned();
        let building = std::thread::Builder::new().name("pattern".into());
        match building.spawn(move || build(&text)) {
            Ok(thread) => Automaton::Underway(thread),
            Err(error) => Automaton::Broken(error.to_string()),
        }
    }

    /// The state before the first byte.
    pub(crate) fn start(&mut self) -> Result<State, EngineError> {
        Ok(self.running()?.start)
    }

    /// The state after a byte; `None` if no matching text continues with that byte.
    pub(crate) fn step(&mut self, state: State, byte: u8) -> Result<Option<State>, EngineError> {
        let Running { dfa, cache, .. } = self.running()?;
        let next = dfa.next_state(cache, state, byte).map_err(refused)?;
        // Clearing the cache renumbers the states, so those returned earlier would be wrong.
        if cache.clear_count() > 0 {
            return Err(refused(format!(
                "its automaton grew beyond {} MiB; write a simpler pattern",
                LARGEST >> 20
            )));
        }
        Ok((!next.is_dead() && !next.is_quit()).then_some(next))
    }

    /// Whether the text so far matches the whole pattern.
    pub(crate) fn is_complete(&mut self, state: State) -> Result<bool, EngineError> {
        let Running { dfa, cache, .. } = self.running()?;
        let end = dfa.next_eoi_state(cache, state);
        Ok(end.map_err(refused)?.is_match())
    }

    /// Waits until the automaton is built.
    fn running(&mut self) -> Result<&mut Running, EngineError> {
        if matches!(self, Automaton::Underway(_)) {
            let taken = std::mem::replace(self, Automaton::Broken("its thread panicked".into()));
            if let Automaton::Underway(thread) = taken
                && let Ok(built) = thread.join()
            {
                *self = built
                    .and_then(run)
                    .map_or_else(Automaton::Broken, |running| Automaton::Running(Box::new(running)));
            }
        }
        match self {
            Automaton::Running(running) => Ok(running),
            Automaton::Broken(reason) => Err(refused(reason)),
            Automaton::Underway(_) => Err(refused("it is not built yet")),
        }
    }
}

/// Checks that a pattern is valid.
///
/// # Errors
///
/// [`EngineError::Grammar`] with the syntax error.
pub(super) fn check(text: &str) -> Result<(), EngineError> {
    build(text).map(|_| ()).map_err(refused)
}

fn build(text: &str) -> Result<DFA, String> {
    let config = DFA::config()
        // Follow all alternatives: a state is dead only if no continuation can match.
        .match_kind(MatchKind::All)
        .cache_capacity(LARGEST)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(None);
    // The DFA reports a match one byte late. With `\z`, it does not admit a byte after the end of a match.
    DFA::builder()
        .configure(config)
        .build(&format!("(?:{text})\\z"))
        .map_err(|error| root_cause(&error).to_string())
}

fn run(dfa: DFA) -> Result<Running, String> {
    let mut cache = dfa.create_cache();
    let anchored = start::Config::new().anchored(Anchored::Yes);
    let start = dfa
        .start_state(&mut cache, &anchored)
        .map_err(|error| error.to_string())?;
    Ok(Running { dfa, cache, start })
}

/// The innermost error, the only one that says what is wrong with a pattern.
fn root_cause<'e>(mut error: &'e (dyn std::error::Error + 'static)) -> &'e dyn std::error::Error {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_invalid_pattern_is_a_readable_error_at_every_use() {
        let Err(error) = check("a{2") else { panic!("accepted") };
        assert!(error.to_string().contains("repetition"), "{error}");
        let mut broken = Automaton::of("a{2");
        for _ in 0..2 {
            assert_eq!(broken.start().unwrap_err().to_string(), error.to_string());
        }
    }

    #[test]
    fn a_text_is_complete_only_where_the_pattern_may_end() {
        let mut automaton = Automaton::of("ab?");
        let start = automaton.start().unwrap();
        assert!(!automaton.is_complete(start).unwrap());
        assert_eq!(automaton.step(start, b'b').unwrap(), None);
        let place = automaton.step(start, b'a').unwrap().unwrap();
        assert!(automaton.is_complete(place).unwrap());
    }
}

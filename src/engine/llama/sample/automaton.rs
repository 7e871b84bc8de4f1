//! The lazily built automaton of a regular expression: a place and a byte in, the next place out. Reading a long pattern takes
//! tens of milliseconds, so a thread does it while the prompt is evaluated.

use std::thread::JoinHandle;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use crate::engine::error::EngineError;

/// The most memory that one automaton may grow to, bytes; those of the reports stay under 10 MiB.
const LARGEST: usize = 64 << 20;

/// Where in a pattern a continuation is.
pub(super) type State = LazyStateID;

/// An automaton that is being built, or runs. Every error is [`EngineError::Grammar`]; what is wrong in the pattern is said at
/// the first use.
#[derive(Debug)]
pub(super) enum Automaton {
    /// A thread builds it.
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
    /// Begins to build the automaton of a pattern in the syntax of the `regex` crate.
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_owned();
        let building = std::thread::Builder::new().name("pattern".into());
        match building.spawn(move || build(&text)) {
            Ok(thread) => Automaton::Underway(thread),
            Err(error) => Automaton::Broken(error.to_string()),
        }
    }

    /// The place before anything is written.
    pub(crate) fn start(&mut self) -> Result<State, EngineError> {
        Ok(self.running()?.start)
    }

    /// The place after a byte; `None` when it does not follow the pattern there.
    pub(crate) fn step(&mut self, place: State, byte: u8) -> Result<Option<State>, EngineError> {
        let Running { dfa, cache, .. } = self.running()?;
        let next = dfa.next_state(cache, place, byte).map_err(refused)?;
        // Places that were handed out would mean other states from here on.
        if cache.clear_count() > 0 {
            return Err(refused(format!(
                "its automaton grew beyond {} MiB; write a simpler pattern",
                LARGEST >> 20
            )));
        }
        Ok((!next.is_dead() && !next.is_quit()).then_some(next))
    }

    /// Whether the text may end here.
    pub(crate) fn is_complete(&mut self, place: State) -> Result<bool, EngineError> {
        let Running { dfa, cache, .. } = self.running()?;
        let end = dfa.next_eoi_state(cache, place);
        Ok(end.map_err(refused)?.is_match())
    }

    /// Waits until it is built.
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

/// Whether a pattern can be used at all.
///
/// # Errors
///
/// [`EngineError::Grammar`] with what is wrong in it.
pub(super) fn check(text: &str) -> Result<(), EngineError> {
    build(text).map(|_| ()).map_err(refused)
}

fn build(text: &str) -> Result<DFA, String> {
    let config = DFA::config()
        // Without preference among alternatives: a state is dead only when nothing can match any more.
        .match_kind(MatchKind::All)
        .cache_capacity(LARGEST)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(None);
    // A match is known one byte late, so without the end being part of the pattern one byte too many would seem to follow it.
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

/// What is wrong with a pattern is said by the innermost error alone.
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
    fn a_pattern_that_is_none_is_an_error_in_words_at_every_use() {
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

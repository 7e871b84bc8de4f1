//! Questions that an engine's thread waits for: the answers of all arrive at one place, each with the number of its question.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::ask::{Ask, Told, failed};
use super::caller::{Call, Caller};
use crate::engine::cancel::Cancel;
use crate::engine::error::{EngineError, RemoteFailure};

/// How long a wait lasts before cancel flags are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Questions under way.
pub(super) struct Waiting<'a> {
    caller: &'a dyn Caller,
    calls: HashMap<u64, Call>,
    next: u64,
    sender: Sender<(u64, Told)>,
    told: Receiver<(u64, Told)>,
}

impl<'a> Waiting<'a> {
    /// None yet.
    pub(super) fn new(caller: &'a dyn Caller) -> Self {
        let (sender, told) = channel();
        Waiting {
            caller,
            calls: HashMap::new(),
            next: 0,
            sender,
            told,
        }
    }

    /// Asks, and returns the question's number.
    pub(super) fn ask(&mut self, ask: Ask) -> u64 {
        let number = self.next;
        self.next += 1;
        let sender = self.sender.clone();
        let tell = move |told| {
            // The receiver is gone only when nobody waits any more.
            let _ = sender.send((number, told));
        };
        let call = self.caller.call(ask, Arc::new(tell));
        self.calls.insert(number, call);
        number
    }

    /// How many are under way.
    pub(super) fn count(&self) -> usize {
        self.calls.len()
    }

    /// Hangs up.
    pub(super) fn drop(&mut self, number: u64) {
        self.calls.remove(&number);
    }

    /// What is told next of a question that is still under way; `None` after a moment without anything.
    pub(super) fn hear(&mut self) -> Option<(u64, Told)> {
        match self.told.recv_timeout(LOOK) {
            Ok((number, told)) if self.calls.contains_key(&number) => {
                if told.is_last() {
                    self.calls.remove(&number);
                }
                Some((number, told))
            }
            Ok(_) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }
}

/// Asks one question and waits for its answer, which is none of the pieces.
///
/// # Errors
///
/// [`EngineError::Cancelled`].
pub(super) fn ask_one(caller: &dyn Caller, ask: Ask, cancel: &Cancel) -> Result<Told, EngineError> {
    let mut waiting = Waiting::new(caller);
    waiting.ask(ask);
    loop {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        match waiting.hear() {
            Some((_, told)) if told.is_last() => return Ok(told),
            _ => {}
        }
    }
}

/// The error of an answer to another question than was asked, which only a program of another version gives.
pub(super) fn mixed_up() -> EngineError {
    failed(
        RemoteFailure::Unreachable,
        "the answer is to another question (please report it)".into(),
    )
}

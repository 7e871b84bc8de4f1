//! The engine's side of questions for models on other machines. The engine has no sockets: a question leaves as a signal, what is told of
//! it comes back as orders.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::message::{SendSignal, Signal};
use crate::engine::{Ask, Caller, RemoteCall, Tell, Told};

/// Puts questions to the server process.
pub(super) struct Relay {
    send: Arc<SendSignal>,
    asked: Arc<Mutex<HashMap<u64, Tell>>>,
    next: AtomicU64,
}

impl Relay {
    pub(super) fn new(send: Arc<SendSignal>) -> Arc<Self> {
        Arc::new(Relay {
            send,
            asked: Arc::default(),
            next: AtomicU64::new(0),
        })
    }

    /// Passes on what is told of a question. Nobody may want to know it any more.
    pub(super) fn tell(&self, question: u64, told: Told) {
        let tell = lock(&self.asked).get(&question).cloned();
        if let Some(tell) = tell {
            tell(told);
        }
    }
}

impl Caller for Relay {
    fn call(&self, ask: Ask, tell: Tell) -> RemoteCall {
        let question = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.asked).insert(question, tell);
        (self.send)(Signal::Ask { question, ask });
        let (send, asked) = (Arc::clone(&self.send), Arc::clone(&self.asked));
        RemoteCall::new(move || {
            lock(&asked).remove(&question);
            send(Signal::HangUp { question });
        })
    }
}

/// A panic cannot leave the map half changed.
fn lock(asked: &Mutex<HashMap<u64, Tell>>) -> MutexGuard<'_, HashMap<u64, Tell>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::analysis::ModelRef;

    #[test]
    fn a_question_leaves_as_a_signal_and_what_is_told_reaches_only_who_asked() {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let signals = Arc::clone(&sent);
        let relay = Relay::new(Arc::new(move |signal: Signal| {
            signals.lock().unwrap().push(serde_json::to_string(&signal).unwrap());
        }));
        let model: ModelRef =
            serde_json::from_str(r#"{"id": "m", "remote": {"servers": ["http://gpu/v1"], "model": "q"}}"#).unwrap();
        let told = Arc::new(Mutex::new(0));
        let count = Arc::clone(&told);
        let call = relay.call(Ask::Describe { model }, Arc::new(move |_| *count.lock().unwrap() += 1));
        relay.tell(0, Told::Decoded { pieces: 1 });
        relay.tell(1, Told::Decoded { pieces: 1 });
        drop(call);
        relay.tell(0, Told::Decoded { pieces: 2 });
        assert_eq!(*told.lock().unwrap(), 1);
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), 2);
        assert!(
            sent[0].contains("\"describe\"") && sent[0].contains("http://gpu/v1"),
            "{}",
            sent[0]
        );
        assert_eq!(sent[1], r#"{"signal":"hang_up","question":0}"#);
    }
}

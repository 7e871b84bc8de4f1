//! The server's side of questions for models on other machines: it has the sockets, the keys and the list of what is allowed. Questions of
//! an engine come in, what is told of them goes back to it; all end with it.

use std::collections::HashMap;
use std::sync::Arc;

use super::message::Order;
use crate::engine::{Ask, Caller, RemoteCall};

/// The questions of one engine that are being answered.
pub(super) struct Questions {
    caller: Arc<dyn Caller>,
    calls: HashMap<u64, RemoteCall>,
}

impl Questions {
    pub(super) fn new(caller: Arc<dyn Caller>) -> Self {
        Questions {
            caller,
            calls: HashMap::new(),
        }
    }

    /// Puts a question; `send` brings what is told to the engine.
    pub(super) fn put(&mut self, question: u64, ask: Ask, send: impl Fn(Order) + Send + Sync + 'static) {
        let tell = move |told| send(Order::Told { question, told });
        let call = self.caller.call(ask, Arc::new(tell));
        self.calls.insert(question, call);
    }

    /// Hangs up.
    pub(super) fn drop(&mut self, question: u64) {
        self.calls.remove(&question);
    }

    /// Hangs up on all: the engine is gone.
    pub(super) fn drop_all(&mut self) {
        self.calls.clear();
    }
}

//! The interface between an engine that asks and the process that has the sockets: HTTP in the same process, or a pipe to it.

use std::sync::Arc;

use super::ask::{Ask, Told};

/// Receives what is told of a question, from any thread. Must return quickly.
pub type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// Puts questions to the servers of a model.
pub trait Caller: Send + Sync {
    /// Asks. `tell` receives the answer; dropping the call hangs up.
    fn call(&self, ask: Ask, tell: Tell) -> Call;
}

/// A question that is being answered.
pub struct Call(Option<Box<dyn FnOnce() + Send>>);

impl Call {
    /// A call that `hang_up` ends.
    pub fn new(hang_up: impl FnOnce() + Send + 'static) -> Self {
        Call(Some(Box::new(hang_up)))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(hang_up) = self.0.take() {
            hang_up();
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

//! Continuous batching: each step decodes one token for every active sequence, and evaluates a piece of each prompt in prefill.
//!
//! Each module imports only from modules later in this list: session, batch, slot, sequence_state, stream, abort.

mod abort;
mod batch;
mod sequence_state;
mod session;
mod slot;
mod stream;

pub(super) use self::session::Session;

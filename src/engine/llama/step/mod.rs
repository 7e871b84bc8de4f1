//! Continuous batching: each step decodes one token for every active sequence, and evaluates a piece of each prompt in prefill.
//!
//! Each module imports only from modules later in this list: session, batch, slot, path_session,
//! sequence_state, stream, abort.

mod abort;
mod batch;
mod path_session;
mod sequence_state;
mod session;
mod slot;
mod stream;

pub(super) use self::path_session::PathSession;
pub(super) use self::session::Session;

//! Continuous batching: each step decodes one token for every active sequence, and a piece of each prompt that is not read yet.
//!
//! Imports go down this order: session, patterns, batch, slot, sequence_state, stream, abort.

mod abort;
mod batch;
mod sequence_state;
mod session;
mod slot;
mod stream;

pub(super) use self::session::Session;

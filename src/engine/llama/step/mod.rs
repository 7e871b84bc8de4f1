//! The decode loop: what goes into a batch, and what comes out of it.

mod abort;
mod batch;
mod sequence_state;
mod session;
mod slot;
mod stream;
mod tokens;

pub(crate) use self::batch::{PIECE, RUN};
pub(crate) use self::session::{Session, native};
pub(crate) use self::slot::Slot;
pub(crate) use self::tokens::{Tokens, tokenize};

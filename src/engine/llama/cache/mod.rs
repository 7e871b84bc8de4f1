//! The KV cache: clearing sequences, reusing what they hold, saving and restoring it.
//!
//! Each module imports only from modules later in this list: kept_state, recent, sequences, state.

mod kept_state;
mod recent;
mod sequences;
mod state;

pub(super) use self::kept_state::KeptStates;
pub(super) use self::recent::Recent;
pub(super) use self::sequences::{Remembered, closest, compact};
pub(super) use self::state::{clear_from, cut};

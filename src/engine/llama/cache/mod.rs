//! The KV cache: what it holds of which sequence, kept and restored.

mod kept_state;
mod recent;
mod sequences;
mod state;

pub(crate) use self::kept_state::{KeptStates, prune};
pub(crate) use self::recent::Recent;
pub(crate) use self::sequences::{Remembered, clear_from, closest, compact, cut};

//! What llama.cpp has once a process: its backend, its log and the graphics cards it finds. Knows no model.

mod cards;
mod logs;
mod process;

pub use self::cards::{Card, card_memory, cards};
pub(super) use self::logs::{clear, faults_or};
pub(super) use self::process::backend;

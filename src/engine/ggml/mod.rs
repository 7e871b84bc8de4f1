//! The parts of llama.cpp that exist once per process, whatever the model: its backend, its log and the graphics cards it finds.

mod cards;
mod logs;
mod process;

pub use self::cards::{Card, card_memory, cards};
pub(super) use self::logs::{clear, faults_or};
pub(super) use self::process::backend;

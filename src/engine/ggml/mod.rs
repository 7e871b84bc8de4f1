//! The parts of llama.cpp that exist once per process, whatever the model: its backend, its code for this processor, its log
//! and the graphics cards it finds.

mod cards;
mod logs;
mod process;
mod variants;

pub use self::cards::{Card, card_memory, cards};
pub(super) use self::logs::{clear, faults_or};
pub use self::process::backend;
pub use self::variants::{loaded_variant, variants_folder};

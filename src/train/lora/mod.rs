//! Low-rank adapters (Hu and others, 2021): which linear maps of a checkpoint get one, the texts it learns from, and the files in
//! which the result is kept. The weights of the checkpoint stay as they are.

mod attach;
mod base;
mod peft;
mod text;

pub use self::attach::{Attached, LoraOptions, attach};
pub use self::base::Base;
pub use self::peft::{ADAPTER_CONFIG, ADAPTER_WEIGHTS, save_adapter};
pub use self::text::{LossOn, TextTokenizer};

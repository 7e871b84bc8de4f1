//! From a GGUF file to loaded weights.

mod gguf;
mod gpu;
mod large_pages;
mod logs;
mod requantized;
mod shape;
mod weights;

pub(crate) use self::gguf::Gguf;
pub(crate) use self::gpu::{Card, GpuLayers, copies_weights, layers_on_card};
pub use self::gpu::{card_memory, cards};
pub(crate) use self::large_pages::are_given;
pub(crate) use self::logs::{clear, faults_or, install};
pub(crate) use self::requantized::{open, requantized_copy};
pub(crate) use self::shape::context_cells;

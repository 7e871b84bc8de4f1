//! Loads a GGUF file: its vocabulary and metadata, then its weights.
//!
//! Each module imports only from modules later in this list: requantized, gguf, small,
//! adapter, shape, tokens, weights, gpu, header, large_pages, folder.

mod adapter;
mod folder;
#[cfg(any(test, fuzzing))]
mod fuzz;
mod gguf;
mod gpu;
mod header;
mod large_pages;
mod requantized;
mod shape;
mod small;
mod tokens;
mod weights;

pub(super) use self::folder::prune;
#[cfg(any(test, fuzzing))]
pub(in crate::engine) use self::fuzz::header as fuzz_header;
pub(super) use self::gguf::Gguf;
pub(super) use self::gpu::{copies_weights, layers_on_card};
pub(super) use self::requantized::open;
pub(in crate::engine) use self::requantized::requantized_copy;
pub(super) use self::tokens::Tokens;

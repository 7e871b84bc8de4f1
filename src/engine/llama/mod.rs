//! llama.cpp through `llama-cpp-2`: a GGUF file and a batch's work in, continuations out. Everything native is owned by locals
//! of one function, in the order of their dropping: context, then model. What is llama.cpp's own, such as cells, layouts and
//! micro-batches, is known in this folder alone.
//!
//! Imports go down this order:
//!
//! * `open`, `check`: one stage's work on a file, from plan to ledger row; whether a text fits
//! * `step`: the loop of continuous batching
//! * `sample`: the choice of the next token, within a grammar
//! * `cache`: what is kept of the KV cache, within an arena and between runs
//! * `plan`: from a workload and a budget to a context
//! * `load`: from a file to loaded weights
//! * `options`, `tuning`, `count`: settings, measured thresholds

mod cache;
mod check;
mod count;
mod load;
mod open;
mod options;
mod plan;
mod sample;
mod step;
mod tuning;

pub(super) use self::check::check_text;
pub(super) use self::load::requantized_copy;
pub(super) use self::open::{Opening, with_model};
pub(crate) use self::options::GpuLayers;
pub use self::options::{KvType, LlamaOptions};
#[cfg(test)]
pub(crate) use self::sample::draw;

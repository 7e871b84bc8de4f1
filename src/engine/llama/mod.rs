//! The llama.cpp backend, through `llama-cpp-2`: runs a batch's requests on a GGUF file and returns continuations. Local
//! variables of one function own everything native, so that the context is dropped before the model. Concepts of llama.cpp,
//! such as cells, layouts and micro-batches, appear in this folder only.
//!
//! Each module imports only from modules later in this list:
//!
//! * `open`, `check`, `vocabulary`: one stage's work on a file, from plan to ledger row; whether a prompt fits; token counts
//! * `step`: the loop of continuous batching
//! * `cache`: reusing the KV cache, within an arena and between runs
//! * `plan`: the size and layout of a context for a workload and a budget
//! * `load`: loading a file's vocabulary and weights
//! * `sample`: sampling the next token, constrained by a grammar
//! * `quantise`: a copy of a file with smaller weights
//! * `options`, `tuning`, `count`: settings, measured thresholds, conversion of counts

mod cache;
mod check;
mod count;
mod load;
mod open;
mod options;
mod plan;
mod quantise;
mod sample;
mod step;
mod tuning;
mod vocabulary;

pub(crate) use self::check::accepts;
pub(super) use self::check::check_text;
#[cfg(any(test, fuzzing))]
pub(super) use self::load::fuzz_header;
pub(super) use self::load::requantized_copy;
pub(super) use self::open::{Opening, with_model};
pub(crate) use self::options::GpuLayers;
pub use self::options::{KvType, LlamaOptions};
pub(crate) use self::quantise::{Quantisation, quantise};
pub(crate) use self::sample::check_grammar;
#[cfg(test)]
pub(crate) use self::sample::draw;
pub(super) use self::sample::follows;
pub(super) use self::vocabulary::Vocabulary;

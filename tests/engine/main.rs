//! The engine: llama.cpp and ONNX Runtime on the demo's models, and the stages on a fake engine with scripted answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adapter;
mod added_stage;
#[path = "../support/demo_model.rs"]
mod demo_model;
mod doubtful_prices;
mod hostile;
mod llama;
#[cfg(target_os = "linux")]
mod memory;
mod onnx;
#[cfg(target_os = "linux")]
#[path = "../support/own_process.rs"]
mod own_process;
mod pipeline_fake;
mod remote;
mod reuse;
mod small_model;
mod support;
#[path = "../support/tiny_llama.rs"]
mod tiny_llama;

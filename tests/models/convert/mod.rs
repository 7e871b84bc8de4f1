//! Conversion: from a checkpoint that the test makes to a file that llama.cpp computes with.

mod adapter;
pub mod checkpoint;
mod command;
mod hostile;
pub mod llama;
mod logits;
mod tokens;

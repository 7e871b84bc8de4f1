//! Conversion: from a checkpoint that the test makes to a file that llama.cpp computes with.

mod adapter;
mod checkpoint;
mod command;
mod hostile;
mod llama;
mod logits;
mod tokens;

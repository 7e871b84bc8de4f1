//! Settings of ONNX Runtime. Plain data.

use serde::{Deserialize, Serialize};

use crate::engine::threads::default_threads;

/// Settings of ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnnxOptions {
    /// Threads within an operator.
    pub threads: usize,
    /// Most texts in one run.
    pub batch: usize,
    /// Most tokens in one run, padding included. A text that is longer gets a run of its own.
    pub tokens: usize,
    /// Whether ONNX Runtime keeps freed buffers for reuse (its CPU memory arena) as long as the session lives.
    pub cpu_arena: bool,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        OnnxOptions {
            threads: default_threads(),
            batch: 32,
            tokens: 1024,
            cpu_arena: true,
        }
    }
}

//! How ONNX Runtime runs. Plain data.

use serde::{Deserialize, Serialize};

use crate::engine::threads::default_threads;

/// How ONNX Runtime runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnnxOptions {
    /// Threads within an operator.
    pub threads: usize,
    /// Most texts in one run.
    pub batch: usize,
    /// Most tokens in one run, padding included; a text that is longer by itself makes a run alone.
    pub tokens: usize,
    /// Whether the runtime keeps freed buffers in an arena of its own while the session lives.
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

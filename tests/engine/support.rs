//! A native engine as the tests want it: one compute thread, and the library that `make test` fetched.

use std::path::PathBuf;

use tripod::engine::{EngineOptions, LlamaOptions, NativeEngine, OnnxOptions};
use tripod::models::{Cache, Registry};

/// The ONNX Runtime library.
pub fn onnx_library() -> PathBuf {
    let cache = Cache::from_env().expect("a cache directory");
    Registry::bundled()
        .unwrap()
        .onnxruntime_library(&cache)
        .expect("`make test` fetches the library")
}

/// Options for the native engine with one compute thread.
pub fn engine_options() -> EngineOptions {
    EngineOptions {
        llama: LlamaOptions {
            threads: 1,
            ..LlamaOptions::default()
        },
        onnx: OnnxOptions {
            threads: 1,
            ..OnnxOptions::default()
        },
        onnx_library: Some(onnx_library()),
        ..EngineOptions::default()
    }
}

/// A native engine with one compute thread.
pub fn engine() -> NativeEngine {
    NativeEngine::new(engine_options())
}

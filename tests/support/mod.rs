//! What the integration tests share: where the models are, and running the binary as a user does.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::{Command, Output};

use tripod::engine::{EngineOptions, LlamaOptions, NativeEngine, OnnxOptions};
use tripod::models::{Cache, Profile, Registry, ResolvedModel, Role};

/// The demo profile's model for a role. `make test` fetches them all.
pub fn demo_model(role: Role) -> ResolvedModel {
    let cache = Cache::from_env().expect("a cache directory");
    let registry = Registry::bundled().expect("the bundled manifests");
    registry
        .resolve_role(&cache, role, Profile::Demo, None)
        .unwrap_or_else(|error| panic!("{error}: run the tests with `make test`, which fetches the demo's models"))
}

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

/// Runs the binary with one compute thread, no configuration file and no secrets.
pub fn tripod(arguments: &[&str]) -> Output {
    tripod_command(arguments).output().expect("the binary runs")
}

/// The same before it runs.
pub fn tripod_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command
        .args(arguments)
        .env("TRIPOD_THREADS", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("TRIPOD_STORE", concat!(env!("CARGO_TARGET_TMPDIR"), "/analyses.sqlite"))
        .env_remove("TRIPOD_CONFIG")
        .env_remove("NEWSAPI_KEY")
        .env_remove("TRIPOD_NEWSAPI_KEY");
    command
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the output is UTF-8")
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

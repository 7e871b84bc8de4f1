//! A native engine for tests: one compute thread, and the library fetched by `make test`.

use std::path::{Path, PathBuf};

use tripod::analysis::ModelRef;
use tripod::engine::{EngineOptions, Estimate, LlamaOptions, NativeEngine, OnnxOptions, Workload};
use tripod::models::{Cache, ModelChoice, ModelFiles, Profile, Registry, ResolvedModel, Role};

use crate::demo_model::demo_model;

/// The demo profile's model for a role, by id and hash.
pub fn demo_ref(role: Role) -> ModelRef {
    model_ref(&demo_model(role))
}

/// A model by id and hash.
pub fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

/// The demo's models.
pub fn demo_files() -> ModelFiles {
    ModelFiles::new(&Cache::from_env().expect("a cache directory"), &[], Profile::Demo)
}

/// Model files for a role, found by a cache in `directory`.
pub fn own_files(directory: &Path, role: Role, paths: &[&Path]) -> ModelFiles {
    let files = ModelFiles::new(&Cache::at(directory.join("cache")), &[], Profile::Demo);
    let add = |files: ModelFiles, path: &&Path| files.with(role, Some(&ModelChoice::Path((*path).to_owned())));
    paths.iter().fold(files, add)
}

/// A model file by name and hash; if it cannot be hashed, the hash is all zeros.
pub fn own_ref(directory: &Path, role: Role, path: &Path) -> ModelRef {
    let cache = Cache::at(directory.join("cache"));
    let choice = ModelChoice::Path(path.to_owned());
    let registry = Registry::bundled().expect("the bundled manifests");
    match registry.resolve_role(&cache, role, Profile::Demo, Some(&choice)) {
        Ok(model) => model_ref(&model),
        Err(_) => ModelRef {
            id: path.file_name().expect("a name").to_string_lossy().into_owned(),
            sha256: "0".repeat(64),
            adapter: None,
            remote: None,
            trained_until: None,
        },
    }
}

/// One request with an unknown prompt and this many sequences that needs `all` tokens in total.
pub fn tokens(all: usize, sequences: usize) -> Workload {
    Workload {
        requests: vec![Estimate {
            sequences,
            ..Estimate::one(None, all / sequences)
        }],
        together: 1,
        more_come: false,
    }
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
        models: demo_files(),
        ..EngineOptions::default()
    }
}

/// A native engine with one compute thread.
pub fn engine() -> NativeEngine {
    NativeEngine::new(engine_options())
}

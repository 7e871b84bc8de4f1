//! The demo's reporter as one that writes prose, for tests of what only a model does. Downloads nothing; `make test` does.

use std::fs;
use std::path::{Path, PathBuf};

use tripod::models::Role;

use crate::demo_model::demo_model;

/// The demo's reporter under `directory`, beside a manifest that has it write its reports itself.
pub fn writing_reporter(directory: &Path) -> PathBuf {
    let manifest = include_str!("../../models/smollm2-135m-instruct.toml");
    let silent = "writes_prose = false";
    assert!(manifest.contains(silent), "the demo's reporter writes no prose");
    let model = directory.join("smollm2-135m-instruct-q4_1.gguf");
    let weights = demo_model(Role::Reporter).weights;
    if fs::hard_link(&weights, &model).is_err() {
        fs::copy(&weights, &model).expect("room for a copy of the model");
    }
    let manifest = manifest.replace(silent, "writes_prose = true");
    fs::write(model.with_extension("toml"), manifest).expect("a manifest");
    model
}

//! A program in an installation finds the models that came with it: `share/tripod/models` beside its folder.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{content, sha256};

/// Pulls the model `little` with a program in `root/bin`, into an empty cache.
fn pull(root: &Path) -> Output {
    let program = root.join("bin/tripod");
    if !program.exists() {
        fs::create_dir(root.join("bin")).unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_tripod"), &program).unwrap();
    }
    let cache = tempfile::tempdir_in(root).unwrap();
    Command::new(program)
        .args(["models", "pull", "little", "--manifests"])
        .arg(root)
        .arg("--cache")
        .arg(cache.path())
        .env("HOME", root)
        .output()
        .unwrap()
}

#[test]
fn a_model_comes_from_the_installation_only_with_the_content_that_its_manifest_pins() {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let hash = sha256(&content(500));
    let manifest = format!(
        "id = \"little\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n\
         files = [{{ name = \"w.gguf\", part = \"weights\", sha256 = \"{hash}\", sources = [{{ kind = \"file\", path = \"nowhere.gguf\" }}] }}]\n"
    );
    fs::write(root.path().join("little.toml"), manifest).unwrap();
    let model = root.path().join("share/tripod/models/little");
    fs::create_dir_all(&model).unwrap();
    fs::write(model.join("w.gguf"), content(500)).unwrap();
    let good = pull(root.path());
    let told = String::from_utf8_lossy(&good.stderr).into_owned();
    assert!(
        good.status.success() && told.contains("from the installation"),
        "{told}"
    );

    fs::write(model.join("w.gguf"), content(499)).unwrap();
    let wrong = pull(root.path());
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && told.contains("nowhere.gguf"), "{told}");
}

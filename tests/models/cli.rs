//! `tripod models` as a script sees it: standard output and the exit code.

use std::fs;
use std::path::Path;

use crate::support::{content, sha256};
use clap::Parser;

use tripod::cli::{ModelsArgs, ModelsContext, execute};
use tripod::models::{Cache, Profile, PullOptions, Registry};

/// Parses the arguments after `tripod models`.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    models: ModelsArgs,
}

/// A folder with a cache and a manifest `little`, whose weights are a file in the same folder.
fn house() -> (tempfile::TempDir, ModelsContext) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "id = \"little\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n\
                    files = [{ name = \"w.gguf\", part = \"weights\", sources = [{ kind = \"file\", path = \"mine.gguf\" }] }]\n";
    fs::write(folder.path().join("little.toml"), manifest).unwrap();
    fs::write(folder.path().join("mine.gguf"), content(500)).unwrap();
    let context = ModelsContext {
        cache: Cache::at(folder.path().join("cache")),
        registry: Registry::load(&[folder.path().into()]).unwrap(),
        pull: PullOptions::default(),
        profile: Profile::Demo,
    };
    (folder, context)
}

async fn says(context: &ModelsContext, line: &str) -> (bool, String) {
    let line = Line::try_parse_from(std::iter::once("models").chain(line.split_whitespace())).unwrap();
    let mut out = Vec::new();
    let right = execute(line.models, context, &mut out).await.unwrap();
    (right, String::from_utf8(out).unwrap())
}

async fn fails(context: &ModelsContext, line: &str) -> String {
    let line = Line::try_parse_from(std::iter::once("models").chain(line.split_whitespace())).unwrap();
    execute(line.models, context, &mut Vec::new())
        .await
        .unwrap_err()
        .to_string()
}

fn state(json: &str, id: &str) -> String {
    let rows: serde_json::Value = serde_json::from_str(json).unwrap();
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == id)
        .unwrap()
        .clone();
    row["state"].as_str().unwrap().to_owned()
}

fn weights(context: &ModelsContext) -> std::path::PathBuf {
    context.cache.root().join("models/little/w.gguf")
}

#[tokio::test]
async fn the_life_of_a_model_from_missing_over_present_and_corrupt_to_removed() {
    let (_folder, context) = house();
    assert_eq!(state(&says(&context, "list --json").await.1, "little"), "missing");
    assert!(
        fails(&context, "path little")
            .await
            .contains("tripod models pull little")
    );

    assert!(says(&context, "pull little").await.0);
    assert_eq!(state(&says(&context, "list --json").await.1, "little"), "present");
    assert_eq!(
        says(&context, "path little").await.1,
        format!("{}\n", weights(&context).display())
    );
    let (right, said) = says(&context, "verify").await;
    assert!(right && said.contains(&sha256(&content(500))), "{said}");

    fs::write(weights(&context), "damaged").unwrap();
    assert_eq!(state(&says(&context, "list --json").await.1, "little"), "corrupt");
    let (right, said) = says(&context, "verify little").await;
    assert!(!right && said.contains("WRONG") && said.contains("--force"), "{said}");
    assert!(
        !says(&context, "pull little").await.0,
        "a changed file is not replaced unasked"
    );
    assert!(says(&context, "pull little --force").await.0);

    fs::create_dir_all(context.cache.requantized_copies()).unwrap();
    let copy_of = |original: &[u8], copy: &str| {
        let name = format!(
            "{}-q8_0-{}.gguf",
            &sha256(original)[..32],
            &sha256(copy.as_bytes())[..32]
        );
        let path = context.cache.requantized_copies().join(name);
        fs::write(&path, copy).unwrap();
        path
    };
    let (own, gone) = (
        copy_of(&content(500), "own"),
        copy_of(&content(501), "of a file that is gone"),
    );
    let (right, said) = says(&context, "verify").await;
    assert!(right && said.contains("originals are gone"), "{said}");
    assert!(own.exists() && !gone.exists());
    fs::write(&own, "owm").unwrap();
    let (right, said) = says(&context, "verify").await;
    assert!(!right && said.contains("a requantized copy that was damaged"), "{said}");
    assert!(!own.exists(), "it is made again when it is needed");

    let (own, others) = (copy_of(&content(500), "own"), copy_of(&content(501), "others"));
    assert!(says(&context, "rm little").await.0);
    assert!(
        !own.exists() && others.exists(),
        "a model's requantized copy goes with it"
    );
    assert_eq!(state(&says(&context, "list --json").await.1, "little"), "missing");
    let (right, said) = says(&context, "verify little").await;
    assert!(!right && said.contains("missing"), "{said}");
    assert!(says(&context, "verify").await.0, "what was never pulled is no finding");
}

#[tokio::test]
async fn the_table_names_every_model_with_its_role_and_licence() {
    let (_folder, context) = house();
    let (right, table) = says(&context, "list").await;
    assert!(right);
    for word in [
        "STATE",
        "smollm2-135m-instruct",
        "tinydeepseek-0.5b",
        "finbert",
        "onnxruntime",
        "reporter",
        "Apache-2.0",
    ] {
        assert!(table.contains(word), "{word} is not in\n{table}");
    }
}

#[tokio::test]
async fn models_for_measuring_are_listed_only_when_asked_for() {
    let (_folder, context) = house();
    let listed = async |line: &str| -> Vec<String> {
        let rows: serde_json::Value = serde_json::from_str(&says(&context, line).await.1).unwrap();
        let ids = rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap());
        ids.filter(|id| id.starts_with("shape-")).map(str::to_owned).collect()
    };
    assert!(listed("list --json").await.is_empty());
    assert_eq!(listed("list --json --all").await.len(), 6);
    assert_eq!(
        listed("list --json --profile seed-shape").await,
        [
            "shape-finbert",
            "shape-llama-3.2-3b-q4_k_m",
            "shape-tinydeepseek-0.5b-q8_0"
        ]
    );
    assert!(listed("list --json --profile seed").await.is_empty());
}

#[tokio::test]
async fn what_a_script_left_as_the_partial_file_is_taken_without_a_copy() {
    let (folder, context) = house();
    let built = "id = \"built\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n\
                 files = [{ name = \"w.gguf\", part = \"weights\", sources = [{ kind = \"build\", script = \"s.py\", \
                 command = \"make it\" }] }]\n";
    fs::write(folder.path().join("built.toml"), built).unwrap();
    let context = ModelsContext {
        registry: Registry::load(&[folder.path().into()]).unwrap(),
        ..context
    };
    assert!(!says(&context, "pull built").await.0, "the script has not run");
    let left = context.cache.root().join("models/built/w.gguf.part");
    fs::write(&left, content(300)).unwrap();
    assert!(says(&context, "pull built").await.0);
    assert!(!left.exists());
    let path = says(&context, "path built").await.1;
    assert_eq!(fs::read(path.trim_end()).unwrap(), content(300));

    fs::write(&left, content(301)).unwrap();
    assert!(
        says(&context, "pull built --force").await.0,
        "a script that runs again may make another file"
    );
    assert_eq!(fs::read(path.trim_end()).unwrap(), content(301));
    assert!(says(&context, "verify built").await.0);
}

#[tokio::test]
async fn weights_can_be_brought_from_a_file_in_the_place_of_the_manifests_source() {
    let (folder, context) = house();
    let own = folder.path().join("fine-tuned.gguf");
    fs::write(&own, content(700)).unwrap();
    assert!(says(&context, "pull little").await.0);
    assert!(says(&context, &format!("pull little --from {}", own.display())).await.0);
    assert_eq!(fs::read(weights(&context)).unwrap(), content(700));
    assert!(says(&context, "verify little").await.0);
    assert!(
        fails(&context, &format!("pull little finbert --from {}", own.display()))
            .await
            .contains("exactly one id")
    );
}

#[tokio::test]
async fn one_model_that_cannot_be_had_does_not_keep_the_others_from_being_pulled() {
    let (folder, context) = house();
    let broken = fs::read_to_string(folder.path().join("little.toml")).unwrap();
    fs::write(
        folder.path().join("a.toml"),
        broken.replace("little", "absent").replace("mine.gguf", "nowhere.gguf"),
    )
    .unwrap();
    let context = ModelsContext {
        registry: Registry::load(&[folder.path().into()]).unwrap(),
        ..context
    };
    assert!(!says(&context, "pull absent little").await.0);
    assert!(weights(&context).is_file());
}

#[tokio::test]
async fn an_unknown_id_is_refused_and_deletes_nothing() {
    let (folder, context) = house();
    assert!(says(&context, "pull little").await.0);
    for line in ["rm ../../..", "rm little nosuch", "verify nosuch", "pull nosuch"] {
        assert!(fails(&context, line).await.contains("there is no model"), "{line}");
    }
    assert!(weights(&context).is_file() && Path::new(folder.path()).join("mine.gguf").is_file());
}

#[test]
fn a_profile_beside_ids_and_a_wrong_profile_are_wrong_use() {
    for line in [
        "models pull finbert --profile demo",
        "models pull --profile prod",
        "models list --profile seed-shape --all",
        "models rm",
    ] {
        assert!(Line::try_parse_from(line.split_whitespace()).is_err(), "{line}");
    }
}

//! `tripod models convert` as a user runs it, and the manifest that it writes.

use std::fs;

use clap::Parser;
use safetensors::Dtype;
use tripod::cli::{ModelsArgs, ModelsContext, execute};
use tripod::models::{Cache, ModelChoice, Profile, PullOptions, Puller, Registry, Role};

use super::checkpoint::case;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    models: ModelsArgs,
}

fn context(folder: &std::path::Path) -> ModelsContext {
    ModelsContext {
        cache: Cache::at(folder.join("cache")),
        registry: Registry::bundled().unwrap(),
        pull: PullOptions::default(),
        profile: Profile::Demo,
    }
}

async fn run(folder: &std::path::Path, arguments: &[&str]) -> anyhow::Result<String> {
    let line = Line::try_parse_from(["models", "convert"].iter().chain(arguments))?;
    let mut out = Vec::new();
    execute(line.models, &context(folder), &mut out).await?;
    Ok(String::from_utf8(out)?)
}

#[tokio::test]
async fn a_converted_model_is_pulled_and_resolved_by_the_manifest_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("My Model");
    case("llama").write(&checkpoint, Dtype::F16);
    fs::write(checkpoint.join("README.md"), "---\nlicense: apache-2.0\n---\n").unwrap();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let out = own.join("my-model.gguf");
    let arguments = [
        checkpoint.to_str().unwrap(),
        "--to",
        "q8_0",
        "--out",
        out.to_str().unwrap(),
        "--prompt-format",
        "stats-v2",
        "--trained-until",
        "2024-11-30",
    ];
    let said = run(folder.path(), &arguments).await.unwrap();
    assert_eq!(said, format!("{}\n", out.display()), "a script gets the path");

    let registry = Registry::load(&[own]).unwrap();
    let manifest = registry.get("my-model").unwrap();
    assert_eq!(manifest.licence, "apache-2.0");
    assert_eq!(manifest.prompt_format.as_ref().unwrap().as_str(), "stats-v2");
    assert_eq!(manifest.trained_until.unwrap().to_string(), "2024-11-30");
    let base = manifest.base.as_ref().unwrap();
    assert_eq!(base.name, "My Model");
    assert!(base.sha256.contains_key("model.safetensors") && base.sha256.contains_key("config.json"));

    let context = context(folder.path());
    Puller::new(&context.cache, &context.pull)
        .pull(manifest, &mut |_| {})
        .await
        .unwrap();
    let choice = ModelChoice::Id("my-model".into());
    let resolved = registry
        .resolve_role(&context.cache, Role::Forecaster, Profile::Demo, Some(&choice))
        .unwrap();
    assert_eq!(fs::read(resolved.weights).unwrap(), fs::read(&out).unwrap());
}

#[tokio::test]
async fn wrong_flags_are_told_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |arguments: &'static [&'static str]| {
        let path = folder.path().to_owned();
        async move { format!("{:#}", run(&path, arguments).await.unwrap_err()) }
    };
    assert!(problem(&["x", "--to", "q3"]).await.contains("q8_0, q4_k_m, f16, f32"));
    assert!(problem(&["x", "--merge"]).await.contains("--lora"));
    assert!(problem(&["x", "--prompt-format", "seed-v9"]).await.contains("seed-v1"));
    assert!(
        problem(&["/nonexistent/model", "--out", "a.gguf"])
            .await
            .contains("/nonexistent/model")
    );
}

//! The ONNX Runtime backend on the demo's classifier: labels, order, budget, memory, wrong files.

use std::path::{Path, PathBuf};

use crate::support;

use tripod::analysis::{LedgerRow, ModelRef, StageName};
use tripod::engine::{Budget, Cancel, Engine, EngineError, EngineOptions, NativeEngine};
use tripod::models::{Cache, ModelFiles, Part, Profile, Registry, Role};

fn classifier() -> ModelRef {
    support::demo_ref(Role::Sentiment)
}

fn classify(
    engine: &mut NativeEngine,
    model: &ModelRef,
    texts: &[&str],
) -> (Option<LedgerRow>, Result<Vec<Vec<f32>>, EngineError>) {
    let mut rows = Vec::new();
    let (row, result) = engine.classifier(
        StageName::SENTIMENT,
        model,
        &Cancel::new(),
        &mut |classifier| {
            rows = classifier.classify(texts)?;
            Ok(())
        },
        &|_| {},
    );
    (row, result.map(|()| rows))
}

/// The error for a model with these files.
fn refused(models: ModelFiles, model: &ModelRef) -> String {
    let mut engine = NativeEngine::new(EngineOptions {
        models,
        ..support::engine_options()
    });
    let (row, result) = classify(&mut engine, model, &["x"]);
    assert!(row.is_none(), "nothing was open");
    result.expect_err("a wrong file").to_string()
}

#[test]
fn headlines_get_the_labels_that_a_reader_would_give() {
    let texts = [
        "Company raises full-year guidance after record quarter",
        "Shares plunge as regulator opens fraud probe",
        "Company to report quarterly results on Thursday",
    ];
    let (_, rows) = classify(&mut support::engine(), &classifier(), &texts);
    let rows = rows.unwrap();
    let best = |row: &[f32]| {
        row.iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map(|(column, _)| column)
    };
    let labels = crate::demo_model::demo_model(Role::Sentiment).manifest.labels;
    let named: Vec<&str> = rows.iter().map(|row| labels[best(row).unwrap()].as_str()).collect();
    assert_eq!(named, ["positive", "negative", "neutral"], "{rows:?}");
    for row in &rows {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
    }
}

#[test]
fn the_order_given_is_the_order_returned_whatever_the_lengths() {
    let long = "Shares plunge as regulator opens fraud probe into the accounts of several years ".repeat(4);
    let texts = [
        long.as_str(),
        "Profit soars",
        "Shares plunge",
        long.as_str(),
        "Profit soars",
    ];
    let mut engine = support::engine();
    let together = classify(&mut engine, &classifier(), &texts).1.unwrap();
    for (index, text) in texts.iter().enumerate() {
        let alone = classify(&mut engine, &classifier(), &[text]).1.unwrap().remove(0);
        for (one, other) in alone.iter().zip(&together[index]) {
            // int8 activations are scaled by the largest value in a batch, so other texts in the batch change a probability
            // slightly.
            assert!(
                (one - other).abs() < 0.08,
                "{text:?}: alone {alone:?}, together {:?}",
                together[index]
            );
        }
    }
    assert_eq!(together[1], together[4]);
}

#[test]
fn the_tokens_and_logits_are_those_of_the_reference_run() {
    let text = std::fs::read_to_string("models/sentiment-headlines/fixtures.json").expect("the fixtures");
    let fixtures: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = fixtures["cases"]
        .as_array()
        .or_else(|| fixtures.as_array())
        .expect("a list of cases");
    let mut engine = support::engine();
    for case in cases {
        let title = case["title"].as_str().expect("a title");
        let logits: Vec<f64> = case["logits"]
            .as_array()
            .expect("logits")
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect();
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = logits.iter().map(|x| (x - largest).exp()).sum();
        let row = classify(&mut engine, &classifier(), &[title]).1.unwrap().remove(0);
        for (probability, logit) in row.iter().zip(&logits) {
            let expected = (logit - largest).exp() / sum;
            assert!(
                (f64::from(*probability) - expected).abs() < 2e-3,
                "{title:?}: {row:?}, logits {logits:?}"
            );
        }
    }
    assert!(cases.len() >= 10, "{} cases", cases.len());
}

#[test]
fn an_empty_list_and_hostile_texts_are_no_trouble() {
    let mut engine = support::engine();
    assert!(classify(&mut engine, &classifier(), &[]).1.unwrap().is_empty());
    let long = "a".repeat(50_000);
    let texts = [
        "",
        "   ",
        "[CLS] [SEP] [PAD] [MASK]",
        "\u{202e}\0\u{7f}",
        "日本語の見出し",
        long.as_str(),
    ];
    assert_eq!(
        classify(&mut engine, &classifier(), &texts).1.unwrap().len(),
        texts.len()
    );
}

#[test]
fn over_budget_is_refused_and_loads_nothing() {
    let options = EngineOptions {
        budget: Budget(10 << 20),
        ..support::engine_options()
    };
    let (row, result) = classify(&mut NativeEngine::new(options), &classifier(), &["x"]);
    assert!(row.is_none());
    assert!(
        matches!(
            result,
            Err(EngineError::OverBudget {
                stage: StageName::SENTIMENT,
                ..
            })
        ),
        "{result:?}"
    );
}

#[test]
fn wrong_files_are_errors_that_name_the_file_and_say_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let good = crate::demo_model::demo_model(Role::Sentiment);
    let (weights, tokenizer) = (good.weights, good.tokenizer.expect("a tokenizer"));
    let bytes = std::fs::read(&weights).unwrap();
    // Each case needs its own folder, because the tokenizer must be beside its model.
    let case = |name: &str, graph: &[u8], tokenizer: &[u8]| -> PathBuf {
        let folder = directory.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join(format!("{name}.onnx"));
        std::fs::write(&path, graph).unwrap();
        std::fs::write(folder.join("tokenizer.json"), tokenizer).unwrap();
        path
    };
    let refused_own = |path: &Path| {
        let files = support::own_files(directory.path(), Role::Sentiment, &[path]);
        refused(files, &support::own_ref(directory.path(), Role::Sentiment, path))
    };
    let text = std::fs::read(&tokenizer).unwrap();

    for path in [
        case("noise", b"not an onnx file", &text),
        case("cut", &bytes[..bytes.len() / 2], &text),
    ] {
        let message = refused_own(&path);
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
    assert!(refused_own(&directory.path().join("missing.onnx")).contains("missing.onnx"));

    // The same graph with one input renamed in place; the file stores names as plain text.
    let renamed = replace(&bytes, b"attention_mask", b"attention_musk");
    let message = refused_own(&case("other-inputs", &renamed, &text));
    assert!(
        message.contains("other-inputs.onnx") && message.contains("attention_musk"),
        "{message}"
    );

    let message = refused_two_labels(directory.path(), &weights, &tokenizer);
    assert!(message.contains("[batch, 2]"), "{message}");

    let message = refused_own(&case("no-tokenizer", &bytes, b"{}"));
    assert!(message.contains("tokenizer.json"), "{message}");

    // A tokenizer with another vocabulary: one word beyond the model's embedding.
    let mut parsed: serde_json::Value = serde_json::from_slice(&text).unwrap();
    parsed["model"]["vocab"]["zzzz"] = serde_json::json!(30_522);
    let message = refused_own(&case("larger", &bytes, parsed.to_string().as_bytes()));
    assert!(
        message.contains("larger/tokenizer.json") && message.contains("another model's"),
        "{message}"
    );

    // A tokenizer with far fewer words.
    let vocabulary = parsed["model"]["vocab"].as_object_mut().unwrap();
    vocabulary.retain(|_, id| id.as_u64().is_some_and(|id| id < 5_000));
    let message = refused_own(&case("smaller", &bytes, parsed.to_string().as_bytes()));
    assert!(
        message.contains("smaller/tokenizer.json") && message.contains("another model's"),
        "{message}"
    );
}

/// The demo's classifier under a manifest with only two labels.
fn refused_two_labels(directory: &Path, weights: &Path, tokenizer: &Path) -> String {
    let (manifests, cache) = (directory.join("manifests"), Cache::at(directory.join("cache")));
    std::fs::create_dir(&manifests).unwrap();
    let manifest = "id = \"two-labels\"\nroles = [\"sentiment\"]\nformat = \"onnx\"\nlicence = \"MIT\"\n\
        description = \"The demo's classifier with two labels.\"\ncontext = 128\nlabels = [\"positive\", \"negative\"]\n\
        [[files]]\nname = \"model.onnx\"\npart = \"weights\"\nsources = [{ kind = \"file\", path = \"x\" }]\n\
        [[files]]\nname = \"tokenizer.json\"\npart = \"tokenizer\"\nsources = [{ kind = \"file\", path = \"x\" }]\n";
    std::fs::write(manifests.join("two-labels.toml"), manifest).unwrap();
    let folder = cache.model_directory("two-labels");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(weights, folder.join("model.onnx")).unwrap();
    std::fs::copy(tokenizer, folder.join("tokenizer.json")).unwrap();
    let model = ModelRef {
        id: "two-labels".into(),
        ..classifier()
    };
    refused(ModelFiles::new(&cache, &[manifests], Profile::Demo), &model)
}

#[test]
fn a_missing_or_wrong_runtime_library_is_a_clear_error() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("libonnxruntime.so");
    let message = tripod::engine::probe_runtime(&missing).unwrap_err().to_string();
    assert!(
        message.contains("libonnxruntime.so") && message.contains("tripod models pull onnxruntime"),
        "{message}"
    );
    std::fs::write(&missing, b"not a library").unwrap();
    let message = tripod::engine::probe_runtime(&missing).unwrap_err().to_string();
    assert!(message.contains("libonnxruntime.so"), "{message}");
}

#[test]
fn the_demo_classifier_is_the_one_that_its_manifest_pins() {
    let registry = Registry::bundled().unwrap();
    let manifest = registry.filling(Role::Sentiment, Profile::Demo).unwrap();
    let weights = manifest
        .files
        .iter()
        .find(|file| file.part == Part::Weights)
        .expect("weights");
    let resolved = crate::demo_model::demo_model(Role::Sentiment);
    assert_eq!(weights.sha256.as_deref(), Some(resolved.sha256.as_str()));
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut replaced = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = replaced[at..].windows(from.len()).position(|window| window == from) {
        replaced[at + found..at + found + from.len()].copy_from_slice(to);
        at += found + from.len();
    }
    replaced
}

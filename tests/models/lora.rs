//! LoRA: the decoders that training computes with, against an independent forward pass and against llama.cpp; and the way from a
//! checkpoint to an adapter that llama.cpp applies, by the command line.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use burn::tensor::{Device, Int, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde_json::json;
use tripod::convert::Quantity;
use tripod::train::lora::{ADAPTER_WEIGHTS, Base};
use tripod::train::model::Model;
use tripod::train::model::decoder::{BaseWeights, Place};

use super::convert::checkpoint::{Case, Expected, case, converts, expected, options};
use super::convert::llama;

/// What 32 bits allow.
const CLOSE: f32 = 1e-3;

/// The logits of a checkpoint at every position, as training computes them.
fn logits(folder: &Path, tokens: &[i32]) -> Vec<Vec<f32>> {
    let base = Base::open(folder).unwrap();
    let decoder = base.load(BaseWeights::Stored, Place::new(Device::flex())).unwrap();
    let tokens = TensorData::new(tokens.to_vec(), [1, tokens.len()]);
    let tokens: Tensor<2, Int> = Tensor::from_data(tokens, &Device::flex());
    let logits = decoder.forward(tokens).into_data();
    let width = base.config().vocabulary;
    let values: Vec<f32> = logits.iter::<f32>().collect();
    values.chunks_exact(width).map(<[f32]>::to_vec).collect()
}

#[test]
fn every_architecture_computes_what_the_published_equations_and_llama_cpp_say() {
    let Expected { tokens, stride, cases } = expected();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = folder.path().join("checkpoint");
        case.write(&checkpoint, Dtype::F32);
        let found = logits(&checkpoint, &tokens);
        let (largest, position) = llama::difference(&found, &case.logits, stride);
        assert!(largest < CLOSE, "{}: {largest} at position {position}", case.name);
        let options = options(folder.path(), Quantity::F32);
        converts(&options).unwrap();
        let theirs = llama::logits(&options.out, &tokens, None);
        let (largest, position) = llama::difference(&found, &theirs, 1);
        assert!(
            largest < CLOSE,
            "{}: llama.cpp differs by {largest} at position {position}",
            case.name
        );
    }
}

#[test]
fn files_of_16_bits_and_several_shards_are_loaded_as_they_are() {
    let Expected { tokens, stride, .. } = expected();
    let case = case("qwen2");
    let folder = tempfile::tempdir().unwrap();
    for (name, dtype) in [("shards", None), ("f16", Some(Dtype::F16)), ("bf16", Some(Dtype::BF16))] {
        let checkpoint = folder.path().join(name);
        match dtype {
            None => case.write_sharded(&checkpoint),
            Some(dtype) => case.write(&checkpoint, dtype),
        }
        let (largest, _) = llama::difference(&logits(&checkpoint, &tokens), &case.logits, stride);
        assert!(largest < CLOSE, "{name}: {largest}");
    }
}

/// A checkpoint, and training data in which a prompt is always followed by the same text.
fn house(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    case.write(&folder.path().join("checkpoint"), Dtype::BF16);
    let line = |number: usize| {
        let record = json!({
            "prompt": format!("{number}, {}, ", number + 1),
            "completion": format!("{}]", number + 2),
            "ticker": "TEST",
            "from": "2001-01-02",
            "split_day": "2001-01-03",
            "horizon": 1,
            "context": 2,
        });
        format!("{record}\n")
    };
    fs::write(folder.path().join("data.jsonl"), (0..8).map(line).collect::<String>()).unwrap();
    folder
}

fn train(folder: &Path, out: &str, more: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.env("TRIPOD_CACHE", folder.join("cache"));
    command.args([
        "train",
        "--lora",
        &path("checkpoint"),
        "--data",
        &path("data.jsonl"),
        "--out",
        &path(out),
    ]);
    command.args([
        "--validation",
        &path("data.jsonl"),
        "--format",
        "seed-v1",
        "--batch",
        "8",
        "--micro-batch",
        "4",
    ]);
    command.args([
        "--rank",
        "4",
        "--learning-rate",
        "1e-2",
        "--warmup",
        "2",
        "--averaging",
        "0",
        "--name",
        "tuned",
    ]);
    command.args(["--threads", "1"]).args(more);
    command.output().unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn losses(folder: &Path, out: &str) -> Vec<f64> {
    let log = fs::read_to_string(folder.join(out).join("log.jsonl")).unwrap();
    let line = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["loss"]
            .as_f64()
            .unwrap()
    };
    log.lines().map(line).collect()
}

#[test]
fn adapters_are_trained_by_the_command_line_and_applied_by_llama_cpp() {
    let tokens = expected().tokens;
    let case = case("llama");
    let folder = house(&case);
    let before = fs::read(folder.path().join("checkpoint/model.safetensors")).unwrap();
    let output = train(folder.path(), "run", &["--steps", "40"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let losses = losses(folder.path(), "run");
    assert!(
        losses[39] < 0.3 * losses[0],
        "one batch is learned by the adapters alone: {losses:?}"
    );
    let after = fs::read(folder.path().join("checkpoint/model.safetensors")).unwrap();
    assert!(before == after, "the checkpoint stays as it is");

    // The adapter that was written: applied by llama.cpp, and merged from PEFT's files.
    let mut base = options(folder.path(), Quantity::F32);
    converts(&base).unwrap();
    let plain = llama::logits(&base.out, &tokens, None);
    let applied = llama::logits(&base.out, &tokens, Some(&folder.path().join("run/tuned.gguf")));
    base.adapter = Some(folder.path().join("run/adapter"));
    (base.merge, base.out) = (true, folder.path().join("merged.gguf"));
    converts(&base).unwrap();
    let merged = llama::logits(&base.out, &tokens, None);
    let (unlike, _) = llama::difference(&applied, &plain, 1);
    assert!(unlike > 0.1, "the adapter does something: {unlike}");
    let (largest, position) = llama::difference(&applied, &merged, 1);
    assert!(largest < 1e-2, "{largest} at position {position}");
    let facts: toml::Table =
        toml::from_str(&fs::read_to_string(folder.path().join("run/tuned.toml")).unwrap()).unwrap();
    assert_eq!(facts["prompt_format"].as_str(), Some("seed-v1"));
}

/// What the binary prints when it succeeds.
fn tripod(folder: &Path, line: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.current_dir(folder).env("TRIPOD_CACHE", folder.join("cache"));
    command.env("XDG_CONFIG_HOME", folder).env("TRIPOD_THREADS", "1");
    let output = command.args(line.split_whitespace()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tripod {line}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_checkpoint_becomes_a_served_model_by_the_commands_of_the_documentation() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    case("llama").write(&folder.join("checkpoint"), Dtype::BF16);
    tripod(
        folder,
        "dataset timeseries --demo --format seed-v1 --count 8 --context 20..20 --horizon 1..1 --split-day 2020-01-01 --out prompts.jsonl",
    );
    // Whatever the prompt, the answer is the same: so much a model of random weights learns in a few steps.
    let prompts = fs::read_to_string(folder.join("prompts.jsonl")).unwrap();
    let line = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["completion"] = " [56.56]".into();
        format!("{record}\n")
    };
    fs::write(
        folder.join("prompts.jsonl"),
        prompts.lines().map(line).collect::<String>(),
    )
    .unwrap();
    tripod(
        folder,
        "train --lora checkpoint --data prompts.jsonl --format seed-v1 --rank 8 --steps 80 --batch 4 --micro-batch 4 \
         --learning-rate 1e-2 --warmup 2 --averaging 0 --threads 1 --name tuned --out run --quiet",
    );
    tripod(
        folder,
        "models convert checkpoint --to f16 --prompt-format seed-v1 --out base.gguf",
    );
    tripod(
        folder,
        "models convert checkpoint --lora run/adapter --merge --to f16 --prompt-format seed-v1 --out merged.gguf",
    );

    let analysis = |models: &str| -> serde_json::Value {
        let line = format!(
            "analyze AAPL --demo --stages forecast --context 20 --horizon 1 --samples 8 --seed 7 --no-store --json --quiet {models}"
        );
        serde_json::from_str(&tripod(folder, &line)).unwrap()
    };
    let adapted = analysis("--forecaster base.gguf --adapter run/tuned.gguf");
    let merged = analysis("--forecaster merged.gguf");
    assert_eq!(adapted["forecast"]["median"], json!([56.56]));
    assert_eq!(merged["forecast"]["median"], json!([56.56]));
    let of = &adapted["models"]["forecaster"];
    assert_eq!(
        (&of["id"], &of["adapter"]["id"]),
        (&json!("base.gguf"), &json!("tuned.gguf"))
    );
    assert_eq!(
        adapted["arenas"][0]["adapter"], of["adapter"],
        "the ledger names it with its hash"
    );
    assert_eq!(of["adapter"]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(merged["models"]["forecaster"]["adapter"], serde_json::Value::Null);
}

#[test]
fn an_interrupted_run_ends_with_the_bytes_of_an_uninterrupted_one() {
    let folder = house(&case("qwen2"));
    let whole = ["--steps", "6", "--dropout", "0.1"];
    assert!(train(folder.path(), "whole", &whole).status.success());
    let part = ["--steps", "6", "--dropout", "0.1", "--max-steps", "3"];
    assert!(train(folder.path(), "parts", &part).status.success());
    let rest = ["--steps", "6", "--dropout", "0.1", "--resume"];
    assert!(train(folder.path(), "parts", &rest).status.success());
    let bytes = |out: &str| fs::read(folder.path().join(out).join("adapter").join(ADAPTER_WEIGHTS)).unwrap();
    assert!(bytes("whole") == bytes("parts"));
    assert_eq!(losses(folder.path(), "whole"), losses(folder.path(), "parts"));
}

#[test]
fn latent_attention_gets_adapters_on_all_its_maps_and_they_are_merged() {
    let folder = house(&case("deepseek"));
    let output = train(folder.path(), "run", &["--steps", "3", "--base-weights", "8bit"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(folder.path().join("run/adapter").join(ADAPTER_WEIGHTS)).unwrap();
    let adapter = SafeTensors::deserialize(&bytes).unwrap();
    for map in ["q_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"] {
        let name = format!("base_model.model.model.layers.1.self_attn.{map}.lora_B.weight");
        let moved = adapter.tensor(&name).unwrap().data().iter().any(|byte| *byte != 0);
        assert!(moved, "{name} has learned something");
    }
    // Converting starts llama.cpp in this process.
    converts(&options(folder.path(), Quantity::F32)).unwrap();
    let merged = llama::logits(&folder.path().join("run/tuned.gguf"), &expected().tokens, None);
    assert!(merged.concat().iter().all(|logit| logit.is_finite()));
}

#[test]
fn what_would_train_nothing_or_cut_a_prompt_is_refused_before_the_first_step() {
    let folder = house(&case("llama"));
    let refused = |out: &str, more: &[&str], words: &[&str]| {
        let complaint = complaint(&train(folder.path(), out, more));
        for word in words {
            assert!(complaint.contains(word), "{word}: {complaint}");
        }
        assert!(!folder.path().join(out).join("log.jsonl").exists());
    };
    let steps = ["--steps", "3", "--targets"];
    refused(
        "a",
        &[&steps[..], &["q_proj,c_attn"]].concat(),
        &["c_attn", "its maps are", "gate_proj", "v_proj"],
    );
    refused("b", &["--steps", "3", "--dropout", "1"], &["--dropout"]);
    let long = json!({
        "prompt": "1, ".repeat(300), "completion": "2]", "ticker": "TEST", "from": "2001-01-02",
        "split_day": "2001-01-03", "horizon": 1, "context": 2,
    });
    let mut data = fs::read_to_string(folder.path().join("data.jsonl")).unwrap();
    data += &format!("{long}\n");
    fs::write(folder.path().join("data.jsonl"), data).unwrap();
    refused("c", &["--steps", "3"], &["data.jsonl", "line 9", "context is 512"]);
    fs::write(folder.path().join("checkpoint/model.safetensors"), b"cut").unwrap();
    refused("d", &["--steps", "3"], &["model.safetensors", "too short"]);
}

//! `tripod train` as a user runs it: from scratch on simulated prices, killed and continued, and the model it leaves behind.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::command::{stderr, stdout, tripod, tripod_command};

/// A model that is tiny, on short windows.
const SMALL: &str = "train --from-scratch --width 16 --layers 1 --heads 1 --ffn 24 --window 128 --context 40 --horizon 5 \
                     --batch 4 --warmup 4 --learning-rate 1e-2 --averaging 0.9 --validate-every 10 --validation-examples 8 \
                     --checkpoint-every 5 --seed 3 --quiet";

/// The arguments of a run; an option in `more` replaces the one of the same name.
fn arguments(out: &Path, more: &str) -> Vec<String> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (mut all, more) = (words(SMALL), words(more));
    for option in more.iter().filter(|word| word.starts_with("--")) {
        if let Some(place) = all.iter().position(|word| word == option) {
            all.drain(place..place + 2);
        }
    }
    all.extend(more);
    all.extend(["--out".to_owned(), out.display().to_string()]);
    all
}

fn train(out: &Path, more: &str) -> std::process::Output {
    let arguments = arguments(out, more);
    tripod(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A forecast of five days with a model of one's own; its manifest beside it says how it is asked.
fn forecast(model: &Path, samples: &str) -> std::process::Output {
    let own = ["--forecaster", model.to_str().unwrap(), "--samples", samples];
    let small = "analyze AAPL --demo --stages forecast --context 40 --horizon 5 --no-store --json --quiet";
    tripod(&small.split(' ').chain(own).collect::<Vec<_>>())
}

fn log(out: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(out.join("log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_killed_run_goes_on_as_if_nothing_had_happened_and_its_model_forecasts() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    let output = train(&whole, "--steps 60");
    assert!(output.status.success(), "{}", stderr(&output));
    let losses: Vec<f64> = log(&whole)
        .iter()
        .filter_map(|line| line["validation_loss"].as_f64())
        .collect();
    assert_eq!(losses.len(), 6);
    assert!(losses[5] < losses[0] - 0.2, "{losses:?}");

    let mut child = tripod_command(
        &arguments(&killed, "--steps 60")
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    )
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    while std::fs::read_to_string(killed.join("log.jsonl")).map_or(0, |text| text.lines().count()) < 12 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("forecaster.gguf").exists());
    let output = train(&killed, "--steps 60");
    assert!(
        !output.status.success() && stderr(&output).contains("--resume"),
        "{}",
        stderr(&output)
    );
    let output = train(&killed, "--steps 60 --resume");
    assert!(output.status.success(), "{}", stderr(&output));
    for file in ["log.jsonl", "forecaster.gguf"] {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(read(&killed) == read(&whole), "{file} differs");
    }
    assert!(
        std::fs::read_to_string(whole.join("loss.svg"))
            .unwrap()
            .contains("validation")
    );

    let model = whole.join("forecaster.gguf");
    let output = forecast(&model, "8");
    assert!(output.status.success(), "{}", stderr(&output));
    let analysis: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(analysis["forecast"]["median"].as_array().unwrap().len(), 5);
}

#[test]
fn a_run_stops_where_it_is_asked_to_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let output = train(folder.path(), "--steps 60 --max-steps 3");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
    assert_eq!(log(folder.path()).len(), 3);
    let output = train(folder.path(), "--steps 61 --resume");
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("another `steps`: 60 instead of 61"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_trained_is_refused_with_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    for (more, reason) in [
        ("--steps 5 --heads 5", "--heads"),
        ("--steps 5 --window 30", "raise --window or leave out long prompts"),
        ("--steps 5 --format summary-v0", "--format"),
        ("--steps 5 --mix real=0.5", "--csv DIR"),
        ("--steps 5 --device cuda", "train-cuda"),
        ("--steps 5 --precision bf16", "--precision"),
        ("--steps 5 --learning-rate 0", "--learning-rate"),
    ] {
        let output = train(&folder.path().join("run"), more);
        assert!(!output.status.success(), "{more}");
        assert!(stderr(&output).contains(reason), "{more}: {}", stderr(&output));
        assert!(!folder.path().join("run/log.jsonl").exists(), "{more}");
    }
}

#[test]
fn files_of_the_factory_are_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("prompts.jsonl");
    let path = data.to_str().unwrap();
    let output = tripod(&[
        "dataset",
        "timeseries",
        "--format",
        "returns-v4",
        "--count",
        "60",
        "--context",
        "40",
        "--horizon",
        "5",
        "--part",
        "all",
        "--quiet",
        "--out",
        path,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let out = folder.path().join("run");
    let output = train(&out, &format!("--steps 6 --validate-every 3 --data {path}"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        log(&out)
            .iter()
            .filter(|line| line["validation_loss"].is_number())
            .count(),
        2
    );
}

#[test]
fn a_format_that_writes_prices_is_learned_by_its_characters() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["seed-v1", "stats-v2", "scaled-v3"] {
        let out = folder.path().join(format);
        let output = train(
            &out,
            &format!("--format {format} --window 640 --steps 12 --validate-every 6"),
        );
        assert!(output.status.success(), "{format}: {}", stderr(&output));
        let losses: Vec<f64> = log(&out).iter().filter_map(|line| line["loss"].as_f64()).collect();
        assert!(losses[11] < losses[0] - 0.2, "{format}: {losses:?}");
        let manifest = std::fs::read_to_string(out.join("forecaster.toml")).unwrap();
        assert!(
            manifest.contains(&format!("prompt_format = \"{format}\"")),
            "{manifest}"
        );
        let output = forecast(&out.join("forecaster.gguf"), "32");
        let analysis: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let error = &analysis["errors"][0];
        // A model that has learned so little writes prices, but hardly any that a path is accepted with.
        assert!(
            analysis["forecast"].is_object()
                || (error["kind"] == "no_usable_path" && error["message"].as_str().unwrap().contains("daily move")),
            "{format}: {error:#}"
        );
    }
}

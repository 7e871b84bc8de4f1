//! `tripod dataset filter` and `stats` as a user runs them: copies that verify, in every format, and figures that are those of the
//! file.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tripod::models::Role;

use crate::command::{stderr, stdout, tripod};
use crate::dataset_verify::{Parts, lines, text};
use crate::demo_model::demo_model;

fn filter(input: &Path, out: &Path, more: &[&str]) -> Output {
    let fixed = ["dataset", "filter", "--quiet", text(input), "--out", text(out)];
    tripod(&[&fixed[..], more].concat())
}

fn records(path: &Path) -> Vec<Value> {
    lines(path)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_copy_through_every_format_is_the_same_and_verifies() {
    let parts = Parts::new();
    let mut from = parts.train.clone();
    for name in ["a.jsonl.zst", "b.parquet", "c.jsonl.gz", "d.parquet", "e.jsonl"] {
        let to = parts.path(name);
        let output = filter(&from, &to, &[]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let verified = tripod(&["dataset", "verify", "--quiet", text(&to)]);
        assert_eq!(verified.status.code(), Some(0), "{name}: {}", stderr(&verified));
        assert!(stdout(&verified).starts_with("300 prompts: "), "{name}");
        from = to;
    }
    assert_eq!(std::fs::read(&from).unwrap(), std::fs::read(&parts.train).unwrap());
}

#[test]
fn what_exceeds_a_limit_is_left_out_and_counted() {
    let parts = Parts::new();
    let out = parts.path("short.jsonl");
    let ticker = records(&parts.train)[0]["ticker"].as_str().unwrap().to_owned();
    let limits = ["--max-context", "30", "--max-horizon", "5", "--ticker", &ticker];
    let output = filter(&parts.train, &out, &limits);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let is_kept = |record: &&Value| {
        record["context"].as_u64().unwrap() <= 30
            && record["horizon"].as_u64().unwrap() <= 5
            && record["ticker"] == *ticker
    };
    let (all, kept) = (records(&parts.train), records(&out));
    let wanted: Vec<Value> = all.iter().filter(is_kept).cloned().collect();
    assert!(!wanted.is_empty() && wanted.len() < all.len());
    assert_eq!(kept, wanted);

    let manifest: Value =
        serde_json::from_slice(&std::fs::read(parts.path("short.jsonl.manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["prompts"], wanted.len());
    assert_eq!(manifest["filtered"]["name"], "train.jsonl");
    assert_eq!(manifest["filtered"]["limits"]["context"], 30);
    let dropped = manifest["filtered"]["dropped"].as_object().unwrap();
    let total: u64 = dropped.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(total as usize, all.len() - wanted.len());
    assert!(stdout(&output).contains(&format!("left out {} with a longer context\n", dropped["context"])));

    let verified = tripod(&["dataset", "verify", "--quiet", text(&out)]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}

#[test]
fn tokens_are_counted_by_the_vocabulary_of_a_model() {
    let parts = Parts::new();
    let model = demo_model(Role::Reporter).weights;
    let stats = |file: &Path| -> Value {
        let options = ["--tokenizer", text(&model), "--sample", "400", "--json"];
        let output = tripod(&[&["dataset", "stats", "--quiet", text(file)], &options[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    let all = stats(&parts.train);
    assert_eq!(all["tokens"]["sample"], 300);
    let median = all["tokens"]["both"]["median"].as_f64().unwrap();
    // SmolLM2 writes a digit a token: a price such as 12.34 and its comma take about seven.
    assert!((200.0..500.0).contains(&median), "{median}");

    let (out, most) = (parts.path("short.jsonl"), (median as u64).to_string());
    let output = filter(
        &parts.train,
        &out,
        &["--max-tokens", &most, "--tokenizer", text(&model)],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let short = stats(&out);
    assert!(
        (140..=160).contains(&short["prompts"].as_u64().unwrap()),
        "{}",
        short["prompts"]
    );
    assert!(short["tokens"]["both"]["max"].as_f64().unwrap() <= median);

    let refused = filter(
        &parts.train,
        &parts.path("x.jsonl"),
        &["--max-tokens", "9", "--tokenizer", text(&parts.train)],
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("neither a GGUF file nor a tokenizer.json"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_broken_line_stops_the_copy_and_nothing_is_left_behind() {
    let parts = Parts::new();
    let mut broken = parts.lines();
    broken[41].truncate(60);
    broken[41].push('\n');
    std::fs::write(&parts.train, broken.concat()).unwrap();
    let before = std::fs::read_dir(parts.folder.path()).unwrap().count();
    let output = filter(&parts.train, &parts.path("copy.jsonl.zst"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("train.jsonl: line 42: it is not a whole record"),
        "{}",
        stderr(&output)
    );
    assert_eq!(std::fs::read_dir(parts.folder.path()).unwrap().count(), before);
}

#[test]
fn a_file_that_exists_is_replaced_only_when_asked() {
    let parts = Parts::new();
    let out = parts.path("copy.jsonl");
    std::fs::write(&out, "mine").unwrap();
    let output = filter(&parts.train, &out, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("copy.jsonl exists already; --fresh replaces it"),
        "{}",
        stderr(&output)
    );
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
    assert_eq!(filter(&parts.train, &out, &["--fresh"]).status.code(), Some(0));
    assert_eq!(lines(&out), parts.lines());
}

#[test]
fn stats_are_those_of_the_file() {
    let parts = Parts::new();
    let output = tripod(&["dataset", "stats", "--quiet", "--json", text(&parts.train)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let stats: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let all = records(&parts.train);
    let numbers = |field: &str| -> Vec<u64> {
        let mut numbers: Vec<u64> = all.iter().map(|record| record[field].as_u64().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(stats["prompts"], 300);
    assert_eq!(stats["bytes"], std::fs::metadata(&parts.train).unwrap().len());
    for field in ["horizon", "context"] {
        let numbers = numbers(field);
        assert_eq!(stats[field]["min"], numbers[0] as f64);
        assert_eq!(stats[field]["max"], numbers[299] as f64);
        assert_eq!(stats[field]["median"], (numbers[149] + numbers[150]) as f64 / 2.0);
        let bars = stats[field]["histogram"].as_array().unwrap();
        assert_eq!(bars.iter().map(|bar| bar["count"].as_u64().unwrap()).sum::<u64>(), 300);
    }
    let first = all.iter().map(|record| record["from"].as_str().unwrap()).min().unwrap();
    assert_eq!(stats["from"], first);
    let of = |ticker: &Value| all.iter().filter(|record| record["ticker"] == *ticker).count();
    for named in stats["most_prompts"].as_array().unwrap() {
        assert_eq!(named["prompts"], of(&named["ticker"]));
    }
    assert_eq!(
        stats["last_close"]["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bar| bar["count"].as_u64().unwrap())
            .sum::<u64>(),
        300
    );

    let output = tripod(&["dataset", "stats", "--quiet", text(&parts.train), text(&parts.test)]);
    let shown = stdout(&output);
    assert!(shown.starts_with("prompts  400, "), "{shown}");
    assert!(
        shown.contains("\nhorizon, closes: 1 to 10, median ") && shown.contains('█'),
        "{shown}"
    );
}

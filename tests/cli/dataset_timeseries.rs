//! `tripod dataset timeseries` as a user runs it: killed and continued, into every format, and with wrong arguments.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::command::{stderr, stdout, tripod, tripod_command};
use serde_json::Value;

fn arguments<'a>(out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "dataset",
        "timeseries",
        "--demo",
        "--quiet",
        "--out",
        out.to_str().unwrap(),
    ];
    arguments.extend(more);
    arguments
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_killed_run_is_continued_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole.jsonl", "killed.jsonl"].map(|name| folder.path().join(name));
    let size = ["--count", "60000", "--workers", "1"];
    let output = tripod(&arguments(&whole, &size));
    assert!(output.status.success(), "{}", stderr(&output));
    let part = folder.path().join("killed.jsonl.part");
    // Each round is killed when it has written more than the round before.
    for round in 1..=3 {
        let mut child = tripod_command(&arguments(&killed, &size))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wanted = round * 15_000_000;
        while std::fs::metadata(&part).map_or(0, |data| data.len()) < wanted {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = tripod(&arguments(&killed, &size));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(std::fs::read(&killed).unwrap() == std::fs::read(&whole).unwrap());
    assert_eq!(
        names(folder.path()),
        [
            "killed.jsonl",
            "killed.jsonl.manifest.json",
            "whole.jsonl",
            "whole.jsonl.manifest.json"
        ]
    );
}

#[test]
fn parquet_comes_in_shards_and_verify_proves_them() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("prompts");
    let more = ["--to", "parquet", "--shards", "2", "--count", "4500"];
    let output = tripod(&arguments(
        &out,
        &[&more[..], &["--context", "20..40", "--json"]].concat(),
    ));
    assert!(output.status.success(), "{}", stderr(&output));
    let manifests: Vec<Value> = serde_json::Deserializer::from_str(&stdout(&output))
        .into_iter()
        .map(|manifest| manifest.unwrap())
        .collect();
    let prompts: u64 = manifests
        .iter()
        .map(|manifest| manifest["prompts"].as_u64().unwrap())
        .sum();
    assert_eq!((manifests.len(), prompts), (2, 4_500));
    let files: Vec<String> = names(folder.path())
        .iter()
        .filter(|name| name.ends_with(".parquet"))
        .map(|name| folder.path().join(name).to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files.len(), 2);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let verified = tripod(&[&["dataset", "verify"][..], &files].concat());
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn wrong_arguments_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("prompts.jsonl");
    for (wrong, said) in [
        (&["--context", "180..30"][..], "30..180"),
        (&["--mix", "real=0.3,simulated=0.3"], "add up to 1"),
        (&["--shard", "9/4"], "3/64"),
        (&["--format", "prose"], "seed-v1"),
        (&["--format", "summary-v0"], "summary"),
        (&["--draw", "pairs", "--count", "9000000"], "--count"),
        (&["--draw", "pairs", "--context", "20"], "at most 20 closes"),
        (&["--part", "none"], "train"),
    ] {
        let output = tripod(&arguments(&out, wrong));
        assert!(
            !output.status.success() && stderr(&output).contains(said),
            "{said}: {}",
            stderr(&output)
        );
    }
    assert!(names(folder.path()).iter().all(|name| !name.contains("manifest")));
    let nowhere = folder.path().join("none/prompts.jsonl");
    let output = tripod(&arguments(&nowhere, &[]));
    assert!(
        !output.status.success() && stderr(&output).contains("none"),
        "{}",
        stderr(&output)
    );
}

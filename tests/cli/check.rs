//! `tripod check` as a user runs it: an analysis or a list of facts, and a text.

use std::path::PathBuf;

use serde_json::Value;

use crate::command::{stderr, stdout, tripod};
use crate::sample::sample;

fn files(text: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (report, analysis) = (folder.path().join("report.md"), folder.path().join("analysis.json"));
    std::fs::write(&report, text).unwrap();
    std::fs::write(&analysis, serde_json::to_string(&sample()).unwrap()).unwrap();
    (folder, report, analysis)
}

#[test]
fn a_report_passes_against_its_own_analysis() {
    let analysis = sample();
    let (_folder, report, facts) = files(&analysis.report.unwrap().markdown);
    let output = tripod(&["check", report.to_str().unwrap(), "--facts", facts.to_str().unwrap()]);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    assert!(
        stdout(&output).contains(" 0 contradicted, 0 unsupported"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_wrong_sentence_is_named_with_its_fact_and_fails_the_command() {
    let analysis = sample();
    let text = format!(
        "The last close is ${:.2}. Warren Buffett bought.",
        analysis.last_close + 7.0
    );
    let (_folder, report, facts) = files(&text);
    let arguments = ["check", report.to_str().unwrap(), "--facts", facts.to_str().unwrap()];
    let output = tripod(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("contradicted  number"), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("last_close (Last close: "),
        "{}",
        stdout(&output)
    );

    let output = tripod(&[&arguments[..], &["--json"]].concat());
    let checked: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(checked["struck"], 2);
    assert_eq!(checked["claims"][0]["verdict"], "contradicted");
    assert_eq!(checked["claims"][1]["kind"], "name");
}

#[test]
fn a_german_text_is_checked_in_german() {
    let analysis = sample();
    let close = format!("{:.2}", analysis.last_close).replace('.', ",");
    for (close, code) in [(close.as_str(), 0), ("12,34", 1)] {
        let (_folder, report, facts) = files(&format!("Der letzte Schlusskurs liegt bei {close} $."));
        let arguments = [
            "check",
            report.to_str().unwrap(),
            "--facts",
            facts.to_str().unwrap(),
            "--language",
            "de",
        ];
        let output = tripod(&arguments);
        assert_eq!(output.status.code(), Some(code), "{}", stdout(&output));
    }
}

#[test]
fn a_file_without_facts_is_refused_with_what_is_expected() {
    let (_folder, report, _) = files("Fine.");
    let output = tripod(&["check", report.to_str().unwrap(), "--facts", report.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("holds no facts"), "{}", stderr(&output));
}

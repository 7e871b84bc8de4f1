//! Files and numbers that a user gives: what is missing, cannot be read or is of the wrong kind is refused before anything runs.

use std::io::Write;
use std::process::Stdio;

use crate::command::{stderr, stdout, tripod, tripod_command};

const PRICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/csv/stooq.csv");

/// An analysis that opens no language model.
const SMALL: [&str; 5] = ["analyze", "AAPL", "--demo", "--stages", "sentiment"];

fn refused(arguments: &[&str], told: &str) {
    let output = tripod(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(
        said.contains(told) && said.starts_with("error: ") && said.lines().count() == 1,
        "{arguments:?}: {said}"
    );
    assert_eq!(stdout(&output), "", "{arguments:?}");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_by_its_name_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "<html><body>no prices</body></html>").unwrap();
    let (text, directory) = (text.to_str().unwrap(), folder.path().to_str().unwrap());
    for (flag, value, told) in [
        (
            "--headlines",
            "/nonexistent/news.json",
            "/nonexistent/news.json: No such file",
        ),
        ("--headlines", directory, "it is not a file"),
        ("--headlines", text, "--feeds"),
        (
            "--csv",
            "/nonexistent/prices.csv",
            "/nonexistent/prices.csv: No such file",
        ),
        ("--csv", text, "must name a date and a close column"),
    ] {
        refused(&["analyze", "AAPL", flag, value], told);
    }
    let lost = format!("{directory}/none/page.html");
    for (flag, value, told) in [
        ("--html", lost.as_str(), "none/page.html"),
        ("--pdf", lost.as_str(), "none/page.html"),
        ("--html", directory, "it is a folder"),
        ("--png", "chart.gif", "neither .png nor .svg"),
        ("--png", "/nonexistent/chart.png", "/nonexistent/chart.png"),
        ("--store", text, "is not a store of analyses"),
        ("--store", directory, "cannot be opened"),
        ("--universe", "/nonexistent/tickers.txt", "/nonexistent/tickers.txt"),
        ("--config", "/nonexistent/config.toml", "/nonexistent/config.toml"),
    ] {
        refused(&[&SMALL[..], &[flag, value]].concat(), told);
    }
    refused(
        &["check", "/nonexistent/report.md", "--facts", text],
        "/nonexistent/report.md",
    );
}

#[test]
fn a_store_that_cannot_be_used_is_refused_by_every_command_that_opens_one() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no store, but long enough to be taken for one: ".repeat(100)).unwrap();
    let (text, directory) = (text.to_str().unwrap(), folder.path().to_str().unwrap());
    for reading in [
        &["history"][..],
        &["show", "analysis-1"],
        &["delete", "analysis-1"],
        &["track", "--demo"],
    ] {
        for (store, told) in [
            ("/nonexistent/store.sqlite", "there is no store"),
            (text, "is not a store of analyses"),
        ] {
            refused(&[reading, &["--store", store]].concat(), told);
        }
    }
    for writing in [
        &["serve", "--demo", "--addr", "127.0.0.1:0"][..],
        &["chat", "--demo"],
        &["mcp", "--demo"],
    ] {
        refused(&[writing, &["--store", text]].concat(), "is not a store of analyses");
        refused(&[writing, &["--store", directory]].concat(), "cannot be opened");
    }
}

#[test]
fn a_file_to_write_or_to_go_on_with_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.jsonl");
    std::fs::write(&text, "{\"note\": 1}\n").unwrap();
    let (text, directory) = (text.to_str().unwrap(), folder.path().to_str().unwrap());
    let lost = "/nonexistent/file.jsonl";
    let backtest = ["backtest", "AAPL", "--demo", "--origins", "2", "--horizon", "2"];
    for (journal, told) in [(lost, lost), (directory, "it is a folder"), (text, "line 1 of")] {
        refused(&[&backtest[..], &["--journal", journal]].concat(), told);
    }
    // Several tickers have a journal each, beside the one that is named.
    let of_ibm = format!("{directory}/all-IBM-returns-v4.jsonl");
    std::fs::write(&of_ibm, "{\"note\": 1}\n").unwrap();
    let journal = format!("{directory}/all.jsonl");
    refused(
        &[&backtest[..], &["IBM", "--journal", &journal]].concat(),
        "all-IBM-returns-v4.jsonl",
    );

    let own = format!("{directory}/labels.jsonl");
    let label = ["dataset", "sentiment", "--demo", "--out"];
    for (out, told) in [(lost, lost), (directory, "it is a folder"), (text, "line 1 of")] {
        refused(&[&label[..], &[out]].concat(), told);
    }
    for (portfolio, told) in [
        (lost, lost),
        (directory, "it is a folder"),
        (text, "is not a portfolio"),
    ] {
        refused(&[&label[..], &[&own, "--portfolio", portfolio]].concat(), told);
    }
    for (arguments, told) in [
        (&["dataset", "timeseries", "--demo", "--out", lost][..], lost),
        (&["dataset", "timeseries", "--csv", lost, "--out", &own], lost),
        (&["dataset", "timeseries", "--universe", lost, "--out", &own], lost),
        (&["dataset", "filter", text, "--out", lost], lost),
        (&["dataset", "filter", lost, "--out", &own], lost),
        (&["dataset", "stats", lost], lost),
        (&["dataset", "stats", directory], "it is a folder"),
        (&["dataset", "verify", text, "--against", lost], lost),
        (&["models", "convert", lost], lost),
        (&["models", "convert", directory, "--out", lost], lost),
    ] {
        refused(arguments, told);
    }
}

#[test]
fn a_negative_number_is_named_with_its_range() {
    let output = tripod(&["analyze", "AAPL", "--demo", "--days", "-5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("-5 is not in 1..=90"), "{}", stderr(&output));
    let output = tripod(&["analyze", "AAPL", "--demo", "--as-of", "-30"]);
    assert!(stderr(&output).contains("`-30` is no day"), "{}", stderr(&output));
}

#[test]
fn json_is_printed_beside_the_files_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let output = tripod(&[&SMALL[..], &["--json", "--quiet", "--html", page.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let analysis: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(analysis["ticker"], "AAPL");
    assert!(page.exists());
}

#[test]
fn prices_are_read_from_standard_input() {
    let arguments = [
        "analyze",
        "AAPL",
        "--csv",
        "-",
        "--stages",
        "report",
        "--json",
        "--quiet",
        "--no-store",
    ];
    let mut child = tripod_command(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&std::fs::read(PRICES).unwrap())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let analysis: serde_json::Value =
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!(
        (&analysis["as_of"], &analysis["last_close"]),
        (&"2024-01-17".into(), &182.68.into())
    );
    refused(
        &["analyze", "-", "--csv", "-", "--stages", "report"],
        "standard input can be read once",
    );
}

#[test]
fn headlines_of_a_missing_file_never_become_an_analysis_without_them() {
    let output = tripod(&[
        "analyze",
        "AAPL",
        "--csv",
        PRICES,
        "--headlines",
        "/nonexistent/news.json",
        "--stages",
        "sentiment",
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

//! `tripod dataset sentiment` on the bundled data with the demo's reporter: its rows, its portfolio, and runs that end early.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use crate::command::{stderr, stdout, tripod, tripod_command};
use serde_json::Value;

fn arguments<'a>(out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let out = out.to_str().unwrap();
    let first = ["dataset", "sentiment", "--demo", "--json", "--out", out];
    [&first[..], more].concat()
}

fn run(out: &Path, more: &[&str]) -> Output {
    tripod(&arguments(out, more))
}

/// The summary of a run that succeeded.
fn summary(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).unwrap()
}

fn lines(out: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(out).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// Ticker and title of each row; no two are the same.
fn headlines(out: &Path) -> HashSet<(String, String)> {
    let lines = lines(out);
    let of = |line: &String| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        (text("ticker"), text("title"))
    };
    let headlines: HashSet<_> = lines.iter().map(of).collect();
    assert_eq!(headlines.len(), lines.len(), "{lines:#?}");
    headlines
}

#[test]
fn each_headline_becomes_a_row_with_a_label_and_a_score_of_one_sign() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("labels.jsonl");
    let output = run(&out, &["--limit", "3"]);
    let summary = summary(&output);
    assert_eq!((&summary["rows"], &summary["added"]), (&3.into(), &3.into()));
    let told = stderr(&output);
    assert!(
        told.contains("labelled 3 of 3 headlines, ") && told.contains("headlines/s"),
        "{told}"
    );
    assert!(told.contains("only 4 tickers have a volatility"), "{told}");
    let mut actual = 0;
    for line in lines(&out) {
        let row: Value = serde_json::from_str(&line).unwrap();
        let fields: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "ticker",
                "title",
                "source",
                "published_at",
                "score",
                "label",
                "next_day_change",
                "actual_next_day_change",
                "model",
                "prompt_version"
            ]
        );
        let score = row["score"].as_f64().unwrap();
        let sign = match row["label"].as_str().unwrap() {
            "positive" => 1.0,
            "negative" => -1.0,
            _ => 0.0,
        };
        assert!(
            (-1.0..=1.0).contains(&score) && (score == 0.0) == (sign == 0.0) && score * sign >= 0.0,
            "{line}"
        );
        assert!(row["next_day_change"].is_number(), "{line}");
        assert!(
            row["model"].as_str().unwrap().starts_with("smollm2-135m-instruct@"),
            "{line}"
        );
        assert_eq!(row["source"], "Tripod demo (illustrative)");
        // The last bar of the demo is of 1 March 2013.
        let is_last_day = row["published_at"].as_str().unwrap().starts_with("2013-03-01");
        assert_eq!(row["actual_next_day_change"].is_null(), is_last_day, "{line}");
        actual += usize::from(!is_last_day);
    }
    assert!((1..3).contains(&actual));
    let counts = summary["labels"].as_object().unwrap().values();
    assert_eq!(counts.map(|count| count.as_u64().unwrap()).sum::<u64>(), 3);

    let portfolio = std::fs::read_to_string(folder.path().join("labels.portfolio.json")).unwrap();
    let portfolio: Value = serde_json::from_str(&portfolio).unwrap();
    assert_eq!(portfolio["date"], "2013-03-01");
    let picked: Vec<(&str, &str)> = portfolio["tickers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["ticker"].as_str().unwrap(), one["group"].as_str().unwrap()))
        .collect();
    assert_eq!(
        picked,
        [
            ("AAPL", "most_volatile"),
            ("GOOG", "most_volatile"),
            ("IBM", "least_volatile"),
            ("MSFT", "least_volatile")
        ]
    );
}

#[test]
fn a_run_goes_on_where_the_last_one_ended_also_in_the_middle_of_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("labels.jsonl");
    summary(&run(&out, &["--limit", "2", "--quiet"]));
    let first = lines(&out);
    let half = format!("{}\n{}\n{}", first[0], first[1], &first[0][..90]);
    std::fs::write(&out, half).unwrap();
    let output = run(&out, &["--limit", "1"]);
    let resumed = summary(&output);
    assert_eq!((&resumed["already_labelled"], &resumed["rows"]), (&2.into(), &3.into()));
    assert_eq!(resumed["portfolio"]["reused"], true);
    assert!(stderr(&output).contains("--fresh picks again"), "{}", stderr(&output));
    assert_eq!(lines(&out)[..2], first[..]);
    headlines(&out);

    let fresh = summary(&run(&out, &["--limit", "1", "--fresh", "--quiet"]));
    assert_eq!(
        (&fresh["rows"], &fresh["portfolio"]["reused"]),
        (&1.into(), &false.into())
    );
    assert_eq!(lines(&out), first[..1]);
}

#[test]
fn a_run_that_is_killed_loses_no_row_and_the_next_doubles_none() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("killed.jsonl");
    let mut child = tripod_command(&arguments(&out, &["--limit", "3", "--quiet", "--batch", "1"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rows = || {
        std::fs::read(&out)
            .unwrap_or_default()
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
    };
    while rows() == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = std::fs::read_to_string(&out).unwrap();
    let kept: Vec<&str> = kept.split_inclusive('\n').filter(|line| line.ends_with('\n')).collect();
    assert!(!kept.is_empty(), "it was killed after its first row");

    let left = (3 - kept.len()).to_string();
    if left != "0" {
        let resumed = summary(&run(&out, &["--limit", &left, "--quiet"]));
        assert_eq!(resumed["already_labelled"], kept.len());
    }
    assert!(std::fs::read_to_string(&out).unwrap().starts_with(&kept.concat()));
    assert_eq!(headlines(&out).len(), 3);
}

#[test]
fn a_change_that_was_not_known_is_written_into_its_row_by_a_later_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("labels.jsonl");
    let actual = || -> Vec<Value> {
        let rows = lines(&out).into_iter();
        rows.map(|line| serde_json::from_str::<Value>(&line).unwrap()["actual_next_day_change"].clone())
            .collect()
    };
    let early = ["IBM", "--as-of", "2013-02-28", "--days", "1", "--limit", "1", "--quiet"];
    summary(&run(&out, &early));
    assert_eq!(actual(), [Value::Null]);
    let later = summary(&run(&out, &["--limit", "1", "--quiet"]));
    assert_eq!(later["completed"], 1);
    let actual = actual();
    assert!(actual.len() == 2 && actual[0].is_number(), "{actual:?}");
}

#[test]
fn a_ticker_that_fails_is_named_at_the_end_and_the_others_are_labelled() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("labels.jsonl");
    let output = run(&out, &["MSFT", "NOSUCH", "--limit", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(headlines(&out).len(), 1);
    let last = stderr(&output).lines().last().unwrap().to_owned();
    assert!(last.starts_with("error: NOSUCH: "), "{last}");
    let summary: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(summary["failed"].as_array().unwrap().len(), 1);

    let strict = run(&folder.path().join("strict.jsonl"), &["MSFT", "NOSUCH", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(stderr(&strict).contains("error: NOSUCH: "), "{}", stderr(&strict));
    assert!(!folder.path().join("strict.portfolio.json").exists());
}

#[test]
fn a_file_that_holds_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("notes.jsonl");
    std::fs::write(&out, "{\"note\": 1}\n").unwrap();
    let output = run(&out, &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("line 1 of") && told.contains("notes.jsonl") && told.contains("--fresh"),
        "{told}"
    );
    // Nothing replaces it, either, when no headline is found.
    let output = run(&out, &["--fresh", "--as-of", "2009-01-02"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("stays as it is"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "{\"note\": 1}\n");
}

#[test]
fn without_tickers_a_portfolio_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("labels.jsonl");
    let out = out.to_str().unwrap();
    let output = tripod(&["dataset", "sentiment", "--out", out]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let missing = folder.path().join("none.json");
    let output = tripod(&[
        "dataset",
        "sentiment",
        "--out",
        out,
        "--portfolio",
        missing.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("none.json"), "{}", stderr(&output));
}

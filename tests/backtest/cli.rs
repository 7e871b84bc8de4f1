//! `tripod backtest` and `tripod track` with the demo's forecaster: the JSON output, resuming an interrupted run, comparing
//! formats, and error messages for wrong arguments.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::command::{stderr, stdout, tripod};
use serde_json::Value;

const SMALL: [&str; 12] = [
    "--demo",
    "--horizon",
    "2",
    "--context",
    "30",
    "--samples",
    "2",
    "--forecaster",
    "smollm2-135m-instruct",
    "--stride",
    "2",
    "--json",
];

fn run(more: &[&str], journal: &Path) -> Value {
    let journal = journal.to_str().unwrap();
    let output = tripod(&[&["backtest"][..], more, &SMALL[..], &["--journal", journal]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// Removes ids and times, which differ between runs.
fn figures(mut backtest: Value) -> Value {
    let object = backtest.as_object_mut().unwrap();
    object.remove("id");
    object.remove("created");
    backtest
}

#[test]
fn a_killed_run_goes_on_where_it_stopped_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let whole = run(&["AAPL", "--origins", "4"], &folder.path().join("whole.jsonl"));
    for (field, wanted) in [
        ("ticker", Value::from("AAPL")),
        ("horizon", 2.into()),
        ("origins", 4.into()),
        ("prompt_format", "stats-v2".into()),
        ("contaminated", true.into()),
    ] {
        assert_eq!(whole[field], wanted, "{field}");
    }
    for field in [
        "model",
        "baselines",
        "significance",
        "coverage",
        "crps",
        "mase",
        "stance",
    ] {
        assert!(!whole[field].is_null(), "{field}");
    }
    assert!(whole["verdict"].is_null(), "four windows give no verdict");
    assert_eq!(whole["stance"]["rule"], "band-v1");
    assert!(whole["significance"]["diebold_mariano"]["p_value"].is_f64());
    assert!(whole["significance"].get("pesaran_timmermann").is_some());

    let journal = folder.path().join("killed.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tripod"))
        .args([&["backtest", "AAPL", "--origins", "4"][..], &SMALL[..]].concat())
        .arg("--journal")
        .arg(&journal)
        .env("TRIPOD_THREADS", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || std::fs::read(&journal).map_or(0, |text| text.iter().filter(|&&byte| byte == b'\n').count());
    while lines() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let finished = lines();
    assert!((2..4).contains(&finished), "{finished} windows were finished");
    let resumed = run(&["AAPL", "--origins", "4"], &journal);
    assert_eq!(lines(), 4, "no window was made twice");
    assert_eq!(figures(resumed), figures(whole));
}

#[test]
fn formats_are_compared_over_the_same_windows() {
    let folder = tempfile::tempdir().unwrap();
    let compared = run(
        &["IBM", "--origins", "2", "--compare", "raw,scaled"],
        &folder.path().join("compared.jsonl"),
    );
    assert_eq!(compared["windows"], 2);
    let formats = compared["formats"].as_array().unwrap();
    assert_eq!(
        (&formats[0]["format"], &formats[1]["format"]),
        (&"seed-v1".into(), &"scaled-v3".into())
    );
    assert!(
        formats[0]["prompt_tokens"].as_f64() > formats[1]["prompt_tokens"].as_f64(),
        "{compared}"
    );
    assert_eq!(compared["pairs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_universe_has_one_object_a_line_and_a_correction_for_the_number_of_tickers() {
    let folder = tempfile::tempdir().unwrap();
    let universe = folder.path().join("universe.txt");
    std::fs::write(&universe, "# two of the demo's\n[old]\nIBM\n\n[new]\nMSFT\nIBM\n").unwrap();
    let (journal, card) = (folder.path().join("both.jsonl"), folder.path().join("card.toml"));
    let both = [
        "--universe",
        universe.to_str().unwrap(),
        "--origins",
        "2",
        "--journal",
        journal.to_str().unwrap(),
        "--card",
        card.to_str().unwrap(),
    ];
    let output = tripod(&[&["backtest"][..], &both[..], &SMALL[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let objects: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let output = tripod(&[&["backtest", "--summary"][..], &both[..], &SMALL[..]].concat());
    let overall: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(overall["object"], "backtest.overall");
    let rows: Vec<_> = overall["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["group"].as_str().unwrap(), row["windows"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [("old", 2), ("new", 2), ("all", 4)]);
    assert!(overall["groups"][2]["horizons"][0]["crps_to"]["volatility_cone"]["value"].is_f64());
    let card = std::fs::read_to_string(card).unwrap();
    assert!(card.contains("[[measured]]\nhorizon = 2\nwindows = 4\n"), "{card}");
    assert_eq!(
        objects
            .iter()
            .map(|one| one["ticker"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["IBM", "MSFT"]
    );
    let tests: Vec<&Value> = objects
        .iter()
        .map(|one| &one["significance"]["diebold_mariano"])
        .collect();
    let smallest = tests
        .iter()
        .map(|test| test["p_value"].as_f64().unwrap())
        .fold(1.0, f64::min);
    let corrected = tests
        .iter()
        .map(|test| test["p_holm"].as_f64().unwrap())
        .fold(1.0, f64::min);
    assert!((corrected - (2.0 * smallest).min(1.0)).abs() < 1e-12, "{tests:?}");

    std::fs::write(&universe, "IBM\nno such thing\n").unwrap();
    let one = ["backtest", "--universe", universe.to_str().unwrap(), "--origins", "2"];
    let output = tripod(&[&one[..], &["--journal", journal.to_str().unwrap()], &SMALL[..]].concat());
    assert!(
        !output.status.success() && stderr(&output).contains("line 2 of"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn wrong_windows_are_refused_before_any_model_is_opened() {
    for (wrong, said) in [
        (&["AAPL", "--origins", "2000"][..], "needs 60030 bars"),
        (&["AAPL", "--as-of", "2013-02-20"], "after 2013-02-20 there are 7 bars"),
        (&["TSLA"], "TSLA"),
        (&[], "required"),
        (&["AAPL", "--compare", "prose"], "prose"),
    ] {
        let output = tripod(&[&["backtest", "--demo"][..], wrong].concat());
        assert!(
            !output.status.success() && stderr(&output).contains(said),
            "{said}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains("opening"), "{}", stderr(&output));
    }
}

#[test]
fn an_analysis_is_kept_and_tracked() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("deep/analyses.sqlite");
    let store = store.to_str().unwrap();
    let analysis = [
        "--demo",
        "--stages",
        "forecast",
        "--horizon",
        "2",
        "--context",
        "30",
        "--samples",
        "2",
    ];
    let made = |more: &[&str]| {
        let output = tripod(
            &[
                &["analyze", "AAPL", "--store", store, "--json", "--quiet"][..],
                &analysis[..],
                more,
            ]
            .concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
    };
    made(&[]);
    made(&["--as-of", "2012-06-29"]);
    made(&["--no-store"]);
    let output = tripod(&["track", "--demo", "--json", "--store", store]);
    let record: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&record["waiting"], &record["hindsight"], &record["scored"]),
        (&1.into(), &1.into(), &0.into())
    );
    let words = stdout(&tripod(&["track", "AAPL", "--demo", "--store", store]));
    assert!(
        words.contains("made in hindsight") && words.contains("waiting"),
        "{words}"
    );
}

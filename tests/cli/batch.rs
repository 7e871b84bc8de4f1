//! Many tickers in one call, as a user runs them: a ticker that fails does not end the batch, each result is stored and printed
//! when it is finished, and memory does not grow with the number of tickers.

use std::fmt::Write as _;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::command::{stderr, stdout, tripod, tripod_command};
use serde_json::Value;

fn tickers(json: &str) -> Vec<String> {
    let analyses = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    analyses
        .map(Result::unwrap)
        .filter(|row| row["object"] != "failure")
        .map(|analysis| analysis["ticker"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_ticker_that_fails_is_named_at_the_end_and_the_others_run() {
    let asked = [
        "analyze",
        "AAPL",
        "NOSUCH",
        "IBM",
        "--demo",
        "--stages",
        "sentiment",
        "--json",
    ];
    let output = tripod(&asked);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(tickers(&stdout(&output)), ["AAPL", "IBM"]);
    let last = stderr(&output).lines().last().unwrap().to_owned();
    assert!(last.starts_with("error: NOSUCH: "), "{last}");
    // One line a ticker, in the order of the request.
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let objects: Vec<&str> = lines.iter().map(|row| row["object"].as_str().unwrap()).collect();
    assert_eq!(objects, ["analysis", "failure", "analysis"]);
    assert_eq!(
        (&lines[1]["ticker"], &lines[1]["kind"]),
        (&"NOSUCH".into(), &"unknown_ticker".into())
    );

    let strict = tripod(&[&asked[..], &["--strict", "--quiet"]].concat());
    assert_eq!(strict.status.code(), Some(1));
    assert_eq!(tickers(&stdout(&strict)), ["AAPL"]);
    assert!(stderr(&strict).contains("NOSUCH"), "{}", stderr(&strict));
}

#[test]
fn a_ranking_shows_the_first_by_a_figure_after_the_batch() {
    let asked = [
        "analyze",
        "AAPL",
        "GOOG",
        "IBM",
        "MSFT",
        "--demo",
        "--stages",
        "sentiment",
        "--no-store",
        "--quiet",
    ];
    let json = tripod(&[&asked[..], &["--json", "--top", "2", "--by", "volatility"]].concat());
    let output = stdout(&json);
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    let mut volatilities: Vec<f64> = lines[..4]
        .iter()
        .map(|analysis| analysis["features"]["volatility_annual"].as_f64().unwrap())
        .collect();
    volatilities.sort_by(|a, b| b.total_cmp(a));
    let rows = lines[4]["rows"].as_array().unwrap();
    let ranked: Vec<f64> = rows.iter().map(|row| row["value"].as_f64().unwrap()).collect();
    assert_eq!(ranked, volatilities[..2]);

    let text = tripod(&[&asked[..], &["--top", "2"]].concat());
    assert!(
        stdout(&text).contains("4 of the analyses have no expected return and are left out"),
        "{}",
        stdout(&text)
    );
}

#[test]
fn tickers_are_read_from_standard_input_and_a_line_that_is_none_fails_alone() {
    let mut child = tripod_command(&["analyze", "-", "--demo", "--stages", "sentiment", "--json", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "# two of them\nMSFT\n\nnot a ticker\nGOOG # and this one\nMSFT\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(tickers(&stdout(&output)), ["MSFT", "GOOG"]);
    assert!(
        stderr(&output).contains("error: line 4 of standard input: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_backtest_goes_on_after_a_ticker_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let universe = folder.path().join("universe.txt");
    std::fs::write(&universe, "NOSUCH\nAAPL\n").unwrap();
    let output = tripod(&[
        "backtest",
        "--universe",
        universe.to_str().unwrap(),
        "--demo",
        "--origins",
        "2",
        "--horizon",
        "2",
        "--context",
        "30",
        "--samples",
        "2",
        "--json",
        "--fresh",
        "--journal",
        folder.path().join("journal.jsonl").to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(tickers(&stdout(&output)), ["AAPL"], "{}", stderr(&output));
    assert!(stderr(&output).contains("error: NOSUCH: "), "{}", stderr(&output));
}

/// A local source: prices, headlines, and a list of `count` tickers.
fn local_source(folder: &Path, count: usize) -> [PathBuf; 3] {
    let mut prices = String::from("Date,Close\n");
    let mut day = chrono::NaiveDate::from_ymd_opt(2019, 1, 2).unwrap();
    for number in 0..1_300 {
        writeln!(prices, "{day},{:.2}", 100.0 + f64::from(number % 17)).unwrap();
        day = day.succ_opt().unwrap();
    }
    let date = day.pred_opt().unwrap();
    let headlines = serde_json::json!([
        {"title": "Profit rises for a third quarter", "published_at": date},
        {"title": "Shares fall after a warning", "published_at": date},
    ]);
    let universe: String = (0..count).map(|number| format!("SYM{number}\n")).collect();
    let files = ["prices.csv", "news.json", "universe.txt"].map(|name| folder.join(name));
    for (path, text) in files.iter().zip([prices, headlines.to_string(), universe]) {
        std::fs::write(path, text).unwrap();
    }
    files
}

fn analyze(files: &[PathBuf; 3], more: &[&str]) -> Child {
    let [prices, headlines, universe] = files.each_ref().map(|path| path.to_str().unwrap());
    let arguments = [
        "analyze",
        "--universe",
        universe,
        "--csv",
        prices,
        "--headlines",
        headlines,
        "--json",
        "--quiet",
    ];
    tripod_command(&[&arguments[..], more].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The analyses, as they are printed.
fn printed(child: &mut Child) -> impl Iterator<Item = Value> + use<> {
    let reader = BufReader::new(child.stdout.take().unwrap());
    let stream = serde_json::Deserializer::from_reader(reader).into_iter();
    stream.map(|analysis| analysis.expect("JSON"))
}

#[cfg(target_os = "linux")]
#[test]
fn memory_after_five_hundred_tickers_is_what_it_was_after_one_hundred() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = analyze(
        &local_source(folder.path(), 500),
        &["--stages", "sentiment", "--no-store"],
    );
    let anonymous = |pid: u32| -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    };
    let (pid, mut held) = (child.id(), Vec::new());
    for (number, analysis) in (1..).zip(printed(&mut child)) {
        assert!(analysis["sentiment"]["headlines"].as_array().unwrap().len() == 2);
        // The pipe buffers one or two analyses. The process is at most that far ahead and then blocks with the next analysis.
        if number % 20 == 0 && number < 500 {
            held.push((number, anonymous(pid)));
        }
    }
    assert!(child.wait().unwrap().success());
    let highest = |from: u64, until: u64| {
        let within = held.iter().filter(|(number, _)| (from..=until).contains(number));
        within.map(|&(_, bytes)| bytes).max().unwrap()
    };
    let (first, last) = (highest(1, 100), highest(400, 500));
    println!("anonymous memory: {first} B in the first hundred, {last} B in the last");
    assert!(last < first + (8 << 20), "{held:?}");
}

#[tokio::test]
async fn another_process_reads_finished_results_while_the_batch_runs() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.sqlite");
    let small = [
        "--stages",
        "forecast",
        "--horizon",
        "1",
        "--context",
        "8",
        "--samples",
        "6",
        "--store",
        store.to_str().unwrap(),
    ];
    let mut child = analyze(&local_source(folder.path(), 33), &small);
    let mut analyses = printed(&mut child);
    let first = analyses.next().unwrap();
    let reader = tripod::store::Store::open(&store).await.unwrap();
    let kept = reader.get(first["id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap()["ticker"], "SYM0");
    // The output is larger than the pipe's buffer, so the process blocks until it is read.
    assert!(child.try_wait().unwrap().is_none(), "it still runs");
    assert_eq!(analyses.count(), 32);
    assert!(child.wait().unwrap().success());
    assert_eq!(reader.count().await.unwrap(), 33);
    reader.close().await;
}

//! Five hundred tickers from local servers of which one in twenty fails in its own way: every good one has its result, each bad one
//! its row, and no host gets more requests at a time than it should.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::analyze_live::run;
use crate::command::{stderr, stdout, tripod};
use crate::demo_model::demo_model;
use crate::web::chart::weekdays;
use crate::web::{Reply, Web};
use axum::http::Uri;
use serde_json::{Value, json};
use tripod::models::Role;

const TICKERS: usize = 500;

/// The most requests that one host gets at the same time.
const IN_FLIGHT: usize = 8;

fn symbol(number: usize) -> String {
    format!("T{number:03}")
}

/// How the ticker of this number fails: one in twenty does.
fn failure(number: usize) -> Option<&'static str> {
    match number % 60 {
        7 => Some("unknown"),
        27 => Some("busy for an hour"),
        47 => Some("cut"),
        _ => None,
    }
}

fn reply(uri: &Uri) -> Reply {
    let number: usize = uri.path().rsplit_once("/T").unwrap().1.parse().unwrap();
    let late = Duration::from_millis(15);
    match failure(number) {
        Some("unknown") => {
            let error = json!({"code": "Not Found", "description": "No data found, symbol may be delisted"});
            Reply::json(&json!({"chart": {"result": null, "error": error}})).status(404)
        }
        Some("busy for an hour") => Reply::text(503, "busy"),
        Some(_) => Reply::json(&weekdays(60)).cut(),
        None => Reply::json(&weekdays(60)),
    }
    .late(late)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_good_ticker_has_its_result_and_each_bad_one_its_row() {
    // The first request of each host is told to wait for a second, and all others wait with it.
    let choose = |uri: &Uri, number: usize| match number {
        0 => Reply::text(429, "slow down").header("retry-after", "1"),
        _ => reply(uri),
    };
    let (one, two) = (Web::choosing(choose).await, Web::choosing(choose).await);
    let nothing = Web::answering_once(Reply::text(404, "no news")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for number in 0..TICKERS {
        writeln!(list, "{}", symbol(number)).unwrap();
    }
    let universe = folder.path().join("universe.txt");
    std::fs::write(&universe, list).unwrap();
    // The cache is an empty one, so the classifier and its library are named by their files.
    let classifier = demo_model(Role::Sentiment).weights;
    let library = stdout(&tripod(&["models", "path", "onnxruntime"]));
    let hosts = format!("{},{}", one.url, two.url);
    let arguments: Vec<String> = [
        "analyze",
        "--universe",
        universe.to_str().unwrap(),
        "--stages",
        "sentiment",
        "--json",
        "--no-store",
        // More than both hosts get at the same time.
        "--gather",
        "64",
        "--yahoo-url",
        &hosts,
        "--yahoo-news-url",
        &nothing.url,
        "--yahoo-stream-url",
        &nothing.url,
        "--cache",
        folder.path().to_str().unwrap(),
        "--sentiment",
        classifier.to_str().unwrap(),
        "--onnxruntime",
        library.trim_end(),
    ]
    .map(str::to_owned)
    .to_vec();
    let output = run(arguments).await;

    let rows: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let asked: Vec<String> = (0..TICKERS).map(symbol).collect();
    let told: Vec<&str> = rows.iter().map(|row| row["ticker"].as_str().unwrap()).collect();
    assert_eq!(told, asked, "{}", stderr(&output));
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        let kind = row["kind"].as_str().unwrap_or("none");
        match failure(number) {
            None => assert_eq!(row["object"], "analysis", "{row}"),
            Some("unknown") => assert_eq!(kind, "unknown_ticker", "{row}"),
            Some(_) => assert_eq!(kind, "source_failed", "{row}"),
        }
        *failed.entry(kind).or_default() += 1;
    }
    assert_eq!(failed["unknown_ticker"] + failed["source_failed"], 25, "{failed:?}");
    assert_eq!(output.status.code(), Some(1));
    for web in [&one, &two] {
        assert!((2..=IN_FLIGHT).contains(&web.most_at_once()), "{}", web.most_at_once());
    }
    let lines = stderr(&output);
    assert_eq!(lines.lines().filter(|line| line.starts_with("error: T")).count(), 25);
}

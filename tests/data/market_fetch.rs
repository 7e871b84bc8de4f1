//! Fetching from any market source: the as-of date, the number of bars, and the cache that avoids repeated requests.

use std::fs;
use std::path::Path;

use crate::web::{Reply, Web, client, impatient};
use chrono::NaiveDate;
use serde_json::{Value, json};

use tripod::market::{
    BarQuery, BarSources, Cache, CsvOptions, DemoBars, Folder, MarketError, Repair, Series, Ticker, YahooOptions, fetch,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn query(ticker: &str, as_of: &str, bars: usize) -> BarQuery {
    BarQuery {
        ticker: Ticker::parse(ticker).unwrap(),
        as_of: Some(day(as_of)),
        bars,
        repair: Repair::default(),
    }
}

fn yahoo(web: &Web) -> BarSources {
    BarSources::only(YahooOptions {
        request: impatient(),
        ..YahooOptions::at(&web.url)
    })
}

/// Seven consecutive days from 2013-02-25, weekends included.
fn week() -> Value {
    let open = |date: &str| day(date).and_hms_opt(14, 30, 0).unwrap().and_utc().timestamp();
    let stamps: Vec<i64> = (0..7).map(|n| open("2013-02-25") + n * 86_400).collect();
    let prices = json!([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    json!({"chart": {"error": null, "result": [{
        "meta": {"currency": "USD", "symbol": "ACME", "exchangeTimezoneName": "America/New_York"},
        "timestamp": stamps,
        "indicators": {"quote": [{"close": prices}], "adjclose": [{"adjclose": prices}]}
    }]}})
}

async fn ask(source: &BarSources, query: &BarQuery, cache: Option<&Cache>) -> Result<Series, MarketError> {
    fetch(&client(), source, query, cache).await
}

/// Sets the time at which the only file of a cache was fetched.
fn kept_on(folder: &Path, time: &str) {
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut entry: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    entry["fetched_at"] = json!(time);
    fs::write(&file, entry.to_string()).unwrap();
}

#[tokio::test]
async fn nothing_later_than_the_as_of_date_is_given() {
    let web = Web::answering_once(Reply::json(&week())).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    fs::write(&path, "Date,Close\n2013-02-27,1\n2013-02-28,2\n2013-03-01,3\n").unwrap();
    for source in [
        yahoo(&web),
        BarSources::only(CsvOptions::new(&path)),
        BarSources::only(DemoBars),
    ] {
        let series = ask(&source, &query("AAPL", "2013-02-28", 500), None).await.unwrap();
        assert_eq!(series.last().unwrap().date, day("2013-02-28"), "{source:?}");
    }
}

#[tokio::test]
async fn a_folder_has_a_file_for_each_ticker() {
    let folder = tempfile::tempdir().unwrap();
    for (name, close) in [("AAPL.csv", 1), ("ibm.CSV", 2)] {
        fs::write(folder.path().join(name), format!("date,close\n2013-02-28,{close}\n")).unwrap();
    }
    let source = BarSources::only(Folder(folder.path().into()));
    for (ticker, close) in [("AAPL", 1.0), ("IBM", 2.0)] {
        let series = ask(&source, &query(ticker, "2013-03-01", 5), None).await.unwrap();
        assert_eq!((series.ticker.as_str(), series.last().unwrap().close), (ticker, close));
    }
    let error = ask(&source, &query("MSFT", "2013-03-01", 5), None).await.unwrap_err();
    assert!(error.to_string().contains("MSFT.csv"), "{error}");
}

#[tokio::test]
async fn the_newest_bars_are_given_as_many_as_were_asked_for() {
    let series = ask(&BarSources::only(DemoBars), &query("IBM", "2013-03-01", 3), None)
        .await
        .unwrap();
    let dates: Vec<_> = series.bars.iter().map(|bar| bar.date.to_string()).collect();
    assert_eq!(dates, ["2013-02-27", "2013-02-28", "2013-03-01"]);
}

#[tokio::test]
async fn a_date_before_the_first_bar_is_told_with_that_bar() {
    let error = ask(&BarSources::only(DemoBars), &query("GOOG", "2001-01-01", 9), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the first bar of GOOG is of 2004-08-19, later than 2001-01-01: choose a later date"
    );
}

#[tokio::test]
async fn a_second_question_of_the_day_asks_nothing() {
    let web = Web::answering_once(Reply::json(&week())).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    let first = ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap();
    let second = ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap();
    assert_eq!(first, second);
    assert_eq!(web.count(), 1);
    // A context of similar length is cut from the cached answer.
    let longer = ask(&yahoo(&web), &query("ACME", "2013-03-01", 180), Some(&cache))
        .await
        .unwrap();
    assert_eq!((longer.bars.len(), web.count()), (5, 1));
}

#[tokio::test]
async fn another_ticker_date_or_address_asks_again() {
    let web = Web::answering_once(Reply::json(&week())).await;
    let other = Web::answering_once(Reply::json(&week())).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    for (source, query) in [
        (yahoo(&web), query("ACME", "2013-03-01", 5)),
        (yahoo(&web), query("ACME", "2013-02-28", 5)),
        (yahoo(&web), query("ACME", "2013-03-01", 900)),
        (yahoo(&web), query("BETA", "2013-03-01", 5)),
        (yahoo(&other), query("ACME", "2013-03-01", 5)),
    ] {
        ask(&source, &query, Some(&cache)).await.unwrap();
    }
    assert_eq!((web.count(), other.count()), (4, 1));
}

#[tokio::test]
async fn a_cache_file_that_is_too_old_or_damaged_is_fetched_again() {
    let web = Web::answering_once(Reply::json(&week())).await;
    let folder = tempfile::tempdir().unwrap();
    let question = query("ACME", "2013-03-01", 5);
    let cache = Cache::new(folder.path());
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    kept_on(folder.path(), "2013-03-04T10:00:00Z");
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(web.count(), 2);

    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(web.count(), 3);
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let web = Web::answering(vec![Reply::text(200, "<html>"), Reply::json(&week())]).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap();
}

#[tokio::test]
async fn old_bars_are_used_with_a_warning_when_the_source_fails() {
    let web = Web::answering(vec![Reply::json(&week()), Reply::text(500, "out of order")]).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    let question = query("ACME", "2013-03-01", 5);
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    kept_on(folder.path(), "2013-03-04T10:00:00Z");
    let series = ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(series.bars.len(), 5);
    let warning = &series.warnings[0];
    assert!(
        warning.starts_with("these bars were fetched on 2013-03-04 at 10:00 UTC and may be out of date: "),
        "{warning}"
    );
    assert!(warning.contains("HTTP 500"), "{warning}");
}

#[tokio::test]
async fn bars_are_not_kept_for_a_security_that_has_gone() {
    let gone = json!({"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found"}}});
    let web = Web::answering(vec![Reply::json(&week()), Reply::json(&gone)]).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    let question = query("ACME", "2013-03-01", 5);
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    kept_on(folder.path(), "2013-03-04T10:00:00Z");
    let error = ask(&yahoo(&web), &question, Some(&cache)).await.unwrap_err();
    assert!(matches!(error, MarketError::UnknownSymbol { .. }), "{error}");
}

#[tokio::test]
async fn a_second_host_is_asked_at_once_where_the_first_does_not_answer() {
    let first = Web::answering_once(Reply::text(429, "").header("retry-after", "3600")).await;
    let second = Web::answering_once(Reply::json(&week())).await;
    let source = BarSources::only(YahooOptions {
        request: impatient(),
        ..YahooOptions::at(&format!("{}, {}", first.url, second.url))
    });
    let client = client();
    for _ in 0..2 {
        let series = fetch(&client, &source, &query("ACME", "2013-03-01", 5), None)
            .await
            .unwrap();
        assert_eq!(series.bars.len(), 5);
    }
    // The first host is left alone for as long as it asked.
    assert_eq!((first.count(), second.count()), (1, 2));
}

#[tokio::test]
async fn a_service_that_blocks_robots_is_told_as_such() {
    let consent = "<!doctype html><title>Before you continue</title>";
    for reply in [
        Reply::text(999, "Request denied"),
        Reply::text(200, consent),
        Reply::text(403, consent).header("content-type", "text/html; charset=utf-8"),
    ] {
        let web = Web::answering_once(reply).await;
        let error = ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), None)
            .await
            .unwrap_err();
        let told = format!("{:#}", anyhow::Error::from(error));
        assert!(told.contains("takes this program for a robot"), "{told}");
    }
}

#[tokio::test]
async fn an_unknown_demo_ticker_lists_those_there_are() {
    let error = ask(&BarSources::only(DemoBars), &query("NVDA", "2013-03-01", 5), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the demo has no prices of NVDA; it has AAPL, GOOG, IBM, MSFT"
    );
}

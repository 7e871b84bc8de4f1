//! Fetching from any market source: the as-of date, the number of bars, and the cache that avoids repeated requests.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::web::{Reply, Web, client, impatient};
use chrono::NaiveDate;
use serde_json::{Value, json};

use tripod::market::fetch;
use tripod::market::{BarQuery, Cache, CsvOptions, MarketError, MarketSource, Repair, Series, Ticker, YahooOptions};

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

fn yahoo(web: &Web) -> MarketSource {
    MarketSource::Yahoo(YahooOptions {
        base_url: web.url.clone(),
        request: impatient(),
        ..YahooOptions::default()
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

async fn ask(source: &MarketSource, query: &BarQuery, cache: Option<&Cache>) -> Result<Series, MarketError> {
    fetch(&client(), source, query, cache).await
}

fn hour(folder: &Path) -> Cache {
    Cache::new(folder, Duration::from_secs(3_600))
}

#[tokio::test]
async fn nothing_later_than_the_as_of_date_is_given() {
    let web = Web::answering_once(Reply::json(&week())).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    fs::write(&path, "Date,Close\n2013-02-27,1\n2013-02-28,2\n2013-03-01,3\n").unwrap();
    for source in [
        yahoo(&web),
        MarketSource::Csv(CsvOptions::new(&path)),
        MarketSource::Demo,
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
    let source = MarketSource::CsvFolder(folder.path().into());
    for (ticker, close) in [("AAPL", 1.0), ("IBM", 2.0)] {
        let series = ask(&source, &query(ticker, "2013-03-01", 5), None).await.unwrap();
        assert_eq!((series.ticker.as_str(), series.last().unwrap().close), (ticker, close));
    }
    let error = ask(&source, &query("MSFT", "2013-03-01", 5), None).await.unwrap_err();
    assert!(error.to_string().contains("MSFT.csv"), "{error}");
}

#[tokio::test]
async fn the_newest_bars_are_given_as_many_as_were_asked_for() {
    let series = ask(&MarketSource::Demo, &query("IBM", "2013-03-01", 3), None)
        .await
        .unwrap();
    let dates: Vec<_> = series.bars.iter().map(|bar| bar.date.to_string()).collect();
    assert_eq!(dates, ["2013-02-27", "2013-02-28", "2013-03-01"]);
}

#[tokio::test]
async fn a_date_before_the_first_bar_is_told_with_that_bar() {
    let error = ask(&MarketSource::Demo, &query("GOOG", "2001-01-01", 9), None)
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
    let cache = hour(folder.path());
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
    let cache = hour(folder.path());
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
    let none = Cache::new(folder.path(), Duration::ZERO);
    ask(&yahoo(&web), &question, Some(&none)).await.unwrap();
    ask(&yahoo(&web), &question, Some(&none)).await.unwrap();
    assert_eq!(web.count(), 2);

    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let cache = hour(folder.path());
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(web.count(), 3);
    ask(&yahoo(&web), &question, Some(&cache)).await.unwrap();
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let web = Web::answering(vec![Reply::text(200, "<html>"), Reply::json(&week())]).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = hour(folder.path());
    ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    ask(&yahoo(&web), &query("ACME", "2013-03-01", 5), Some(&cache))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unknown_demo_ticker_lists_those_there_are() {
    let error = ask(&MarketSource::Demo, &query("NVDA", "2013-03-01", 5), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the demo has no prices of NVDA; it has AAPL, GOOG, IBM, MSFT"
    );
}

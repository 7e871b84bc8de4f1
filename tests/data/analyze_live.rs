//! `tripod analyze` over HTTP: the binary against local servers that imitate the chart and news services.

use crate::command::{stderr, stdout, tripod};
use crate::demo_model::demo_model;
use crate::web::chart::weekdays;
use crate::web::{Reply, Web};
use serde_json::{Value, json};

/// The chart service's answer: sixty weekdays up to yesterday, in pence.
fn bars() -> Value {
    let mut answer = weekdays(84);
    let meta = &mut answer["chart"]["result"][0]["meta"];
    meta["currency"] = json!("GBp");
    meta["longName"] = json!("Hydrogen Works plc");
    answer
}

/// How often the bars were asked for.
fn asked_for_bars(charts: &Web) -> usize {
    let seen = charts.seen();
    seen.iter()
        .filter(|seen| seen.path.starts_with("/v8/finance/chart/"))
        .count()
}

pub async fn run(arguments: Vec<String>) -> std::process::Output {
    tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        tripod(&arguments)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_come_once_a_day_news_once_in_a_quarter_of_an_hour_and_only_a_key_that_is_asked_for_is_missed() {
    let charts = Web::answering_once(Reply::json(&bars())).await;
    let now = chrono::Utc::now().timestamp() - 3_600;
    let stories = json!({"quotes": [{"symbol": "HYD.L"}], "news": [
        {"title": "Hydrogen Works wins a large order", "publisher": "Wire", "link": "https://example.com/a", "providerPublishTime": now},
        {"title": "Hydrogen Works wins a large order - Wire", "publisher": "Other", "link": "https://example.com/b", "providerPublishTime": now},
    ]});
    let search = Web::answering_once(Reply::json(&stories)).await;
    let stream = Web::answering_once(Reply::text(503, "busy")).await;
    let cache = tempfile::tempdir().unwrap();
    let classifier = demo_model(tripod::models::Role::Sentiment).weights;
    let library = stdout(&tripod(&["models", "path", "onnxruntime"]));
    let arguments: Vec<String> = [
        "analyze",
        "https://finance.yahoo.com/quote/HYD.L",
        "--stages",
        "sentiment",
        "--json",
        "--quiet",
        "--yahoo-url",
        &charts.url,
        "--yahoo-news-url",
        &search.url,
        "--yahoo-stream-url",
        &stream.url,
        "--cache",
        cache.path().to_str().unwrap(),
        "--sentiment",
        classifier.to_str().unwrap(),
        "--onnxruntime",
        library.trim_end(),
    ]
    .map(str::to_owned)
    .to_vec();

    let output = run(arguments.clone()).await;
    assert!(output.status.success(), "{}", stderr(&output));
    let analysis: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(analysis["ticker"], "HYD.L");
    assert_eq!(analysis["company"], "Hydrogen Works plc");
    assert_eq!(analysis["currency"], "GBP");
    assert!(
        analysis["last_close"].as_f64().unwrap() < 12.0,
        "pence became pounds: {}",
        analysis["last_close"]
    );
    let headlines = analysis["sentiment"]["headlines"].as_array().unwrap();
    assert_eq!(headlines.len(), 1, "the same story twice: {headlines:?}");
    assert_eq!(analysis["sentiment"]["answered"], json!(["Yahoo news"]));
    assert!(
        !analysis["warnings"].to_string().contains("NewsAPI"),
        "{}",
        analysis["warnings"]
    );

    let (asked, searched) = (asked_for_bars(&charts), search.count());
    let mut named = arguments;
    named.extend(["--news-sources", "newsapi,yahoo"].map(str::to_owned));
    let output = run(named).await;
    assert!(output.status.success(), "{}", stderr(&output));
    let analysis: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(
        analysis["warnings"]
            .to_string()
            .contains("no NewsAPI key: set NEWSAPI_KEY"),
        "{}",
        analysis["warnings"]
    );
    assert_eq!(analysis["sentiment"]["headlines"].as_array().unwrap().len(), 1);
    assert_eq!(
        asked_for_bars(&charts),
        asked,
        "a second analysis of the day asks no bars"
    );
    assert_eq!(search.count(), searched, "a second analysis at once asks no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_that_does_not_exist_is_an_error_that_names_it() {
    let answer = json!({"chart": {"result": null, "error": {
        "code": "Not Found", "description": "No data found, symbol may be delisted"}}});
    let charts = Web::answering_once(Reply::json(&answer).status(404)).await;
    let arguments = ["analyze", "NOSUCH", "--stages", "report", "--yahoo-url", &charts.url]
        .map(str::to_owned)
        .to_vec();
    let output = run(arguments).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("NOSUCH"), "{}", stderr(&output));
}

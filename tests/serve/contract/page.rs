//! What the web page is built on: the history behind a question, the defaults, runs that go on without a reader, and what is kept.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Contract, with};
use crate::harness::send;

const HISTORY: &str = "/v1/market";

pub async fn a_history_comes_without_a_model_and_ends_on_its_day(contract: &Contract) {
    let asked = json!({"ticker": "AAPL", "as_of": "2012-06-29", "horizon_days": 3});
    let market = contract.post("Market", HISTORY, asked).await;
    let bars = market["bars"].as_array().unwrap();
    assert_eq!((bars.len(), &market["as_of"]), (1260, &json!("2012-06-29")));
    assert_eq!(bars.last().unwrap()["date"], "2012-06-29");
    assert!(bars.iter().all(|bar| bar["high"].as_f64() >= bar["low"].as_f64()));
    // The fourth of July is a holiday.
    assert_eq!(market["ahead"], json!(["2012-07-02", "2012-07-03", "2012-07-05"]));
    assert!(market["features"]["rsi_14"].is_number() && !market["headlines"].as_array().unwrap().is_empty());

    let own = json!({"prices": [{"date": "2026-03-02", "close": 10.0}, {"date": "2026-03-03", "close": 11.0}]});
    let market = contract.post("Market", HISTORY, own).await;
    assert_eq!(
        (&market["source"], &market["bars"][1]["close"]),
        (&json!("request"), &json!(11.0))
    );
    assert_eq!(
        contract.refused(HISTORY, json!({"ticker": "ZZZZ"}), 404).await.1,
        "ticker_not_found"
    );
}

pub async fn the_settings_are_the_server_s_defaults(contract: &Contract) {
    let settings = contract.get("Settings", "/v1/settings").await;
    let fields = ["demo", "samples", "context_days", "horizon_days"].map(|name| settings[name].clone());
    assert_eq!(fields, [json!(true), json!(2), json!(10), json!(30)]);
}

pub async fn a_run_in_the_background_goes_on_without_a_reader_and_ends_when_it_is_let_go(contract: &Contract) {
    let kept = json!({"ticker": "MSFT", "horizon_days": 1, "samples": 1, "seed": 7171, "stages": ["forecast"]});
    let id = start(contract, "/v1/analyze", kept).await;
    let path = format!("/v1/analyses/{id}");
    stored(contract, &path).await;
    assert_eq!(
        contract.get("AnalyzeBody", &format!("{path}/inputs")).await["seed"],
        7171
    );
    remove(contract, &path).await;

    let long = json!({"ticker": "GOOG", "horizon_days": 77, "samples": 50, "seed": 7172, "stages": ["forecast"]});
    let id = start(contract, "/v1/analyze", long).await;
    let run = format!("/v1/runs/{id}");
    let released = send(contract.server.client.delete(contract.server.url(&run)))
        .await
        .ok();
    contract.document.holds("Released", &released);
    gone(contract, &run).await;
    contract.server.get(&format!("/v1/analyses/{id}")).await.refusal(404);
}

pub async fn a_backtest_is_kept_listed_and_deleted(contract: &Contract) {
    let asked =
        json!({"ticker": "IBM", "horizon_days": 1, "context_days": 20, "samples": 1, "origins": 2, "seed": 7173});
    let made = contract.post("Backtest", "/v1/backtest", asked.clone()).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/backtests/{id}");
    assert_eq!(contract.get("Backtest", &path).await, made);
    assert_eq!(contract.get("BacktestBody", &format!("{path}/inputs")).await, asked);
    let list = contract
        .get("BacktestListing", "/v1/backtests?ticker=IBM&limit=100")
        .await;
    let listed = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == made["id"]);
    assert_eq!(listed.unwrap()["mae"], made["model"]["mae"]);
    remove(contract, &path).await;
    assert_eq!(
        contract.server.get(&path).await.refusal(404)["code"],
        "backtest_not_found"
    );
}

/// Starts a run in the background and leaves its stream at once; the run's id.
async fn start(contract: &Contract, path: &str, body: Value) -> String {
    let body = with(body, json!({"stream": true, "background": true}));
    let request = contract.server.client.post(contract.server.url(path)).json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.headers()["x-tripod-run"].to_str().unwrap().to_owned()
}

async fn stored(contract: &Contract, path: &str) {
    for _ in 0..1500 {
        if contract.server.get(path).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{path} does not come");
}

async fn gone(contract: &Contract, path: &str) {
    for _ in 0..1500 {
        if contract.server.get(path).await.status == 404 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{path} does not end");
}

async fn remove(contract: &Contract, path: &str) {
    let delete = || send(contract.server.client.delete(contract.server.url(path)));
    contract.document.holds("Deleted", &delete().await.ok());
    delete().await.refusal(404);
}

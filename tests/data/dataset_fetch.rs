//! Series of many tickers from a service that throttles and fails: what is there is fetched once, what is missing is named.

use std::time::Duration;

use crate::web::{Reply, Web, client, impatient};
use serde_json::{Value, json};

use tripod::dataset::{Collected, DatasetError, Fetching, PackWriter, fetch_series};
use tripod::market::{BarSources, Cache, Repair, Ticker, YahooOptions};

/// The answer for any ticker: forty days up to ten days ago.
fn chart() -> Value {
    let today = chrono::Utc::now()
        .date_naive()
        .and_hms_opt(14, 30, 0)
        .unwrap()
        .and_utc();
    let stamps: Vec<i64> = (0..40).map(|day| today.timestamp() - (50 - day) * 86_400).collect();
    let closes: Vec<f64> = (0..40).map(|day| 10.0 + 0.25 * f64::from(day)).collect();
    json!({"chart": {"error": null, "result": [{
        "meta": {"currency": "USD", "exchangeTimezoneName": "America/New_York"},
        "timestamp": stamps,
        "indicators": {"quote": [{"close": closes}], "adjclose": [{"adjclose": closes}]}
    }]}})
}

struct Bench {
    web: Web,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(replies: Vec<Reply>) -> Self {
        Self {
            web: Web::answering(replies).await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn fetch(&self, tickers: &[&str], mut until: usize) -> Result<Collected, DatasetError> {
        let sources = BarSources::only(YahooOptions {
            request: impatient(),
            ..YahooOptions::at(&self.web.url)
        });
        let fetching = Fetching {
            client: &client(),
            sources: &sources,
            cache: &Cache::new(self.folder.path().join("cache")),
            bars: 30,
            repair: Repair::default(),
            at_once: 1,
            pace: Duration::ZERO,
        };
        let tickers = tickers.iter().map(|ticker| Ticker::parse(ticker).unwrap()).collect();
        let writer = PackWriter::new(self.folder.path()).unwrap();
        fetch_series(&fetching, tickers, writer, &mut |_| {
            until -= 1;
            until > 0
        })
        .await
    }
}

#[tokio::test]
async fn a_busy_service_is_asked_again_at_the_end_and_a_ticker_that_it_does_not_know_is_named() {
    let unknown = json!({"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found"}}});
    let busy = Reply::text(500, "busy");
    let bench = Bench::new(vec![
        Reply::text(429, "slow down").header("retry-after", "0"),
        Reply::json(&chart()),
        // Three tries of the second ticker.
        busy.clone(),
        busy.clone(),
        busy,
        Reply::json(&unknown).status(404),
        Reply::json(&chart()),
    ])
    .await;
    let collected = bench.fetch(&["AAA", "BBB", "NOSUCH"], usize::MAX).await.unwrap();
    let names: Vec<&str> = (0..collected.pack.len())
        .map(|number| collected.pack.ticker(number))
        .collect();
    assert_eq!(names, ["AAA", "BBB"]);
    assert_eq!(collected.pack.bars(0).unwrap().len(), 30);
    assert_eq!(collected.failures.len(), 1);
    let (ticker, reason) = &collected.failures[0];
    assert!(ticker == "NOSUCH" && reason.contains("knows no security"), "{reason}");
    assert_eq!(bench.web.count(), 7);
}

#[tokio::test]
async fn an_interrupted_run_asks_only_for_what_is_missing() {
    let bench = Bench::new(vec![Reply::json(&chart())]).await;
    let interrupted = bench.fetch(&["AAA", "BBB", "CCC"], 2).await.unwrap_err();
    assert!(matches!(interrupted, DatasetError::Interrupted { .. }), "{interrupted}");
    assert_eq!(bench.web.count(), 2);
    let collected = bench.fetch(&["AAA", "BBB", "CCC"], usize::MAX).await.unwrap();
    assert_eq!((collected.pack.len(), bench.web.count()), (3, 3));
}

#[tokio::test]
async fn a_service_that_has_nothing_is_an_error_with_its_reason() {
    let bench = Bench::new(vec![Reply::text(403, "forbidden")]).await;
    let refused = bench.fetch(&["AAA"], usize::MAX).await.unwrap_err().to_string();
    assert!(
        refused.contains("no price series") && refused.contains("AAA"),
        "{refused}"
    );
}

//! `tripod track` and `GET /v1/track` beside a chart service: forecasts of other prices than the market's stay out of the record.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use tripod::analysis::Analysis;
use tripod::market::SourceKind;
use tripod::store::Store;

use crate::analyze_live::run;
use crate::command::{stderr, stdout, tripod_command};
use crate::sample::sample;
use crate::web::chart::weekdays;
use crate::web::{Reply, Web};

fn made_from(id: &str, source: Option<SourceKind>) -> Analysis {
    Analysis {
        id: id.to_owned(),
        source,
        ..sample()
    }
}

/// A store with a forecast of the market's prices, one of the demo's, and one of its user's own.
async fn filled(path: &Path) {
    let store = Store::open(path).await.unwrap();
    for (id, source) in [
        ("analysis-market", SourceKind::Yahoo),
        ("analysis-demo", SourceKind::Demo),
        ("analysis-own", SourceKind::Csv),
    ] {
        store.keep(&made_from(id, Some(source))).await.unwrap();
    }
    store.close().await;
}

#[track_caller]
fn has_the_market_s_only(record: &Value) {
    let forecasts = record["forecasts"].as_array().unwrap();
    let ids: Vec<&Value> = forecasts.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!("analysis-market")], "{record}");
    let warnings = record["warnings"].to_string();
    let told = "2 forecasts of the demo's or of your own prices left out";
    assert!(warnings.contains(told), "{warnings}");
}

/// A server, which ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_track_record_leaves_the_demo_out_also_when_the_service_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("analyses.sqlite");
    filled(&store).await;
    let answers = Web::answering_once(Reply::json(&weekdays(84))).await;
    let fails = Web::answering_once(Reply::text(404, "none")).await;
    for (number, charts) in [&answers, &fails].into_iter().enumerate() {
        let cache = folder.path().join(number.to_string());
        let shared = [
            "--store",
            store.to_str().unwrap(),
            "--yahoo-url",
            &charts.url,
            "--cache",
            cache.to_str().unwrap(),
        ];
        let output = run([&["track", "--json"], &shared[..]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect())
        .await;
        assert!(output.status.success(), "{}", stderr(&output));
        has_the_market_s_only(&serde_json::from_str(&stdout(&output)).unwrap());

        let mut child = tripod_command(&[&["serve", "--addr", "127.0.0.1:0"], &shared[..]].concat())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let _server = Server(child);
        let base = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("it listens");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let record = client.get(format!("{base}/v1/track")).send().await.unwrap();
        has_the_market_s_only(&record.json().await.unwrap());
    }
}

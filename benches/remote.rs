//! What several servers are worth: the same requests to one server and to three, each of which sleeps for a while over every request and
//! takes one at a time, so that this machine's cores do not matter. Prints the times and their ratio. No model is needed.
//!
//! `cargo bench --bench remote`

#![allow(clippy::expect_used, clippy::print_stdout)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tripod::analysis::StageName;
use tripod::engine::{
    Cancel, Completion, Engine, EngineError, Estimate, FakeEngine, Generate, HttpCaller, Language, LanguageInfo,
    LanguageWork, Prompt, RemoteEngine, RemoteModel, RemoteOptions, RequestSource, Step, Workload,
};
use tripod::models::RemoteServers;

const REQUESTS: usize = 96;
const SLEEP: Duration = Duration::from_millis(50);
const ROUNDS: usize = 5;

/// Requests that are all there from the beginning.
struct Requests {
    left: usize,
    answered: usize,
}

impl LanguageWork for Requests {
    fn plan(&mut self, _model: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        Ok(Workload {
            requests: vec![Estimate::one(None, 8); self.left],
            together: self.left,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Requests {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        self.left = self.left.checked_sub(1)?;
        Some((self.left, Generate::one(Prompt::Plain("How are prices?".into()), 8)))
    }

    fn watch(&mut self, _number: usize, _step: Step<'_>) {}

    fn finish(&mut self, _number: usize, result: Result<Vec<Completion>, EngineError>) {
        result.expect("an answer");
        self.answered += 1;
    }
}

/// A server that sleeps over every request and takes one at a time.
async fn sleeping() -> String {
    let alone = Arc::new(tokio::sync::Mutex::new(()));
    let answer = move |Json(_): Json<Value>| async move {
        let _alone = alone.lock().await;
        tokio::time::sleep(SLEEP).await;
        Json(json!({"choices": [{"index": 0, "text": "Well.", "finish_reason": "stop"}]}))
    };
    let models = || async { Json(json!({"data": [{"id": "m"}]})) };
    let app = Router::new()
        .route("/v1/completions", post(answer))
        .route("/v1/models", get(models));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/v1", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

/// Seconds for all requests at so many servers, without the probe.
fn measure(runtime: &Runtime, servers: usize) -> f64 {
    let urls: Vec<String> = (0..servers).map(|_| runtime.block_on(sleeping())).collect();
    let far = RemoteModel {
        id: "far".into(),
        servers: RemoteServers {
            urls,
            model: "m".into(),
            key_env: None,
            at_once: None,
        },
        key: None,
        context: None,
        chats: false,
        labels: Vec::new(),
    };
    let model = far.reference();
    let options = RemoteOptions {
        models: vec![far],
        ..RemoteOptions::default()
    };
    let caller = HttpCaller::new(options, runtime.handle().clone());
    let fake = FakeEngine::new(|_, _| String::new(), |_| Vec::new());
    let mut engine = RemoteEngine::new(fake, Arc::new(caller));
    let mut run = |count: usize| {
        let mut work = Requests {
            left: count,
            answered: 0,
        };
        let begun = Instant::now();
        let (_, done) = engine.language(StageName::FORECAST, &model, &Cancel::new(), &mut work, &|_| {});
        done.expect("a run");
        assert_eq!(work.answered, count);
        begun.elapsed().as_secs_f64()
    };
    // The probe, and how many requests a server takes.
    run(servers);
    run(REQUESTS)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    println!(
        "{REQUESTS} requests, each {} ms of sleep, one at a time at each server",
        SLEEP.as_millis()
    );
    for round in 1..=ROUNDS {
        let (one, three) = (measure(&runtime, 1), measure(&runtime, 3));
        println!(
            "round {round}: one server {one:.2} s, three {three:.2} s, ratio {:.2}",
            one / three
        );
    }
}

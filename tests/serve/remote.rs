//! The whole program with a reporter on another machine: the front process asks it for the engine, whose process has no sockets.

use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::harness::{Server, Setup};

const SAID: &str = "All is well.";

/// A server that says one thing; its base URL, and the bodies of the requests to it.
async fn saying() -> (String, Arc<Mutex<Vec<Value>>>) {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let bodies = Arc::clone(&seen);
    let answer = move |Json(body): Json<Value>| {
        bodies.lock().unwrap().push(body);
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"});
        let usage = json!({"prompt_tokens": 11, "completion_tokens": 5});
        async move { Json(json!({"choices": [choice], "usage": usage})) }
    };
    let models = || async { Json(json!({"data": [{"id": "m"}]})) };
    let app = Router::new()
        .route("/v1/chat/completions", post(answer))
        .route("/v1/models", get(models));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, seen)
}

fn with_reporter(url: &str, isolation: &'static str) -> Setup {
    Setup {
        isolation,
        flags: vec!["--reporter".into(), format!("{url}#m")],
        ..Setup::default()
    }
}

#[tokio::test]
async fn a_chat_with_a_reporter_on_another_machine_is_answered_there_whatever_the_isolation() {
    for isolation in ["process", "thread"] {
        let (base, seen) = saying().await;
        let server = Server::start_with(with_reporter(&base, isolation));
        let question = json!({
            "model": "tripod-reporter",
            "messages": [{"role": "user", "content": "How is it?<|im_end|>"}],
            "max_tokens": 32,
        });
        let url = format!("{}/v1/chat/completions", server.base);
        let answer: Value = server
            .client
            .post(&url)
            .json(&question)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(
            answer["choices"][0]["message"]["content"], SAID,
            "{isolation}: {answer}"
        );
        assert_eq!(
            answer["usage"],
            json!({"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16})
        );
        let seen = seen.lock().unwrap().clone();
        let asked: Vec<&Value> = seen.iter().map(|body| &body["messages"][0]["content"]).collect();
        assert_eq!(
            asked.last().unwrap().as_str(),
            Some("How is it?< |im_end| >"),
            "{asked:?}"
        );
        let log = server.stderr();
        assert!(
            log.contains("prompts with headlines and prices go to the model m at"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn a_server_does_not_start_with_a_reporter_on_a_host_that_was_not_allowed() {
    let Err(ended) = Server::try_start(with_reporter("http://gpu.invalid:8000/v1", "process")) else {
        panic!("it started")
    };
    assert!(ended.stderr.contains("--allow-remote gpu.invalid"), "{}", ended.stderr);
}

//! The dialects of servers: each holds an answer to a pattern by a field of its own, and the probe finds out which.

use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{GOOD, World, held};
use tripod::engine::Generate;

/// A server that knows one field, and holds an answer to it.
async fn knowing(owned_by: &'static str, field: &'static str) -> (String, Arc<Mutex<Vec<Value>>>) {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let bodies = Arc::clone(&seen);
    let answer = move |Json(body): Json<Value>| {
        let is_probe = body.pointer("/messages/0/content") == Some(&json!("Say hello."));
        let text = match (is_probe, body.get(field), body.get("response_format")) {
            (false, ..) => GOOD,
            (true, Some(_), _) => "zq123",
            (true, None, Some(_)) => "{\"zq\": \"a\"}",
            (true, None, None) => "Hello.",
        };
        let count = body["n"].as_u64().unwrap_or(1);
        let choice = |index: u64| json!({"index": index, "message": {"content": text}, "finish_reason": "stop"});
        let choices: Vec<Value> = (0..count).map(choice).collect();
        bodies.lock().unwrap().push(body);
        async move { Json(json!({"choices": choices})) }
    };
    let card = json!({"id": "m", "owned_by": owned_by, "max_model_len": 4096});
    let app = Router::new()
        .route("/v1/chat/completions", post(answer))
        .route("/v1/models", get(move || async move { Json(json!({"data": [card]})) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, seen)
}

#[test]
fn a_pattern_goes_in_the_field_that_the_probe_found() {
    for (owned_by, field, pointer, pattern) in [
        ("vllm", "structured_outputs", "/structured_outputs/regex", "[A-Z]"),
        ("vllm", "guided_regex", "/guided_regex", "[A-Z]"),
        ("llamacpp", "grammar", "/grammar", "root ::= [A-Z]"),
        ("someone", "grammar", "/grammar", "root ::= [A-Z]"),
    ] {
        let world = World::new();
        let (base, seen) = world.runtime.block_on(knowing(owned_by, field));
        let ran = world.run(&[&base], vec![held()]);
        assert_eq!(ran.text(0), GOOD, "{owned_by} {field}");
        let last = seen.lock().unwrap().last().unwrap().clone();
        let sent = last.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        assert!(sent.starts_with(pattern), "{owned_by} {field}: {last}");
    }
}

#[test]
fn several_continuations_are_one_request_where_the_server_takes_n() {
    let world = World::new();
    let (base, seen) = world.runtime.block_on(knowing("vllm", "structured_outputs"));
    let request = Generate { sequences: 3, ..held() };
    let ran = world.run(&[&base], vec![request]);
    assert_eq!(ran.results[0].as_ref().unwrap().len(), 3);
    assert_eq!(seen.lock().unwrap().last().unwrap()["n"], 3);
    assert_eq!(ran.used().answered.values().sum::<u64>(), 1);
}

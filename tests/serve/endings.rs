//! Requests of every API, and how each ends: with its whole answer, or with an error in the form of its API. An answer that is cut,
//! or that has another API's form, fails the test.

use reqwest::Response;
use serde_json::{Value, json};

use super::harness::{Frame, Server, frames};
use super::running::{chat, forecast, headline};

/// How a request ended: successfully, or with a clean error.
#[derive(Debug, PartialEq)]
pub enum Ending {
    /// The complete answer; for a stream, its last event.
    Whole(Value),
    /// The message of an error.
    Error(String),
}

/// The number of kinds of requests.
pub const KINDS: usize = 15;
/// A short chat.
pub const CHAT: usize = 1;
/// A forecast.
pub const FORECAST: usize = 2;
/// Headlines, which take least.
pub const SENTIMENT: usize = 4;

/// One request of a kind, sent and read to its end.
pub async fn ask(server: &Server, kind: usize, seed: usize) -> Ending {
    let (path, body) = request(kind, seed);
    let request = server.client.post(server.url(path)).json(&body);
    let accepted = request.header("accept", "application/json, text/event-stream");
    ending(accepted.send().await.unwrap()).await
}

/// Kinds of chats, each in another API's form, that are answered whole.
pub const CHATS: [usize; 5] = [CHAT, 5, 7, 10, 14];

/// The route and the body of a kind of request.
pub fn request(kind: usize, seed: usize) -> (&'static str, Value) {
    let messages = json!([{"role": "user", "content": "Tell me of the sea."}]);
    let reporter = "tripod-reporter";
    let options = json!({"num_predict": 4});
    match kind {
        0 => ("/v1/chat/completions", chat(12, true)),
        CHAT => ("/v1/chat/completions", chat(4, false)),
        FORECAST => ("/v1/analyze", forecast(seed, false)),
        3 => ("/v1/analyze", forecast(seed, true)),
        SENTIMENT => ("/v1/sentiment", headline()),
        5 => (
            "/v1/responses",
            json!({"model": reporter, "input": "Hello", "max_output_tokens": 4}),
        ),
        6 => (
            "/v1/responses",
            json!({"model": reporter, "input": "Hello", "max_output_tokens": 12, "stream": true}),
        ),
        7 => (
            "/v1/messages",
            json!({"model": reporter, "messages": messages, "max_tokens": 4}),
        ),
        8 => (
            "/v1/messages",
            json!({"model": reporter, "messages": messages, "max_tokens": 12, "stream": true}),
        ),
        9 => (
            "/api/chat",
            json!({"model": reporter, "messages": messages, "options": options}),
        ),
        10 => (
            "/api/chat",
            json!({"model": reporter, "messages": messages, "options": options, "stream": false}),
        ),
        11 => (
            "/api/generate",
            json!({"model": "tripod-forecaster", "prompt": "The", "options": options}),
        ),
        12 => (
            "/v1/embeddings",
            json!({"model": "tripod-embedder", "input": ["The sea.", "A stock."]}),
        ),
        13 => {
            let arguments = json!({"headlines": ["Chip maker raises its outlook"]});
            let call = json!({"name": "sentiment", "arguments": arguments});
            (
                "/mcp",
                json!({"jsonrpc": "2.0", "id": seed, "method": "tools/call", "params": call}),
            )
        }
        _ => {
            let mut body = chat(4, false);
            body["tools"] =
                json!([{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]);
            ("/v1/chat/completions", body)
        }
    }
}

/// Reads an answer to its end. The test fails if the answer is truncated or ends without a result or an error.
pub async fn ending(response: Response) -> Ending {
    let status = response.status().as_u16();
    let path = &response.url().path().to_owned();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    if kind == "text/event-stream" {
        assert_eq!(status, 200);
        let all = frames(response).await;
        return stream_end(path, all.last().expect("a stream has frames"));
    }
    if kind == "application/x-ndjson" {
        assert_eq!(status, 200);
        let text = response.text().await.unwrap();
        let last: Value = serde_json::from_str(text.lines().last().expect("a line")).unwrap();
        return match last["done"] == true {
            true => Ending::Whole(last),
            false => Ending::Error(message(path, &last)),
        };
    }
    let body: Value = response.json().await.unwrap();
    match status {
        200 if path == "/mcp" => called(body),
        200 => Ending::Whole(body),
        503 => Ending::Error(message(path, &body)),
        _ => panic!("{path}: {status}: {body}"),
    }
}

fn stream_end(path: &str, last: &Frame) -> Ending {
    match last.event.as_deref() {
        None if last.data == "[DONE]" => Ending::Whole(Value::Null),
        None | Some("message") if path == "/mcp" => called(last.json()),
        Some("result" | "message_stop" | "response.completed" | "response.incomplete") => Ending::Whole(last.json()),
        Some("response.failed") => {
            let failed = last.json();
            assert_eq!(failed["response"]["status"], "failed", "{failed}");
            Ending::Error(failed["response"]["error"]["message"].as_str().unwrap().to_owned())
        }
        None | Some("error") => Ending::Error(message(path, &last.json())),
        Some(other) => panic!("{path}: a stream that ends with {other}"),
    }
}

/// The result of a tool's call.
fn called(answer: Value) -> Ending {
    assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
    let result = &answer["result"];
    match result["isError"] == true {
        true => Ending::Error(result["content"][0]["text"].as_str().unwrap().to_owned()),
        false => Ending::Whole(result["structuredContent"].clone()),
    }
}

/// The message of an error, which must have the form of its API.
pub fn message(path: &str, body: &Value) -> String {
    let message = if path.starts_with("/v1/messages") {
        let kind = body["error"]["type"].as_str().unwrap();
        assert!(
            body["type"] == "error" && matches!(kind, "api_error" | "overloaded_error"),
            "{body}"
        );
        &body["error"]["message"]
    } else if path.starts_with("/api/") {
        &body["error"]
    } else {
        assert_eq!(body["error"]["type"], "server_error", "{body}");
        &body["error"]["message"]
    };
    message
        .as_str()
        .unwrap_or_else(|| panic!("{path}: no message in {body}"))
        .to_owned()
}

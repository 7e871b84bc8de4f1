//! A server for tests that speaks as much of OpenAI's API as the remote backend asks for, on a socket of this machine, with scripted
//! failures. It holds no answer to a grammar and knows no `n`.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

/// What a server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers with this text, in pieces of some letters.
    Say(&'static str),
    /// Answers after this time, one request at a time.
    Sleep(Duration, &'static str),
    /// Refuses with a status and a `Retry-After`.
    Refuse(u16, Option<&'static str>),
    /// Breaks off after the first piece.
    BreakOff,
    /// Says its first piece and then nothing.
    FallSilent,
    /// Never answers.
    Hang,
    /// Answers with something else than the API's JSON.
    Nonsense,
    /// Sends text without end.
    Endless,
    /// Redirects to this address.
    Redirect(String),
    /// Answers `/predict` with this.
    Predict(Value),
}

/// A running server.
pub struct TestServer {
    /// Its base URL.
    pub base: String,
    seen: Arc<Mutex<Vec<Value>>>,
}

type Script = Arc<dyn Fn(usize, &Value) -> Act + Send + Sync>;

#[derive(Clone)]
struct Shared {
    script: Script,
    seen: Arc<Mutex<Vec<Value>>>,
    /// Held while a request sleeps.
    alone: Arc<tokio::sync::Mutex<()>>,
}

impl TestServer {
    /// Starts a server that does what `script` says of each request, by its number. Probes get a short answer and are not counted.
    pub async fn start(script: impl Fn(usize, &Value) -> Act + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared {
            script: Arc::new(script),
            seen: Arc::clone(&seen),
            alone: Arc::default(),
        };
        let app = Router::new()
            .route(
                "/v1/models",
                get(|| async { Json(json!({"data": [{"id": "m", "owned_by": "tests"}]})) }),
            )
            .route("/v1/chat/completions", post(answer))
            .route("/v1/completions", post(answer))
            .route("/predict", post(answer))
            .with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        TestServer { base, seen }
    }

    /// The bodies of the requests so far, without those of probes.
    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Shared>, Json(body): Json<Value>) -> Response {
    let is_probe = body.pointer("/messages/0/content") == Some(&json!("Say hello.")) || body["prompt"] == "Hello";
    if is_probe {
        return match body.get("n").and(body.get("stream")) {
            Some(_) => refused(400, None),
            None => Json(
                json!({"choices": [{"message": {"content": "Hello."}, "text": "Hello.", "finish_reason": "stop"}]}),
            )
            .into_response(),
        };
    }
    let number = {
        let mut seen = shared.seen.lock().unwrap();
        seen.push(body.clone());
        seen.len() - 1
    };
    match (shared.script)(number, &body) {
        Act::Say(text) => said(text),
        Act::Sleep(time, text) => {
            let _alone = shared.alone.lock().await;
            tokio::time::sleep(time).await;
            said(text)
        }
        Act::Refuse(status, after) => refused(status, after),
        Act::BreakOff => {
            let first = stream::iter([Ok(Bytes::from(chunk("All ")))]);
            let end = stream::once(async {
                // The first piece is on its way before the connection ends.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::other("the server was killed"))
            });
            streamed(Body::from_stream(first.chain(end)))
        }
        Act::FallSilent => {
            let first = stream::iter([Ok::<_, Infallible>(Bytes::from(chunk("All ")))]);
            streamed(Body::from_stream(first.chain(stream::pending())))
        }
        Act::Hang => std::future::pending().await,
        Act::Nonsense => streamed(Body::from("data: <html>\n\n")),
        Act::Endless => {
            let line = Bytes::from(chunk(&"x".repeat(1 << 16)));
            streamed(Body::from_stream(stream::repeat_with(move || {
                Ok::<_, Infallible>(line.clone())
            })))
        }
        Act::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Act::Predict(rows) => Json(rows).into_response(),
    }
}

fn refused(status: u16, after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let mut response = (status, Json(json!({"error": {"message": "not now"}}))).into_response();
    if let Some(after) = after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, after.parse().unwrap());
    }
    response
}

fn chunk(text: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"index": 0, "delta": {"content": text}, "text": text}]})
    )
}

fn said(text: &str) -> Response {
    let letters: Vec<char> = text.chars().collect();
    let mut body: String = letters
        .chunks(4)
        .map(|piece| chunk(&piece.iter().collect::<String>()))
        .collect();
    for last in [
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5}}),
    ] {
        body.push_str(&format!("data: {last}\n\n"));
    }
    streamed(Body::from(body + "data: [DONE]\n\n"))
}

fn streamed(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

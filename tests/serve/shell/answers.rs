//! The answer and the log entry when a request is refused or a handler fails.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::{Value, json};
use tripod::serve::BodyLimits;

use super::{Server, browser, refusal, within};

#[tokio::test]
async fn unknown_routes_and_methods_are_json_and_405_keeps_allow() {
    let server = Server::plain().await;
    assert_eq!(
        refusal(server.get("/v1/nothing?key-of=x").await, 404).await["code"],
        "unknown_url"
    );
    let long = format!("/{}", "a".repeat(5000));
    assert!(refusal(server.get(&long).await, 404).await.to_string().len() < 1000);
    let response = server.get("/echo").await;
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(refusal(response, 405).await["code"], "method_not_allowed");
    let response = browser().delete(server.url("/who")).send().await.unwrap();
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    refusal(response, 405).await;
    let star = server
        .exchange("OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert!(
        star.starts_with("HTTP/1.1 404 ") && star.contains("\"error\""),
        "{star}"
    );
}

#[tokio::test]
async fn bodies_of_the_wrong_type_are_415() {
    let server = Server::plain().await;
    let send = |kind: &'static str| {
        let request = browser().post(server.url("/echo")).header("content-type", kind);
        request.body(r#"{"ticker": "AAPL"}"#).send()
    };
    for good in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.x+json",
        "application/x-www-form-urlencoded",
    ] {
        assert_eq!(send(good).await.unwrap().text().await.unwrap(), "AAPL", "{good}");
    }
    for bad in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "text/json",
        "json",
        "application/jsonp",
    ] {
        let error = refusal(send(bad).await.unwrap(), 415).await;
        assert_eq!(error["code"], "unsupported_media_type", "{bad}");
    }
    assert_eq!(server.post(r#"{"ticker": "IBM"}"#).await.text().await.unwrap(), "IBM");
}

#[tokio::test]
async fn bodies_over_the_limit_are_413_announced_or_not() {
    let server = Server::start(|options, _| options.body.bytes = 1000).await;
    let fitting = format!(r#"{{"ticker": "{}"}}"#, "A".repeat(900));
    assert_eq!(server.post(fitting).await.status(), 200);
    let large = vec![b' '; 3_000_000];
    refusal(server.post(large.clone()).await, 413).await;
    let pieces: Vec<_> = large
        .chunks(10_000)
        .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let unannounced = reqwest::Body::wrap(StreamBody::new(stream::iter(pieces)));
    refusal(server.post(unannounced).await, 413).await;
    let patient = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n";
    let answer = server.exchange(patient).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let lying =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{\"ticker\": \"A\"}";
    assert!(server.exchange(lying).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn bad_bodies_and_queries_are_400_and_name_the_place() {
    let server = Server::plain().await;
    let error = refusal(server.post("{\n\"ticker\": }").await, 400).await;
    assert!(error["message"].as_str().unwrap().contains("line 2 column"), "{error}");
    assert_eq!(
        refusal(server.post(r#"{"ticker": 1}"#).await, 400).await["param"],
        "ticker"
    );
    assert_eq!(
        refusal(server.post(r#"{"tickr": 1}"#).await, 400).await["param"],
        "tickr"
    );
    assert_eq!(refusal(server.post("").await, 400).await["param"], Value::Null);
    assert_eq!(server.get("/page?limit=7").await.text().await.unwrap(), "7");
    for bad in ["/page?limit=x", "/page", "/page?limit=1&limit=2", "/page?limit=-1"] {
        assert_eq!(refusal(server.get(bad).await, 400).await["param"], "limit", "{bad}");
    }
    assert_eq!(
        refusal(server.get("/page?limit=1&of=set").await, 400).await["param"],
        "of"
    );
    assert_eq!(server.get("/things/a%2Fb").await.text().await.unwrap(), "a/b");
    refusal(server.get("/things/%ff").await, 400).await;
}

#[tokio::test]
async fn a_slow_body_is_408() {
    let server = Server::start(|options, _| {
        options.body = BodyLimits {
            time: Duration::from_millis(200),
            ..BodyLimits::default()
        };
    })
    .await;
    let answer = server
        .exchange("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"tick")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("x-request-id: req_") && answer.contains("request_timeout"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_panic_in_a_handler_is_500_and_the_next_request_runs() {
    let server = Server::plain().await;
    let error = refusal(server.get("/panic").await, 500).await;
    assert_eq!(error["code"], "internal_error");
    assert!(!error.to_string().contains("toy"), "{error}");
    assert_eq!(server.get("/health").await.status(), 200);
}

/// The log of the whole test binary. A subscriber for one thread only would miss the records of other threads.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only log of these tests");
    log
});

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines(&self, with: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains(with));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines that contain `with`, as soon as there are this many.
    async fn wait_for(&self, with: &str, count: usize) -> Vec<Value> {
        while self.lines(with).len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.lines(with)
    }
}

#[tokio::test]
async fn the_log_has_one_line_a_request_under_its_id_and_no_query() {
    let log = &*LOG;
    let mut server = Server::plain().await;

    let id = |response: &reqwest::Response| response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let asked = id(&server.get("/who?q=a-private-question").await);
    let panicked = id(&server.get("/panic").await);
    let stream = server
        .send("GET /wait/for-the-log HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    within(server.begun.recv()).await.unwrap();
    drop(stream);

    let broken_off = within(log.wait_for("/wait/for-the-log", 1)).await;
    assert_eq!(broken_off[0]["fields"]["status"], 0);
    let message = broken_off[0]["fields"]["message"].as_str().unwrap();
    assert!(message.starts_with("request aborted"), "{message}");

    let lines = within(log.wait_for(&panicked, 2)).await;
    assert_eq!(lines[0]["fields"]["panic"], "a toy panics with the client's words");
    assert_eq!(lines[1]["fields"]["status"], 500);

    let lines = within(log.wait_for(&asked, 1)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["fields"]["message"], "request finished");
    assert_eq!(lines[0]["fields"]["status"], 200);
    assert!(lines[0]["fields"]["ms"].is_u64(), "{lines:?}");
    let span = json!({"id": asked, "method": "GET", "path": "/who", "name": "request"});
    assert_eq!(lines[0]["span"], span);
    assert!(log.lines("a-private-question").is_empty());
}

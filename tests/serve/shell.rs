//! The HTTP middleware over real sockets, around a router with test handlers: who is admitted, the form of every refusal, and
//! how much slow, silent, disconnected and greedy clients can block.

mod answers;
mod doors;
mod peers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use reqwest::Client as Browser;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use tripod::net::Secret;
use tripod::serve::{
    ApiKeys, Client, ConnectionLimits, JsonBody, MiddlewareOptions, PathText, QueryOf, RequestId, SseFrame, accept,
    sse, with_middleware,
};

const KEY: &str = "key-of-the-first-client";

/// Long enough for a loaded machine; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Records when handlers begin and when the resources they hold are dropped.
#[derive(Clone)]
struct Signals {
    begun: mpsc::UnboundedSender<()>,
    dropped: mpsc::UnboundedSender<()>,
}

struct Held(mpsc::UnboundedSender<()>);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

struct Server {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
    begun: mpsc::UnboundedReceiver<()>,
    dropped: mpsc::UnboundedReceiver<()>,
    release: Arc<tokio::sync::Notify>,
}

impl Server {
    async fn start(change: impl FnOnce(&mut MiddlewareOptions, &mut ConnectionLimits)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut options = MiddlewareOptions::new(addr);
        let mut limits = ConnectionLimits::default();
        change(&mut options, &mut limits);
        let (begun_sender, begun) = mpsc::unbounded_channel();
        let (dropped_sender, dropped) = mpsc::unbounded_channel();
        let release = Arc::new(tokio::sync::Notify::new());
        let signals = Signals {
            begun: begun_sender,
            dropped: dropped_sender,
        };
        let app = with_middleware(toys(signals, Arc::clone(&release)), &options);
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(accept(listener, app, limits, stopped));
        Self {
            addr,
            stop,
            running,
            begun,
            dropped,
            release,
        }
    }

    async fn plain() -> Self {
        Self::start(|_, _| ()).await
    }

    async fn with_key() -> Self {
        let keys = ApiKeys::new(&[Secret::new(KEY), Secret::new("key-of-the-second-client")]).unwrap();
        Self::start(|options, _| options.keys = keys).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        browser().get(self.url(path)).send().await.unwrap()
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::Response {
        browser().post(self.url("/echo")).body(body).send().await.unwrap()
    }

    /// A raw connection on which `text` was sent.
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The complete answer to a raw request; the server must close the connection.
    async fn exchange(&self, text: &str) -> String {
        read_to_close(self.send(text).await).await
    }
}

fn toys(signals: Signals, release: Arc<tokio::sync::Notify>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/who", get(who))
        .route(
            "/echo",
            post(|JsonBody(asked): JsonBody<Asked>| async move { asked.ticker }),
        )
        .route(
            "/page",
            get(|QueryOf(page): QueryOf<Page>| async move { page.limit.to_string() }),
        )
        .route("/things/{id}", get(|PathText(id): PathText| async move { id }))
        .route("/wait", get(wait))
        .route("/wait/{whose}", get(wait))
        .route("/panic", get(panicking))
        .route("/silence", get(silence))
        .route("/flood", get(flood))
        .with_state((signals, release))
}

type Toys = State<(Signals, Arc<tokio::sync::Notify>)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ticker: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: u32,
}

async fn who(Extension(client): Extension<Client>, Extension(id): Extension<RequestId>) -> Json<Value> {
    Json(json!({"client": format!("{client:?}"), "id": &*id.0}))
}

/// Runs until it is released or dropped.
async fn wait(State((signals, release)): Toys) -> &'static str {
    let _held = Held(signals.dropped);
    let released = release.notified();
    signals.begun.send(()).unwrap();
    released.await;
    "waited"
}

async fn panicking() {
    panic!("a toy panics with the client's words");
}

/// Sends one event and then nothing more.
async fn silence(State((signals, _)): Toys) -> Response {
    let held = Held(signals.dropped);
    let events = stream::iter([SseFrame::data("{}")]).chain(stream::pending());
    sse(
        events.inspect(move |_| {
            let _ = &held;
        }),
        PATIENCE,
    )
}

/// Sends more than any client reads.
async fn flood(State((signals, _)): Toys) -> Response {
    let held = Held(signals.dropped);
    signals.begun.send(()).unwrap();
    let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
    Response::new(Body::from_stream(stream::repeat_with(move || {
        let _ = &held;
        Ok::<_, std::io::Error>(chunk.clone())
    })))
}

/// A client without proxies and persistent connections.
fn browser() -> Browser {
    let builder = Browser::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE);
    builder.build().unwrap()
}

async fn read_to_close(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer also counts as closing.
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

/// Checks that a refusal is JSON, has an id and discloses no key. Returns the error.
async fn refusal(response: reqwest::Response, status: u16) -> Value {
    assert_eq!(response.status().as_u16(), status, "{response:?}");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(id.starts_with("req_") && id.len() == 36, "{id}");
    assert_eq!(response.headers()["content-type"], "application/json");
    let text = response.text().await.unwrap();
    assert!(!text.contains("key-of"), "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    let error = body["error"].clone();
    assert!(error["message"].is_string() && error["type"].is_string(), "{body}");
    error
}

//! A local web server with scripted answers, one for each request, that records the requests. Shared by all tests of HTTP
//! clients.

pub mod chart;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, Uri};

use tripod::net::{HttpClient, HttpOptions, RequestOptions, RetryPolicy};

/// A scripted answer.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    cut: bool,
}

impl Reply {
    pub fn json(value: &serde_json::Value) -> Self {
        Self::text(200, &value.to_string()).header("content-type", "application/json")
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            delay: Duration::ZERO,
            cut: false,
        }
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Waits before answering.
    pub fn late(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Announces the whole body, sends half of it and closes the connection.
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// A running server; it stops with the test's runtime.
pub struct Web {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    at_once: Arc<AtMost>,
}

/// Requests under way, and the most that were so at the same time.
#[derive(Default)]
struct AtMost {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Web {
    /// Answers the n-th request with the n-th reply, and all later requests with the last reply.
    pub async fn answering(replies: Vec<Reply>) -> Self {
        Self::choosing(move |_, number| replies[number.min(replies.len() - 1)].clone()).await
    }

    /// Answers each request with the reply that `choose` gives for its address and its number, from 0.
    pub async fn choosing(choose: impl Fn(&Uri, usize) -> Reply + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let at_once: Arc<AtMost> = Arc::default();
        let counter = Arc::clone(&at_once);
        let choose = Arc::new(choose);
        let service = move |method: axum::http::Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let reply = {
                let mut log = log.lock().unwrap();
                let reply = choose(&uri, log.len());
                log.push(Seen {
                    method: method.to_string(),
                    path: uri.path().to_owned(),
                    query: uri.query().unwrap_or_default().to_owned(),
                    headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                });
                reply
            };
            let counter = Arc::clone(&counter);
            async move {
                counter
                    .most
                    .fetch_max(counter.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(reply.delay).await;
                counter.now.fetch_sub(1, Ordering::SeqCst);
                response(reply)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(service);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen, at_once }
    }

    /// Answers by the path; a path that is not named gets the status 404.
    pub async fn answering_by_path(replies: &[(&str, Reply)]) -> Self {
        let replies: Vec<(String, Reply)> = replies
            .iter()
            .map(|(path, reply)| ((*path).to_owned(), reply.clone()))
            .collect();
        Self::choosing(move |uri, _| {
            let found = replies.iter().find(|(path, _)| path == uri.path());
            found.map_or_else(|| Reply::text(404, "not here"), |(_, reply)| reply.clone())
        })
        .await
    }

    pub async fn answering_once(reply: Reply) -> Self {
        Self::answering(vec![reply]).await
    }

    /// The requests received so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The most requests that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.at_once.most.load(Ordering::SeqCst)
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    if !reply.cut {
        return response.body(Body::from(reply.body)).unwrap();
    }
    let half = Bytes::from(reply.body[..reply.body.len() / 2].to_vec());
    let parts = [Ok(half), Err(std::io::Error::other("the cable was cut"))];
    response
        .header("content-length", reply.body.len())
        .body(Body::from_stream(futures_util::stream::iter(parts)))
        .unwrap()
}

/// A client configured as in the product.
pub fn client() -> HttpClient {
    HttpClient::new(&HttpOptions::default()).unwrap()
}

/// Two retries with short delays.
pub fn impatient() -> RequestOptions {
    RequestOptions {
        timeout: Duration::from_secs(5),
        retry: RetryPolicy {
            retries: 2,
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_secs(1),
            longest_wait: Duration::from_secs(1),
            total: Duration::from_secs(60),
        },
        ..RequestOptions::default()
    }
}

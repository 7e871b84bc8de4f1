//! A local web server with scripted answers, one for each request, that records the requests. Shared by all tests of HTTP
//! clients.

pub mod chart;

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
}

impl Web {
    /// Answers the n-th request with the n-th reply, and all later requests with the last reply.
    pub async fn answering(replies: Vec<Reply>) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let service = move |method: axum::http::Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let reply = {
                let mut log = log.lock().unwrap();
                let reply = replies[log.len().min(replies.len() - 1)].clone();
                log.push(Seen {
                    method: method.to_string(),
                    path: uri.path().to_owned(),
                    query: uri.query().unwrap_or_default().to_owned(),
                    headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                });
                reply
            };
            async move {
                tokio::time::sleep(reply.delay).await;
                response(reply)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(service);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    pub async fn answering_once(reply: Reply) -> Self {
        Self::answering(vec![reply]).await
    }

    /// The requests received so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
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
        retry_unauthorized: false,
    }
}

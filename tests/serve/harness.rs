//! A server for the tests of its routes: the process, a client, and the requests that all tests use.

use std::process::ExitStatus;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::server::{NotStarted, ServerProcess};

/// Long enough for a loaded machine; a request that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(300);

/// Settings of a server under test.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// `process` or `thread`; empty for the default.
    pub isolation: &'static str,
    /// Flags in addition to `--demo`, `--addr` and `--store`; an `--addr` here replaces the loopback one.
    pub flags: Vec<String>,
    /// Additional environment variables.
    pub env: Vec<(&'static str, String)>,
    /// The API key that the server's client sends with every request.
    pub key: Option<&'static str>,
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Server {
    /// Its base URL, `http://127.0.0.1:PORT`.
    pub base: String,
    /// A client without proxies and retries.
    pub client: Client,
    process: ServerProcess,
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub event: Option<String>,
    pub data: String,
}

impl Server {
    /// A server with the engine in a `process` or on a `thread`.
    pub fn start(isolation: &'static str) -> Self {
        Self::start_with(Setup {
            isolation,
            ..Setup::default()
        })
    }

    pub fn start_with(setup: Setup) -> Self {
        Self::try_start(setup).unwrap_or_else(|ended| panic!("no server: {ended:?}"))
    }

    /// Waits until the server listens or ends.
    pub fn try_start(setup: Setup) -> Result<Self, NotStarted> {
        let mut headers = HeaderMap::new();
        if let Some(key) = setup.key {
            headers.insert(
                "authorization",
                HeaderValue::from_str(&format!("Bearer {key}")).unwrap(),
            );
        }
        let client = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .default_headers(headers)
            .build()
            .unwrap();
        let process = ServerProcess::start(crate::server::Setup {
            isolation: setup.isolation,
            flags: setup.flags,
            env: setup.env,
        })?;
        Ok(Server {
            base: process.base.clone(),
            client,
            process,
        })
    }

    /// The server process.
    pub fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Everything written to standard error so far.
    pub fn stderr(&self) -> String {
        self.process.stderr.lock().unwrap().clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.client.get(self.url(path))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.client.post(self.url(path)).json(body)).await
    }

    /// All events of a stream that starts successfully.
    pub async fn stream(&self, path: &str, body: &Value) -> Vec<Frame> {
        let response = self.client.post(self.url(path)).json(body).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{response:?}");
        frames(response).await
    }

    /// Sends a signal to the server process.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process.child), signal).unwrap();
    }

    /// Waits for the process to end; `None` on a timeout.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.process.wait(patience)
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a successful answer.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The error of a refused request.
    pub fn refusal(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        let error = self.json()["error"].clone();
        assert!(
            error["message"].is_string() && error["type"].is_string(),
            "{}",
            self.text
        );
        error
    }
}

impl Frame {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends a request and reads the complete answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, text }
}

/// Reads a stream of events to its end, without the heartbeats.
pub async fn frames(mut response: Response) -> Vec<Frame> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).unwrap();
    text.split("\n\n").filter_map(frame).collect()
}

fn frame(text: &str) -> Option<Frame> {
    let of = |name: &'static str| text.lines().filter_map(move |line| line.strip_prefix(name));
    let data: Vec<&str> = of("data: ").collect();
    (!data.is_empty()).then(|| Frame {
        event: of("event: ").next().map(str::to_owned),
        data: data.join("\n"),
    })
}

//! The real binary as a server: `tripod serve --demo` on a port of its own, with an empty store, one compute thread, no
//! configuration file and no secrets; and the few requests that every test makes of it. Fetches no model.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// Long enough for a loaded machine; a request that takes so long has failed.
const PATIENCE: Duration = Duration::from_secs(300);

/// The longest that a start may take; a debug binary on a loaded machine needs some seconds.
const START: Duration = Duration::from_secs(60);

/// What a server may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);

/// How to start a server.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// `process` or `thread`; empty for the default.
    pub isolation: &'static str,
    /// Flags beside `--demo`, `--addr` and `--store`; an `--addr` here replaces the loopback one.
    pub flags: Vec<String>,
    /// More of the environment.
    pub env: Vec<(&'static str, String)>,
    /// Sent with every request of the server's own client.
    pub key: Option<&'static str>,
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub base: String,
    /// One that meets no proxy and repeats nothing.
    pub client: Client,
    child: Child,
    stderr: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
    _store: TempDir,
}

/// A server that ended before it listened.
#[derive(Debug)]
pub struct NotStarted {
    pub status: ExitStatus,
    pub stderr: String,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// One event of a stream.
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
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command
            .args(["serve", "--demo", "--store"])
            .arg(store.path().join("analyses.sqlite"));
        if !setup.flags.iter().any(|flag| flag == "--addr") {
            command.args(["--addr", "127.0.0.1:0"]);
        }
        for name in [
            "TRIPOD_CONFIG",
            "TRIPOD_ADDR",
            "TRIPOD_API_KEYS",
            "TRIPOD_API_KEY_FILE",
            "TRIPOD_ISOLATION",
            "TRIPOD_STORE",
            "NEWSAPI_KEY",
            "TRIPOD_NEWSAPI_KEY",
        ] {
            command.env_remove(name);
        }
        command
            .env("TRIPOD_THREADS", "1")
            .env("XDG_CONFIG_HOME", "/nonexistent");
        if !setup.isolation.is_empty() {
            command.args(["--isolation", setup.isolation]);
        }
        command.args(&setup.flags).envs(setup.env);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (told, listening) = mpsc::channel();
        let reading = read_stderr(&mut child, Arc::clone(&stderr), told);
        let Ok(base) = listening.recv_timeout(START) else {
            let Some(status) = wait(&mut child, Duration::from_secs(1)) else {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it neither listens nor ends: {}", stderr.lock().unwrap());
            };
            reading.join().unwrap();
            let stderr = stderr.lock().unwrap().clone();
            return Err(NotStarted { status, stderr });
        };
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
        Ok(Server {
            base,
            client,
            child,
            stderr,
            reading: Some(reading),
            _store: store,
        })
    }

    /// The front's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that it has written to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
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

    /// The events of a stream that begins well, to its end.
    pub async fn stream(&self, path: &str, body: &Value) -> Vec<Frame> {
        let response = self.client.post(self.url(path)).json(body).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{response:?}");
        frames(response).await
    }

    /// Sends a signal to the front.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; `None` when it does not come in time.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let status = wait(&mut self.child, patience)?;
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
        Some(status)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if wait(&mut self.child, STOP).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of an answer that must be good.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The error of an answer that must be a refusal.
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

/// Sends a request and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, text }
}

/// Reads a stream of events to its end; heartbeats are left out.
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

/// Keeps what the server says, and tells the address once it listens.
fn read_stderr(child: &mut Child, kept: Arc<Mutex<String>>, told: mpsc::Sender<String>) -> JoinHandle<()> {
    let stderr = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            kept.lock().unwrap().push_str(&(line.clone() + "\n"));
            if let Some(base) = line.strip_prefix("listening on ") {
                let _ = told.send(base.to_owned());
            }
        }
    })
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

//! A running server seen from outside: its processes, memory and descriptors, and its streams. Linux only.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use procfs::process::{Process, all_processes};
use reqwest::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::harness::Server;

/// Anything that takes longer hangs, even on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Tests that load the machine run one at a time.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until no other such test runs.
pub async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// A chat request that generates up to the token limit.
pub fn chat(tokens: usize, stream: bool) -> Value {
    chat_about("Tell me of the sea.", tokens, stream)
}

/// The same with another message.
pub fn chat_about(text: &str, tokens: usize, stream: bool) -> Value {
    json!({
        "model": "tripod-reporter",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": tokens,
        "stream": stream,
        // The two end-of-text tokens of the demo's reporter.
        "logit_bias": {"0": -100, "2": -100},
    })
}

/// A short analysis; with another seed it is a different request. One of the four paths is accepted, whatever the seed.
pub fn forecast(seed: usize, stream: bool) -> Value {
    json!({
        "ticker": "AAPL",
        "horizon_days": 1,
        "context_days": 10,
        "samples": 4,
        "stages": ["forecast"],
        "seed": seed,
        "stream": stream,
    })
}

pub fn headline() -> Value {
    json!({"headlines": [{"title": "Chip maker raises its outlook after record orders"}]})
}

/// A client that keeps no connections open, so that the server's descriptors can be counted.
pub fn one_shot() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// The child processes of the server with their states; `Z` is a zombie.
pub fn children(server: &Server) -> Vec<(Pid, char)> {
    let front = i32::try_from(server.pid()).unwrap();
    let stats = all_processes().unwrap().filter_map(|process| process.ok()?.stat().ok());
    stats
        .filter(|stat| stat.ppid == front)
        .map(|stat| (Pid::from_raw(stat.pid).unwrap(), stat.state))
        .collect()
}

/// The engine process; waits until there is one.
pub async fn engine(server: &Server) -> Pid {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some((pid, _)) = children(server).into_iter().find(|(_, state)| *state != 'Z') {
            return pid;
        }
        assert!(Instant::now() < deadline, "no engine: {}", server.stderr());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Whether a process exists and is not a zombie.
pub fn lives(pid: Pid) -> bool {
    let stat = Process::new(pid.as_raw_nonzero().get()).and_then(|process| process.stat());
    stat.is_ok_and(|stat| stat.state != 'Z')
}

/// Sends a signal to the engine; ignores an engine that has ended.
pub fn signal(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// Open descriptors of the server process.
pub fn descriptors(server: &Server) -> usize {
    front(server).fd_count().unwrap()
}

/// Anonymous memory of the server process, bytes.
pub fn memory(server: &Server) -> u64 {
    front(server).status().unwrap().rssanon.unwrap() * 1024
}

fn front(server: &Server) -> Process {
    Process::new(i32::try_from(server.pid()).unwrap()).unwrap()
}

/// Polls until the condition is true.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}: not in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The status and body of `GET /ready`.
pub async fn ready(server: &Server) -> (u16, Value) {
    let answer = server.get("/ready").await;
    (answer.status, answer.json())
}

/// Waits until the server is ready, has no more open descriptors than at the start, and has exactly one engine.
pub async fn comes_to_rest(server: &Server, at_the_start: usize) {
    until("ready again", async || ready(server).await.0 == 200).await;
    until("the descriptors return", async || {
        descriptors(server) <= at_the_start + 2
    })
    .await;
    let left = children(server);
    assert!(left.len() == 1 && left[0].1 != 'Z', "{left:?}");
}

/// Sends a POST and returns as soon as the response headers have arrived.
pub async fn open(server: &Server, path: &str, body: &Value) -> Response {
    server.client.post(server.url(path)).json(body).send().await.unwrap()
}

/// Reads a chat stream until the first text arrives.
pub async fn first_piece(response: &mut Response) {
    let mut text = String::new();
    while text.matches("data: ").count() < 2 {
        let chunk = response.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
}

/// Whether a port accepts connections.
pub fn takes_connections(server: &Server) -> bool {
    TcpStream::connect(server.base.trim_start_matches("http://")).is_ok()
}

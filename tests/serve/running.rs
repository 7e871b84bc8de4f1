//! A running server seen from outside: its processes, its memory and descriptors, and its streams as they come. Linux only.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use procfs::process::{Process, all_processes};
use reqwest::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::harness::{Server, frames};

/// What takes so long hangs, on however loaded a machine.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The tests that load the machine take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits for the machine.
pub async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// A chat with the reporter that runs to its last token.
pub fn chat(tokens: usize, stream: bool) -> Value {
    chat_about("Tell me of the sea.", tokens, stream)
}

/// The same with another text.
pub fn chat_about(text: &str, tokens: usize, stream: bool) -> Value {
    json!({
        "model": "tripod-reporter",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": tokens,
        "stream": stream,
        // The two tokens with which the demo's reporter ends.
        "logit_bias": {"0": -100, "2": -100},
    })
}

/// A short analysis; another seed makes it another question. Of four paths one is possible, whatever the seed.
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

/// A client that keeps no connection open, so that the server's descriptors can be counted.
pub fn one_shot() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// The front's children with their states; `Z` is a zombie.
pub fn children(server: &Server) -> Vec<(Pid, char)> {
    let front = i32::try_from(server.pid()).unwrap();
    let stats = all_processes().unwrap().filter_map(|process| process.ok()?.stat().ok());
    stats
        .filter(|stat| stat.ppid == front)
        .map(|stat| (Pid::from_raw(stat.pid).unwrap(), stat.state))
        .collect()
}

/// The engine's process, as soon as there is one.
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

/// Whether a process is there and no zombie.
pub fn lives(pid: Pid) -> bool {
    let stat = Process::new(pid.as_raw_nonzero().get()).and_then(|process| process.stat());
    stat.is_ok_and(|stat| stat.state != 'Z')
}

/// Sends a signal to the engine; one that is gone meanwhile needs none.
pub fn signal(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// Open descriptors of the front.
pub fn descriptors(server: &Server) -> usize {
    front(server).fd_count().unwrap()
}

/// Anonymous memory of the front, bytes.
pub fn memory(server: &Server) -> u64 {
    front(server).status().unwrap().rssanon.unwrap() * 1024
}

fn front(server: &Server) -> Process {
    Process::new(i32::try_from(server.pid()).unwrap()).unwrap()
}

/// Asks until the answer is yes.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}: not in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What `GET /ready` says, with its status.
pub async fn ready(server: &Server) -> (u16, Value) {
    let answer = server.get("/ready").await;
    (answer.status, answer.json())
}

/// Waits until the server takes work, then until its front holds no more descriptors than at the start, and one engine alone.
pub async fn comes_to_rest(server: &Server, at_the_start: usize) {
    until("ready again", async || ready(server).await.0 == 200).await;
    until("the descriptors return", async || {
        descriptors(server) <= at_the_start + 2
    })
    .await;
    let left = children(server);
    assert!(left.len() == 1 && left[0].1 != 'Z', "{left:?}");
}

/// Posts, and gives the answer back as soon as its head is there.
pub async fn open(server: &Server, path: &str, body: &Value) -> Response {
    server.client.post(server.url(path)).json(body).send().await.unwrap()
}

/// Reads a chat's stream until the model has written something.
pub async fn first_piece(response: &mut Response) {
    let mut text = String::new();
    while text.matches("data: ").count() < 2 {
        let chunk = response.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
}

/// How a request ended: well, or with a clean error.
#[derive(Debug, PartialEq)]
pub enum Ending {
    /// The whole answer; of a stream its last frame.
    Whole(Value),
    /// An error's message.
    Error(String),
}

/// Reads an answer to its end. One that is cut short, or ends without saying how, fails the test.
pub async fn ending(response: Response) -> Ending {
    let status = response.status().as_u16();
    if response.headers()["content-type"] != "text/event-stream" {
        let body: Value = response.json().await.unwrap();
        return match status {
            200 => Ending::Whole(body),
            503 => Ending::Error(message(&body)),
            _ => panic!("{status}: {body}"),
        };
    }
    let all = frames(response).await;
    let last = all.last().expect("a stream has frames");
    match last.event.as_deref() {
        None if last.data == "[DONE]" => Ending::Whole(Value::Null),
        Some("result") => Ending::Whole(last.json()),
        None | Some("error") => Ending::Error(message(&last.json())),
        Some(other) => panic!("a stream that ends with {other}"),
    }
}

fn message(body: &Value) -> String {
    assert_eq!(body["error"]["type"], "server_error", "{body}");
    body["error"]["message"].as_str().unwrap().to_owned()
}

/// Whether somebody listens.
pub fn takes_connections(server: &Server) -> bool {
    TcpStream::connect(server.base.trim_start_matches("http://")).is_ok()
}

//! Many clients at once, most of them bad: those who ask well are served, those who leave free their places, those who do not
//! read hold nobody up, and the front neither grows nor falls silent.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{Answer, Server, Setup, send};
use super::running::{
    PATIENCE, chat, chat_about, comes_to_rest, descriptors, first_piece, forecast, headline, memory, one_shot, open,
    ready, turn, until,
};

const CLIENTS: usize = 32;

/// What a request is like. Most are bad, because they cost the test least.
const MIX: [(Kind, usize); 9] = [
    (Kind::Chat, 24),
    (Kind::Sentiment, 20),
    (Kind::Forecast, 4),
    (Kind::LeavesInPrefill, 8),
    (Kind::LeavesInDecode, 8),
    (Kind::ReadsSlowly, 6),
    (Kind::NeverReads, 6),
    (Kind::Bad, 80),
    (Kind::NoJson, 44),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Chat,
    Sentiment,
    Forecast,
    LeavesInPrefill,
    LeavesInDecode,
    ReadsSlowly,
    NeverReads,
    Bad,
    NoJson,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_mixed_requests_from_thirty_two_clients() {
    let _turn = turn().await;
    let mut server = Server::start_with(Setup {
        isolation: "process",
        flags: vec!["--queue".into(), "4".into()],
        ..Setup::default()
    });
    server.client = one_shot();
    server.post("/v1/chat/completions", &chat(1, false)).await.ok();
    let (descriptors_before, memory_before) = (descriptors(&server), memory(&server));
    let server = Arc::new(server);
    let over = Arc::new(AtomicBool::new(false));
    let health = tokio::spawn(watch_health(Arc::clone(&server), Arc::clone(&over)));
    let kinds: Vec<Kind> = MIX.iter().flat_map(|&(kind, count)| vec![kind; count]).collect();
    assert_eq!(kinds.len(), 200);
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (server, kinds, next) = (Arc::clone(&server), kinds.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // A step that shares no divisor with 200 mixes the kinds and leaves none out.
                    let Some(_) = kinds.get(number) else { return };
                    ask(&server, kinds[number * 77 % kinds.len()], number).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    let slowest = health.await.unwrap();
    assert!(slowest < Duration::from_secs(1), "/health took {slowest:?}");
    let grown = memory(&server).saturating_sub(memory_before);
    assert!(grown < 32 << 20, "the front grew by {grown} bytes");
    assert_eq!(ready(&server).await.1["engine_restarts"], 0);
    comes_to_rest(&server, descriptors_before).await;
}

/// The longest that `/health` took.
async fn watch_health(server: Arc<Server>, over: Arc<AtomicBool>) -> Duration {
    let mut slowest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        server.get("/health").await.ok();
        slowest = slowest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    slowest
}

async fn ask(server: &Server, kind: Kind, number: usize) {
    let chat_path = "/v1/chat/completions";
    match kind {
        Kind::Chat => good(server, chat_path, &chat(2, false)).await,
        Kind::Sentiment => good(server, "/v1/sentiment", &headline()).await,
        Kind::Forecast => good(server, "/v1/analyze", &forecast(number, false)).await,
        Kind::LeavesInPrefill => {
            let long = chat_about(&"word ".repeat(1500), 4, false);
            let request = server.client.post(server.url(chat_path)).json(&long).send();
            // Whether it is refused, waits or is read by the model: the client is gone.
            let _ = tokio::time::timeout(Duration::from_millis(300), request).await;
        }
        Kind::LeavesInDecode => {
            let mut response = open(server, chat_path, &chat(1000, true)).await;
            if response.status() == 200 {
                first_piece(&mut response).await;
            }
        }
        Kind::ReadsSlowly => {
            let mut stream = raw(server, &chat(200, true)).await;
            for _ in 0..4 {
                stream.read_u8().await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Kind::NeverReads => {
            let _stream = raw(server, &chat(200, true)).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Kind::Bad => {
            let (path, body, status) = match number % 4 {
                0 => (chat_path, json!({"model": "tripod-reporter", "messages": "none"}), 400),
                1 => (
                    chat_path,
                    json!({"model": "nobody", "messages": [{"role": "user", "content": "A"}]}),
                    404,
                ),
                2 => ("/v1/nothing", json!({}), 404),
                _ => (chat_path, chat_about(&"a".repeat(2 << 20), 1, false), 413),
            };
            server.post(path, &body).await.refusal(status);
        }
        Kind::NoJson => {
            let request = server
                .client
                .post(server.url(chat_path))
                .header("content-type", "text/csv")
                .body("a,b");
            send(request).await.refusal(415);
        }
    }
}

/// A request that must succeed, after it has been told to come again as often as may be.
async fn good(server: &Server, path: &str, body: &Value) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = server.post(path, body).await;
        if answer.status != 429 {
            answer.ok();
            return;
        }
        is_full(&answer);
        assert!(Instant::now() < deadline, "the queue stays full");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn is_full(answer: &Answer) {
    let error = answer.refusal(429);
    assert_eq!(
        (&error["type"], &error["code"]),
        (&"rate_limit_error".into(), &"queue_full".into())
    );
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
}

/// A request over a bare socket, of which nothing is read.
async fn raw(server: &Server, body: &Value) -> TcpStream {
    let address = server.base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = body.to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_place_within_two_seconds() {
    let _turn = turn().await;
    let server = Server::start("process");
    let path = "/v1/chat/completions";
    let short = async || {
        let begun = Instant::now();
        server.post(path, &chat(2, false)).await.ok();
        begun.elapsed()
    };
    short().await;
    let normal = short().await.max(short().await);
    // The engine finishes opening its arena before it looks whether anybody still waits; so that is counted once more.
    let bound = Duration::from_secs(2) + 2 * normal;

    let long = chat_about(&"word ".repeat(6000), 4, false);
    let in_prefill = server.client.post(server.url(path)).json(&long).send();
    assert!(
        tokio::time::timeout(Duration::from_millis(300), in_prefill)
            .await
            .is_err()
    );
    let took = short().await;
    assert!(
        took < bound,
        "after one that left in prefill: {took:?}, normally {normal:?}"
    );

    let mut in_decode = open(&server, path, &chat(4000, true)).await;
    first_piece(&mut in_decode).await;
    drop(in_decode);
    let took = short().await;
    assert!(
        took < bound,
        "after one that left in decode: {took:?}, normally {normal:?}"
    );
    assert_eq!(ready(&server).await.1["engine_restarts"], 0);
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_again() {
    let _turn = turn().await;
    let server = Arc::new(Server::start_with(Setup {
        flags: vec!["--queue".into(), "1".into()],
        ..Setup::default()
    }));
    // Four in hand and one that waits.
    let asked: Vec<_> = (0..5)
        .map(|seed| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.post("/v1/analyze", &forecast(seed, false)).await })
        })
        .collect();
    until("one waits", async || ready(&server).await.1["waiting"] == 1).await;
    is_full(&server.post("/v1/analyze", &forecast(5, false)).await);
    for one in asked {
        one.abort();
    }
    good(&server, "/v1/analyze", &forecast(5, false)).await;
}

#[tokio::test]
async fn one_client_that_asks_for_much_does_not_hold_another_up() {
    let _turn = turn().await;
    let (greedy, modest) = ("the-key-of-the-greedy-client", "the-key-of-the-modest-client");
    let flags = ["--api-key", greedy, "--api-key", modest].map(str::to_owned).to_vec();
    let server = Arc::new(Server::start_with(Setup {
        flags,
        key: Some(modest),
        ..Setup::default()
    }));
    let finished = Arc::new(Mutex::new(Vec::new()));
    let ask = |key: &'static str| {
        let (server, finished) = (Arc::clone(&server), Arc::clone(&finished));
        tokio::spawn(async move {
            let request = server
                .client
                .post(server.url("/v1/chat/completions"))
                .json(&chat(1, false));
            send(request.bearer_auth(key)).await.ok();
            finished.lock().unwrap().push(key);
        })
    };
    // Eight are in hand, the others wait: with the places that become free come another eight, and then the last.
    let mut asked: Vec<_> = (0..24).map(|_| ask(greedy)).collect();
    until("sixteen wait", async || ready(&server).await.1["waiting"] == 16).await;
    asked.push(ask(modest));
    for one in asked {
        one.await.unwrap();
    }
    let finished = finished.lock().unwrap();
    let place = finished.iter().position(|key| *key == modest).unwrap() + 1;
    assert!(place <= 18, "finished as number {place} of {}", finished.len());
}

#[tokio::test]
async fn four_chats_are_written_together() {
    let _turn = turn().await;
    let server = Arc::new(Server::start("process"));
    let order = Arc::new(Mutex::new(Vec::new()));
    let asked: Vec<_> = (0..4)
        .map(|_| {
            let (server, order) = (Arc::clone(&server), Arc::clone(&order));
            tokio::spawn(async move {
                let mut response = open(&server, "/v1/chat/completions", &chat(64, true)).await;
                first_piece(&mut response).await;
                order.lock().unwrap().push("begins");
                read_to_end(response).await;
                order.lock().unwrap().push("ends");
            })
        })
        .collect();
    for one in asked {
        one.await.unwrap();
    }
    let order = order.lock().unwrap();
    assert_eq!(order[..4], ["begins"; 4], "{order:?}");
}

async fn read_to_end(mut response: Response) {
    while response.chunk().await.unwrap().is_some() {}
}

//! Many clients at once, most of them misbehaving: correct requests are served, disconnecting releases the slot, slow readers
//! block nobody, and the server process neither grows nor stops responding.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::endings::{CHATS, request};
use super::harness::{Answer, Server, Setup, send};
use super::running::{
    chat, chat_about, comes_to_rest, descriptors, first_piece, forecast, headline, memory, one_shot, open, ready, turn,
    until,
};

const CLIENTS: usize = 32;

/// The kinds of requests. Most misbehave, because those cost the test least.
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
                    // 77 shares no divisor with 200, so this visits every request once, in mixed order.
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
    let (answers, slowest) = health.await.unwrap();
    eprintln!("/health answered {answers} times while the server worked, at the slowest in {slowest:?}");
    // If work blocked the server process, `/health` would answer only a few times, after the work.
    assert!(
        answers >= CLIENTS,
        "/health answered {answers} times while the server worked"
    );
    let grown = memory(&server).saturating_sub(memory_before);
    assert!(grown < 32 << 20, "the server process grew by {grown} bytes");
    assert_eq!(ready(&server).await.1["engine_restarts"], 0);
    comes_to_rest(&server, descriptors_before).await;
}

/// Counts the answers of `/health` while there is work, and the longest response time.
async fn watch_health(server: Arc<Server>, over: Arc<AtomicBool>) -> (usize, Duration) {
    let (mut answers, mut slowest) = (0, Duration::ZERO);
    loop {
        let begun = Instant::now();
        server.get("/health").await.ok();
        if over.load(Ordering::Relaxed) {
            return (answers, slowest);
        }
        answers += 1;
        slowest = slowest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn ask(server: &Server, kind: Kind, number: usize) {
    let chat_path = "/v1/chat/completions";
    match kind {
        Kind::Chat => {
            let (path, body) = request(CHATS[number % CHATS.len()], number);
            good(server, path, &body).await;
        }
        Kind::Sentiment => good(server, "/v1/sentiment", &headline()).await,
        Kind::Forecast => good(server, "/v1/analyze", &forecast(number, false)).await,
        Kind::LeavesInPrefill => {
            let long = chat_about(&"word ".repeat(1500), 4, false);
            let request = server.client.post(server.url(chat_path)).json(&long).send();
            // The client disconnects, whether the request was refused, is queued or is being evaluated.
            let _ = tokio::time::timeout(Duration::from_millis(300), request).await;
        }
        Kind::LeavesInDecode => {
            let mut chat = chat(1000, true);
            let (path, limit) = [
                (chat_path, "max_tokens"),
                ("/v1/messages", "max_tokens"),
                ("/v1/responses", "max_output_tokens"),
            ][number % 3];
            chat[limit] = chat["max_tokens"].take();
            if path == "/v1/responses" {
                chat["input"] = chat["messages"].take();
            }
            let mut response = open(server, path, &chat).await;
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
            let (path, body, status) = match number % 8 {
                0 => (chat_path, json!({"model": "tripod-reporter", "messages": "none"}), 400),
                1 => (
                    chat_path,
                    json!({"model": "nobody", "messages": [{"role": "user", "content": "A"}]}),
                    404,
                ),
                2 => ("/v1/nothing", json!({}), 404),
                3 => ("/v1/messages", json!({"model": "tripod-reporter", "messages": []}), 400),
                4 => ("/v1/responses", json!({"model": "tripod-reporter", "input": 5}), 400),
                5 => ("/api/chat", json!({"model": "nobody", "messages": []}), 404),
                6 => ("/v1/embeddings", json!({"model": "tripod-embedder", "input": []}), 400),
                _ => (chat_path, chat_about(&"a".repeat(2 << 20), 1, false), 413),
            };
            let answer = server.post(path, &body).await;
            match path {
                "/api/chat" => assert!(
                    answer.status == status && answer.json()["error"].is_string(),
                    "{answer:?}"
                ),
                _ => assert!(answer.refusal(status).is_object()),
            }
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

/// A request that must succeed; 429 answers are retried as often as needed.
async fn good(server: &Server, path: &str, body: &Value) {
    loop {
        let answer = server.post(path, body).await;
        if answer.status != 429 {
            answer.ok();
            return;
        }
        match path {
            "/api/chat" => assert!(answer.json()["error"].is_string(), "{answer:?}"),
            "/v1/messages" => assert_eq!(answer.refusal(429)["type"], "rate_limit_error"),
            _ => is_full(&answer),
        }
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

/// Sends a request over a raw socket and reads nothing of the answer.
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

/// Text requests that the server runs at once.
const IN_HAND: usize = 8;

/// Tokens of a prompt that takes long to evaluate.
const LONG_PROMPT: usize = 6000;

/// Tokens of a text that takes long to decode; two of them fit into the model's context.
const LONG_TEXT: usize = 2000;

/// All slots are taken, one of them by a request that stays connected; then the other clients disconnect. The queued request
/// must be answered before any of their texts ends, and before the one that stays ends.
#[tokio::test]
async fn clients_that_go_away_free_their_places_at_once() {
    let _turn = turn().await;
    let server = Arc::new(Server::start("process"));
    let path = "/v1/chat/completions";
    for in_decode in [false, true] {
        let mut staying = open(&server, path, &chat(LONG_TEXT, true)).await;
        first_piece(&mut staying).await;
        let (mut read, mut unread) = (Vec::new(), Vec::new());
        for number in 1..=IN_HAND {
            if !in_decode {
                // Different texts, so that no prompt shares a cached prefix with another.
                let prompt = format!("{number} {}", "word ".repeat(LONG_PROMPT));
                unread.push(raw(&server, &chat_about(&prompt, 4, true)).await);
            } else if number == 1 {
                let mut response = open(&server, path, &chat(LONG_TEXT, true)).await;
                first_piece(&mut response).await;
                read.push(response);
            } else {
                unread.push(raw(&server, &chat(LONG_TEXT, true)).await);
            }
        }
        // The last of these requests is queued, followed by the short one.
        until("one waits", async || ready(&server).await.1["waiting"] == 1).await;
        let short = tokio::spawn({
            let server = Arc::clone(&server);
            async move { server.post(path, &chat(2, false)).await.ok() }
        });
        until("two wait", async || ready(&server).await.1["waiting"] == 2).await;
        let staying = tokio::spawn(read_to_end(staying));
        drop((read, unread));
        short.await.unwrap();
        assert!(
            !staying.is_finished(),
            "in decode {in_decode}: it waited for the longest"
        );
        let counted = tokens_of_ended_texts(&server).await;
        assert!(
            counted < LONG_TEXT,
            "in decode {in_decode}: {counted} tokens, so one ran to its end"
        );
        staying.abort();
        let _ = staying.await;
    }
    assert_eq!(ready(&server).await.1["engine_restarts"], 0);
}

/// Prompt and output tokens of texts that ran to their end.
async fn tokens_of_ended_texts(server: &Server) -> usize {
    let metrics = server.get("/metrics").await.text;
    let counter = |name: &str| -> usize {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        value
            .unwrap_or_else(|| panic!("no {name}: {metrics}"))
            .trim()
            .parse()
            .unwrap()
    };
    counter("tripod_tokens_in_total ") + counter("tripod_tokens_out_total ")
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_again() {
    let _turn = turn().await;
    let server = Arc::new(Server::start_with(Setup {
        flags: vec!["--queue".into(), "1".into()],
        ..Setup::default()
    }));
    // Four run and one is queued.
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
    // Eight run and the others are queued; another eight start when slots become free, and then the last.
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

//! The engine is killed and stopped repeatedly while the server has work: every request ends with its answer or a clean error,
//! and no process, connection or memory is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::endings::{CHAT, Ending, FORECAST, KINDS, SENTIMENT, ask, ending};
use super::harness::{Server, Setup};
use super::running::{
    chat, children, comes_to_rest, descriptors, engine, first_piece, forecast, headline, one_shot, open, ready, signal,
    turn, until,
};

/// How often the engine is killed; `make test-long` asks for more.
fn kills() -> usize {
    std::env::var("TRIPOD_TEST_KILLS").map_or(8, |kills| kills.parse().expect("TRIPOD_TEST_KILLS is a number"))
}

/// Number of kills before a request must succeed: each kill in a row doubles the delay before a restart.
const IN_A_ROW: usize = 4;

const CLIENTS: usize = 4;

/// Clients that send requests until `over` is set, and the number of answers and failures.
#[derive(Default)]
struct Asking {
    over: AtomicBool,
    answered: AtomicUsize,
    failed: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_in_the_middle_of_requests_end_each_of_them_cleanly() {
    let _turn = turn().await;
    let server = Arc::new(killable(&[]).await);
    let at_the_start = descriptors(&server);
    let asking = Arc::new(Asking::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(ask_on(Arc::clone(&server), client, Arc::clone(&asking))))
        .collect();
    let mut random = Random(20_261_122);
    let kills = kills();
    for kill in 0..kills {
        if kill % IN_A_ROW == 0 {
            let before = asking.answered.load(Ordering::Relaxed);
            until("an answer between the kills", async || {
                asking.answered.load(Ordering::Relaxed) > before
            })
            .await;
        }
        let engine = engine(&server).await;
        tokio::time::sleep(Duration::from_millis(random.between(20, 300))).await;
        signal(engine, Signal::KILL);
        until("the killed engine goes", async || {
            !children(&server).iter().any(|(pid, _)| *pid == engine)
        })
        .await;
    }
    asking.over.store(true, Ordering::Relaxed);
    let mut ids = Vec::new();
    for client in clients {
        ids.extend(client.await.unwrap());
    }
    for kind in 0..KINDS {
        let end = ask(&server, kind, 0).await;
        assert!(matches!(end, Ending::Whole(_)), "kind {kind}: {end:?}");
    }
    assert!(asking.failed.load(Ordering::Relaxed) > 0, "no kill hit a request");
    let stored = server.get("/v1/analyses?limit=100").await.ok();
    let stored: Vec<&str> = stored["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    let lost: Vec<&String> = ids.iter().filter(|id| !stored.contains(&id.as_str())).collect();
    assert!(lost.is_empty(), "answered and not stored: {lost:?}");
    assert_eq!(ready(&server).await.1["engine_restarts"], kills);
    comes_to_rest(&server, at_the_start).await;
}

#[tokio::test]
async fn an_engine_that_is_stopped_is_replaced_and_the_next_request_succeeds() {
    let _turn = turn().await;
    let server = killable(&["--engine-silence", "3"]).await;
    let at_the_start = descriptors(&server);
    let mut begun = open(&server, "/v1/chat/completions", &chat(2000, true)).await;
    first_piece(&mut begun).await;
    let (waiting, ()) = tokio::join!(ask(&server, FORECAST, 0), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        signal(engine(&server).await, Signal::STOP);
    });
    // A request whose output was already shown fails; one that has shown nothing is run again.
    assert!(matches!(ending(begun).await, Ending::Error(message) if message.contains("said nothing")));
    assert!(matches!(waiting, Ending::Whole(_)), "{waiting:?}");
    let next = ask(&server, CHAT, 0).await;
    assert!(matches!(next, Ending::Whole(_)), "{next:?}");
    assert_eq!(ready(&server).await.1["engine_restarts"], 1);
    comes_to_rest(&server, at_the_start).await;
}

#[tokio::test]
async fn a_crash_loop_is_told_until_something_succeeds() {
    let _turn = turn().await;
    let server = killable(&[]).await;
    for _ in 0..5 {
        let engine = engine(&server).await;
        signal(engine, Signal::KILL);
        until("the killed engine goes", async || {
            !children(&server).iter().any(|(pid, _)| *pid == engine)
        })
        .await;
    }
    let (status, told) = ready(&server).await;
    assert_eq!((status, &told["crash_loop"]), (503, &true.into()), "{told}");
    assert!(
        told["problems"][0].as_str().unwrap().contains("5 times in a row"),
        "{told}"
    );
    // A restarted engine alone does not end the crash loop.
    engine(&server).await;
    assert_eq!(ready(&server).await.1["crash_loop"], true);
    server.post("/v1/sentiment", &headline()).await.ok();
    let (status, told) = ready(&server).await;
    assert_eq!((status, &told["crash_loop"]), (200, &false.into()), "{told}");
}

#[tokio::test]
async fn a_prompt_that_is_read_twice_is_counted_once() {
    let _turn = turn().await;
    let server = killable(&[]).await;
    // The model repeats one token, and the stop text holds all of it back, so nothing is shown before the end.
    let mut body = chat(1, false);
    body["logit_bias"] = json!({"50": 100});
    let answer = server.post("/v1/chat/completions", &body).await.ok();
    let token = answer["choices"][0]["message"]["content"].as_str().unwrap();
    body["max_tokens"] = 64.into();
    body["stop"] = token.repeat(65).into();
    let begun = Instant::now();
    let undisturbed = server.post("/v1/chat/completions", &body).await.ok();
    assert_eq!(undisturbed["usage"]["completion_tokens"], 64);
    let late = begun.elapsed().mul_f64(0.7);
    let (disturbed, ()) = tokio::join!(server.post("/v1/chat/completions", &body), async {
        tokio::time::sleep(late).await;
        signal(engine(&server).await, Signal::KILL);
    });
    let disturbed = disturbed.ok();
    assert_eq!(disturbed["choices"], undisturbed["choices"]);
    assert_eq!(disturbed["usage"], undisturbed["usage"]);
}

#[tokio::test]
async fn what_is_cancelled_while_there_is_no_engine_is_not_run() {
    let _turn = turn().await;
    let server = killable(&[]).await;
    // The sixth engine starts after more than a second.
    for _ in 0..6 {
        let engine = engine(&server).await;
        signal(engine, Signal::KILL);
        until("the killed engine goes", async || {
            !children(&server).iter().any(|(pid, _)| *pid == engine)
        })
        .await;
    }
    let opened = |server: &Server| {
        let client = server.client.clone();
        let request = client.post(server.url("/v1/analyze")).json(&forecast(1, false));
        tokio::spawn(request.send())
    };
    let given_up = opened(&server);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(children(&server).is_empty(), "the engine came too soon for this test");
    given_up.abort();
    let _ = given_up.await;
    server.post("/v1/sentiment", &headline()).await.ok();
    let metrics = server.get("/metrics").await.text;
    assert!(
        !metrics.contains("tripod_arena_opened_total{stage=\"forecast\"}"),
        "{metrics}"
    );
}

/// A warm server without open connections.
async fn killable(flags: &[&str]) -> Server {
    let mut server = Server::start_with(Setup {
        isolation: "process",
        flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
        ..Setup::default()
    });
    server.client = one_shot();
    server.post("/v1/sentiment", &headline()).await.ok();
    server
}

/// Sends one request after the other. Returns the ids of the answered analyses.
async fn ask_on(server: Arc<Server>, client: usize, asking: Arc<Asking>) -> Vec<String> {
    let mut random = Random(1000 + client as u64);
    let mut ids = Vec::new();
    for number in 0.. {
        if asking.over.load(Ordering::Relaxed) {
            break;
        }
        // One client sends only short requests, so that some succeed soon.
        let kind = if client == 0 {
            SENTIMENT
        } else {
            random.between(0, KINDS as u64) as usize
        };
        match ask(&server, kind, client * 1000 + number).await {
            Ending::Whole(answer) => {
                asking.answered.fetch_add(1, Ordering::Relaxed);
                if answer["object"] == "analysis" {
                    ids.push(answer["id"].as_str().unwrap().to_owned());
                }
            }
            Ending::Error(_) => {
                asking.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    ids
}

/// Pseudo-random numbers, the same in every run (xorshift).
struct Random(u64);

impl Random {
    /// A number from `low` up to but not including `high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + self.0 % (high - low)
    }
}

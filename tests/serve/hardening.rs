//! Doors that must not open, and failures that must be told: an engine that tries to break out, heads that are no HTTP, a store that
//! takes nothing, models that are not there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::harness::{Server, Setup};

/// What `tripod doctor` says of the engine's confinement, run as this user or as another.
fn doctor(program: &Path, home: &Path, user: Option<u32>) -> String {
    let store = home.join("analyses.sqlite");
    std::fs::write(&store, "a store").unwrap();
    let mut command = Command::new(program);
    command
        .args(["doctor", "--store"])
        .arg(&store)
        .env_clear()
        .env("HOME", home)
        .env("TRIPOD_CACHE", home.join("cache"))
        .env("NEWSAPI_KEY", "a-key-of-this-server")
        .current_dir(home);
    if let Some(user) = user {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::CommandExt;
        std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o777)).unwrap();
        command.uid(user).gid(user);
    }
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn assert_confined(told: &str) {
    let line = |what: &str| {
        told.lines()
            .find(|line| line.contains(what))
            .unwrap_or_default()
            .to_owned()
    };
    let restrictions = line("engine process");
    for wanted in ["no privileges", "no files but models and its caches", "no network"] {
        assert!(restrictions.contains(wanted), "{told}");
    }
    // Twenty attempts, of which some find nothing to try on: `/home` may be missing.
    let attempts = line("its confinement");
    let refused: usize = attempts
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap_or(0);
    assert!(attempts.contains("were refused") && refused >= 17, "{told}");
}

#[test]
fn an_engine_that_tries_to_break_out_gets_nothing_as_administrator_or_as_an_ordinary_user() {
    let home = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_tripod"));
    assert_confined(&doctor(program, home.path(), None));
    if rustix::process::geteuid().is_root() {
        let home = tempfile::tempdir().unwrap();
        let copy = home.path().join("tripod");
        std::fs::copy(program, &copy).unwrap();
        assert_confined(&doctor(&copy, home.path(), Some(65_534)));
    }
}

/// Sends bytes and reads the whole answer.
fn raw(server: &Server, bytes: &[u8]) -> String {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // The server closes the connection, at times before it has read all that was sent.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn assert_explained(answer: &str, status: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(head.to_lowercase().contains("\r\nx-request-id: req_"), "{answer}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(
        body["error"]["message"].is_string() && body["error"]["type"].is_string(),
        "{answer}"
    );
}

#[test]
fn a_request_that_is_no_http_gets_the_error_object_and_an_id() {
    let server = Server::start("process");
    assert_explained(&raw(&server, b"GET / HTTP/1.1\r\nhost localhost\r\n\r\n"), "400");
    assert_explained(
        &raw(
            &server,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a greeting of TLS\r\n\r\n",
        ),
        "400",
    );
    let long = format!(
        "GET /health HTTP/1.1\r\nhost: localhost\r\nx-long: {}\r\n\r\n",
        "a".repeat(40_000)
    );
    assert_explained(&raw(&server, long.as_bytes()), "431");
    let twice = b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n";
    assert_explained(&raw(&server, twice), "400");
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_told_and_refused_where_storing_was_asked_for() {
    let server = Server::start_with(Setup {
        flags: ["--samples", "2", "--context", "10"].map(str::to_owned).to_vec(),
        ..Setup::default()
    });
    let body = |store: Option<bool>, seed: u64| json!({"ticker": "AAPL", "horizon_days": 2, "stages": ["sentiment"], "seed": seed, "store": store});
    let stored = server.post("/v1/analyze", &body(Some(true), 1)).await.ok();
    assert!(stored["warnings"].as_array().unwrap().is_empty() || !stored["warnings"].to_string().contains("stored"));
    // No file of the server's may grow any more, as on a full disk.
    let none = Rlimit {
        current: Some(0),
        maximum: None,
    };
    let pid = Pid::from_raw(server.pid().try_into().unwrap());
    prlimit(pid, Resource::Fsize, none).unwrap();
    let refused = server.post("/v1/analyze", &body(Some(true), 2)).await.refusal(507);
    assert_eq!(
        (&refused["code"], &refused["param"]),
        (&json!("not_stored"), &json!("store"))
    );
    let answered = server.post("/v1/analyze", &body(None, 3)).await.ok();
    assert!(
        answered["warnings"].to_string().contains("could not be stored"),
        "{answered}"
    );
    let quiet = server.post("/v1/analyze", &body(Some(false), 4)).await.ok();
    assert!(!quiet["warnings"].to_string().contains("could not be stored"));
    let ready = server.get("/ready").await.ok();
    assert_eq!(
        (&ready["ready"], &ready["store"]),
        (&json!(true), &json!(false)),
        "{ready}"
    );
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains("tripod_store_up 0") && metrics.contains("tripod_analyses_not_stored_total 2"),
        "{metrics}"
    );
    let list = server.get("/v1/analyses").await.ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
}

#[test]
fn a_model_that_the_user_named_and_that_is_not_there_stops_the_server_at_its_start() {
    for (flag, model) in [
        ("--reporter", "/nowhere/model.gguf"),
        ("--forecaster", "llama-3.2-3b-instruct"),
    ] {
        let ended = Server::try_start(Setup {
            flags: [flag, model].map(str::to_owned).to_vec(),
            ..Setup::default()
        })
        .unwrap_err();
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("error:") && ended.stderr.contains(model),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn headlines_without_a_day_are_known_on_the_day_of_the_question() {
    let server = Server::start_with(Setup {
        flags: ["--samples", "2", "--context", "10"].map(str::to_owned).to_vec(),
        ..Setup::default()
    });
    let headlines = |count: usize| -> Vec<Value> {
        let words = ["rises", "falls", "hires", "builds", "sells"];
        (0..count)
            .map(
                |number| json!({"title": format!("Acme {} plant number {number} in town {number}", words[number % 5])}),
            )
            .collect()
    };
    let body = |as_of: Option<&str>, count: usize, most: Option<u64>| {
        let mut body = json!({"ticker": "AAPL", "stages": ["sentiment"], "headlines": headlines(count)});
        if let Some(as_of) = as_of {
            body["as_of"] = as_of.into();
        }
        if let Some(most) = most {
            body["max_headlines"] = most.into();
        }
        body
    };
    for as_of in [None, Some("2010-06-18")] {
        let analysis = server.post("/v1/analyze", &body(as_of, 3, None)).await.ok();
        assert_eq!(
            analysis["sentiment"]["headlines"].as_array().unwrap().len(),
            3,
            "{as_of:?}"
        );
    }
    let prices: Vec<Value> = (1..=28)
        .map(|day| json!({"date": format!("2011-02-{day:02}"), "close": 20.0 + f64::from(day % 7)}))
        .collect();
    let own = json!({"prices": prices, "stages": ["sentiment"], "headlines": headlines(2)});
    let analysis = server.post("/v1/analyze", &own).await.ok();
    assert_eq!(analysis["sentiment"]["headlines"].as_array().unwrap().len(), 2);
    let many = server.post("/v1/analyze", &body(None, 30, None)).await.ok();
    assert_eq!(many["sentiment"]["headlines"].as_array().unwrap().len(), 20);
    assert!(
        many["warnings"].to_string().contains("10 headlines were not read"),
        "{}",
        many["warnings"]
    );
    let all = server.post("/v1/analyze", &body(None, 30, Some(200))).await.ok();
    assert_eq!(all["sentiment"]["headlines"].as_array().unwrap().len(), 30);
    server.post("/v1/analyze", &body(None, 1, Some(201))).await.refusal(400);
}

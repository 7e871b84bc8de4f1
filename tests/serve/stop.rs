//! How a server stops: on a signal, a deadline, a second signal or a kill. Running work is completed or reported as failed, and
//! no engine process is left behind.

use std::time::Duration;

use rustix::process::Signal;

use super::endings::{Ending, ending};
use super::harness::{Server, Setup};
use super::running::{
    PATIENCE, chat, engine, first_piece, forecast, lives, open, signal, takes_connections, turn, until,
};

#[tokio::test]
async fn a_signal_lets_running_work_finish_and_new_work_is_refused() {
    let _turn = turn().await;
    let mut server = Server::start("process");
    let engine = engine(&server).await;
    let mut stream = open(&server, "/v1/chat/completions", &chat(48, true)).await;
    first_piece(&mut stream).await;
    let analysis = server.client.post(server.url("/v1/analyze")).json(&forecast(1, false));
    let analysis = tokio::spawn(analysis.send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.signal(Signal::TERM);
    until("the door closes", async || !takes_connections(&server)).await;
    assert_eq!(ending(stream).await, Ending::Whole(serde_json::Value::Null));
    assert!(matches!(
        ending(analysis.await.unwrap().unwrap()).await,
        Ending::Whole(_)
    ));
    assert_eq!(server.wait(PATIENCE).expect("it ends").code(), Some(0));
    assert!(!lives(engine));
}

#[tokio::test]
async fn work_beyond_the_deadline_ends_with_an_error() {
    let _turn = turn().await;
    let mut server = Server::start_with(Setup {
        flags: vec!["--shutdown-timeout".into(), "1".into()],
        ..Setup::default()
    });
    let engine = engine(&server).await;
    let mut stream = open(&server, "/v1/chat/completions", &chat(4000, true)).await;
    first_piece(&mut stream).await;
    let whole = server
        .client
        .post(server.url("/v1/chat/completions"))
        .json(&chat(4000, false));
    let whole = tokio::spawn(whole.send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.signal(Signal::TERM);
    for response in [stream, whole.await.unwrap().unwrap()] {
        assert_eq!(ending(response).await, Ending::Error("the server stops".into()));
    }
    assert_eq!(server.wait(PATIENCE).expect("it ends").code(), Some(0));
    assert!(!lives(engine));
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let _turn = turn().await;
    let mut server = Server::start("process");
    let engine = engine(&server).await;
    let mut stream = open(&server, "/v1/chat/completions", &chat(4000, true)).await;
    first_piece(&mut stream).await;
    server.signal(Signal::TERM);
    until("the door closes", async || !takes_connections(&server)).await;
    server.signal(Signal::TERM);
    assert_eq!(server.wait(PATIENCE).expect("it ends").code(), Some(130));
    until("the engine goes", async || !lives(engine)).await;
}

#[tokio::test]
async fn a_front_that_is_killed_takes_its_engine_along() {
    let _turn = turn().await;
    for frozen in [false, true] {
        let mut server = Server::start("process");
        let engine = engine(&server).await;
        let mut stream = open(&server, "/v1/chat/completions", &chat(4000, true)).await;
        first_piece(&mut stream).await;
        if frozen {
            signal(engine, Signal::STOP);
        }
        server.signal(Signal::KILL);
        assert_eq!(server.wait(PATIENCE).expect("it ends").code(), None);
        until("the engine goes", async || !lives(engine)).await;
    }
}

//! How much slow, silent, disconnected and greedy clients can block, and how the server loop stops.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Server, read_to_close, within};

#[tokio::test]
async fn a_head_over_the_limit_is_431() {
    let server = Server::start(|_, limits| limits.header_bytes = 8192).await;
    let with = |bytes: usize| {
        let padding = "a".repeat(bytes);
        format!("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Padding: {padding}\r\n\r\n")
    };
    assert!(server.exchange(&with(8000)).await.starts_with("HTTP/1.1 200 "));
    assert!(server.exchange(&with(8200)).await.starts_with("HTTP/1.1 431 "));
    assert!(server.exchange(&with(200_000)).await.starts_with("HTTP/1.1 431 "));
    let many = "X: y\r\n".repeat(1000);
    let many = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert!(server.exchange(&many).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn half_open_and_idle_connections_are_closed() {
    let server = Server::start(|_, limits| {
        limits.header_timeout = Duration::from_millis(200);
        limits.idle_timeout = Duration::from_millis(400);
    })
    .await;
    assert_eq!(server.exchange("").await, "");
    assert_eq!(server.exchange("GET /health HTTP/1.1\r\nHost: loc").await, "");
    let answered_then_idle = server.exchange("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answered_then_idle.ends_with("ok"), "{answered_then_idle}");
    let second_half_open = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HT";
    assert!(server.exchange(second_half_open).await.contains("ok"));
}

/// Many clients send the head and the body apart, and reuse the connection at once.
#[tokio::test]
async fn a_connection_stays_usable_after_a_refused_request_whose_body_comes_late() {
    let server = Server::plain().await;
    for (head, status) in [
        ("POST /v1/nothing HTTP/1.1\r\n", " 404 "),
        ("DELETE /echo HTTP/1.1\r\n", " 405 "),
        ("POST /echo HTTP/1.1\r\nContent-Type: text/csv\r\n", " 415 "),
    ] {
        let mut stream = server
            .send(&format!("{head}Host: localhost\r\nContent-Length: 7\r\n\r\n"))
            .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let next = "a,b,c,dGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(next.as_bytes()).await.unwrap();
        let answers = read_to_close(stream).await;
        assert!(
            answers.contains(status) && answers.contains(" 200 ") && answers.ends_with("ok"),
            "{answers}"
        );
    }
}

#[tokio::test]
async fn a_request_that_runs_is_not_taken_for_idle() {
    let mut server = Server::start(|_, limits| {
        limits.header_timeout = Duration::from_millis(200);
        limits.idle_timeout = Duration::from_millis(200);
        limits.write_timeout = Duration::from_millis(200);
    })
    .await;
    let stream = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    within(server.begun.recv()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    server.release.notify_waiters();
    assert!(read_to_close(stream).await.ends_with("waited"));
}

#[tokio::test]
async fn a_client_that_goes_away_drops_its_handler() {
    let mut server = Server::plain().await;
    let stream = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    within(server.begun.recv()).await.unwrap();
    assert!(server.dropped.try_recv().is_err());
    drop(stream);
    within(server.dropped.recv()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_drops_its_stream() {
    let mut server = Server::plain().await;
    let mut response = server.get("/silence").await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "data: {}\n\n");
    assert!(server.dropped.try_recv().is_err());
    drop(response);
    within(server.dropped.recv()).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_never_reads_is_dropped_and_holds_nobody_up() {
    let mut server = Server::start(|_, limits| limits.write_timeout = Duration::from_millis(500)).await;
    let stream = server.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    within(server.begun.recv()).await.unwrap();
    assert_eq!(server.get("/health").await.status(), 200);
    within(server.dropped.recv()).await.unwrap();
    assert_eq!(server.get("/health").await.status(), 200);
    drop(stream);
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_place() {
    let mut server = Server::start(|_, limits| limits.connections = 2).await;
    let first = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let second = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    for _ in 0..2 {
        within(server.begun.recv()).await.unwrap();
    }
    let third = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(server.begun.try_recv().is_err(), "a third is served beside two");
    drop(first);
    within(server.begun.recv()).await.unwrap();
    drop((second, third));
}

#[tokio::test]
async fn a_stop_finishes_what_runs_and_takes_nothing_new() {
    let mut server = Server::plain().await;
    let running = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    within(server.begun.recv()).await.unwrap();
    let silent = server.send("").await;
    let mut idle = server.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut answer = [0; 512];
    assert!(within(idle.read(&mut answer)).await.unwrap() > 0);

    server.stop.send(true).unwrap();
    assert_eq!(read_to_close(idle).await, "");
    assert_eq!(read_to_close(silent).await, "");
    let refused = async { while TcpStream::connect(server.addr).await.is_ok() {} };
    within(refused).await;
    assert!(!server.running.is_finished());

    server.release.notify_waiters();
    let answer = read_to_close(running).await;
    assert!(answer.ends_with("waited"), "{answer}");
    within(server.running).await.unwrap();
}

#[tokio::test]
async fn dropping_the_loop_at_a_deadline_aborts_what_still_runs() {
    let mut server = Server::plain().await;
    let stream = server.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    within(server.begun.recv()).await.unwrap();
    server.stop.send(true).unwrap();
    server.running.abort();
    within(server.dropped.recv()).await.unwrap();
    assert_eq!(read_to_close(stream).await, "");
}

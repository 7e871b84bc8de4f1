//! The accept loop: each connection is served by the router in a task of its own; when the server stops, running requests finish. It
//! bounds the number of connections, the size of a request's head, and the time that a head, an idle connection or an unread answer
//! may take. Knows no route; no peer can end it.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::unread_head::Explained;

/// The smallest buffer that hyper takes.
const SMALLEST_BUFFER: usize = 8192;

/// The pause after an accept that failed because the system is out of descriptors or memory.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(250);

/// The limits of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Longest time from the connection to the end of the first request's head.
    pub header_timeout: Duration,
    /// Bytes of a request's line and headers together; more is answered with 431.
    pub header_bytes: usize,
    /// Longest time from the end of an answer to the end of the next request's head.
    pub idle_timeout: Duration,
    /// Longest time in which a peer reads no byte of an answer that is ready.
    pub write_timeout: Duration,
    /// Most connections at once; further ones wait in the system's backlog.
    pub connections: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            header_bytes: 32 * 1024,
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            connections: 1024,
        }
    }
}

/// Serves `app` until `stop` turns true (or its sender is gone), then closes the listener and idle connections and
/// returns when the running requests are finished. A caller with a deadline drops the future: that aborts them.
///
/// Every request carries `ConnectInfo<SocketAddr>`. When a peer disconnects, its handler or its answer's body is dropped.
pub async fn accept(listener: TcpListener, app: Router, limits: ConnectionLimits, stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut stopped = stop.clone();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = connections.join_next() => log_end(ended),
            (stream, peer) = next(&listener), if connections.len() < limits.connections => {
                connections.spawn(serve(stream, peer, app.clone(), limits, stop.clone()));
            }
        }
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        log_end(ended);
    }
}

/// The next connection. It pauses while the system is out of descriptors; the loop ends the pause as soon as a connection ends.
async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_caused_by_peer(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted")
            }
            Err(error) => {
                let mend = if is_out_of_descriptors(&error) {
                    ": this process may open no more files and connections; raise the limit (ulimit -n)"
                } else {
                    ""
                };
                tracing::warn!(%error, "cannot accept a connection{mend}; trying again");
                tokio::time::sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [libc::EMFILE, libc::ENFILE].into_iter().any(|full| code == Some(full))
}

fn is_caused_by_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

fn log_end(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection's task panicked");
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
) {
    // Events of a stream are small and should arrive at once. A failure here only costs latency.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));

    let has_head = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let has_head = Arc::clone(&has_head);
        move |request: Request<Incoming>| {
            has_head.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().oneshot(request)
        }
    });
    // hyper's timeout for heads also runs between requests, so it serves as the idle timeout. A slow head later on holds no more than
    // an idle connection does; only the first request has the shorter limit.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.saturating_mul(2).max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(Explained::new(Box::pin(stream))), service);
    let mut connection = pin!(connection);
    let mut first_head = pin!(tokio::time::sleep(limits.header_timeout));
    let (mut is_new, mut is_stopping) = (true, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "a connection ended with an error");
                }
                return;
            }
            () = &mut first_head, if is_new => {
                is_new = false;
                if !has_head.load(Ordering::Relaxed) {
                    tracing::debug!(%peer, "no request arrived in time");
                    return;
                }
            }
            _ = stop.wait_for(|stop| *stop), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

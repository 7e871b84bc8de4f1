//! The answer to a request whose head hyper cannot read. Hyper writes such an answer itself, without a body and before any layer sees
//! the request; on its way to the peer it becomes the error object that every other error has, with a request id. What else a
//! connection writes goes through unchanged.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use uuid::Uuid;

use super::error::{ErrorBody, ErrorDetail};

/// Every answer of the layers has this header, and hyper's own have not.
const OURS: &[u8] = b"x-request-id: ";

/// A connection's stream.
pub(super) struct Explained<S> {
    stream: S,
    /// An answer in place of hyper's: its bytes, how many of them are written, and the length of hyper's.
    instead: Option<(Vec<u8>, usize, usize)>,
}

impl<S> Explained<S> {
    pub(super) fn new(stream: S) -> Self {
        Explained { stream, instead: None }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.instead.is_none() {
            match explained(buffer) {
                Some(answer) => this.instead = Some((answer, 0, buffer.len())),
                None => return Pin::new(&mut this.stream).poll_write(cx, buffer),
            }
        }
        while let Some((answer, written, length)) = &mut this.instead {
            if *written == answer.len() {
                let length = *length;
                this.instead = None;
                return Poll::Ready(Ok(length));
            }
            match Pin::new(&mut this.stream).poll_write(cx, &answer[*written..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(more)) => *written += more,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Hyper's own answer is one buffer.
        match buffers {
            [only] if self.instead.is_some() || explained(only).is_some() => self.poll_write(cx, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(cx, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

/// The whole answer in place of one that hyper wrote; `None` for every other piece of a connection.
fn explained(written: &[u8]) -> Option<Vec<u8>> {
    let status = written
        .strip_prefix(b"HTTP/1.1 ")
        .or(written.strip_prefix(b"HTTP/1.0 "))?
        .get(..3)?;
    let has = |wanted: &[u8]| {
        written
            .windows(wanted.len())
            .any(|part| part.eq_ignore_ascii_case(wanted))
    };
    if !written.ends_with(b"\r\n\r\n") || !has(b"content-length: 0\r\n") || has(OURS) {
        return None;
    }
    let (line, message) = match status {
        b"400" => (
            "400 Bad Request",
            "the request's head is not HTTP: check its line and headers",
        ),
        b"414" => ("414 URI Too Long", "the request's address is too long"),
        b"431" => (
            "431 Request Header Fields Too Large",
            "the request's line and headers are larger than this server takes: send fewer or shorter headers",
        ),
        b"505" => ("505 HTTP Version Not Supported", "this server speaks HTTP/1.1"),
        _ => return None,
    };
    let body = ErrorBody {
        error: ErrorDetail {
            message: message.to_owned(),
            kind: "invalid_request_error".to_owned(),
            param: None,
            code: Some("unreadable_request".to_owned()),
        },
    };
    let body = serde_json::to_string(&body).ok()?;
    let id = Uuid::now_v7().simple();
    tracing::info!(%id, status = line, "a request that is not HTTP");
    let head = format!(
        "HTTP/1.1 {line}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\nx-request-id: req_{id}\r\n\r\n",
        body.len()
    );
    Some([head, body].concat().into_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_an_answer_of_hypers_own_is_replaced() {
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let answer = String::from_utf8(explained(own).unwrap()).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 431 ") && answer.contains("\r\nx-request-id: req_"),
            "{answer}"
        );
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        let error: ErrorBody = serde_json::from_str(body).unwrap();
        assert_eq!(error.error.code.as_deref(), Some("unreadable_request"));
        for others in [
            &b"HTTP/1.1 400 Bad Request\r\nx-request-id: req_1\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"data: HTTP/1.1 400 Bad Request\r\n\r\n",
            b"HTTP/1.1 400",
            b"",
        ] {
            assert_eq!(explained(others), None);
        }
    }
}

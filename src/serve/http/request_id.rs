//! The outermost layer: every request gets an id, a tracing span with that id, and one line in the log when its answer is complete or
//! its client has disconnected. The id goes out as `x-request-id`; one that a client sends is ignored.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Body as _, Frame, SizeHint};
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::fault::clip;

/// A request's id: `req_` and the 32 hexadecimal digits of a time-ordered UUID; in every request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Gives the request its id and span, and logs the end of its answer.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id: Arc<str> = format!("req_{}", Uuid::now_v7().simple()).into();
    let span = tracing::info_span!(
        "request",
        id = %id,
        method = clip(request.method().as_str()),
        path = clip(request.uri().path()),
    );
    let mut record = Record {
        span: span.clone(),
        started: Instant::now(),
        status: None,
        is_whole: false,
    };
    let is_head = request.method() == Method::HEAD;
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));

    let mut response = next.run(request).instrument(span).await;
    record.status = Some(response.status());
    record.is_whole = is_head || response.body().is_end_stream();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response.map(|inner| Body::new(Recorded { inner, record }))
}

/// Logs the request when it is dropped; so a request whose client disconnects, even before an answer, is logged too.
struct Record {
    span: Span,
    started: Instant,
    status: Option<StatusCode>,
    is_whole: bool,
}

impl Drop for Record {
    fn drop(&mut self) {
        let status = self.status.map_or(0, |status| status.as_u16());
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| {
            if self.is_whole {
                tracing::info!(status, ms, "request finished");
            } else {
                tracing::info!(
                    status,
                    ms,
                    "request aborted: the client disconnected or the answer failed"
                );
            }
        });
    }
}

/// An answer's body with its record; a streamed body runs inside the request's span too.
struct Recorded {
    inner: Body,
    record: Record,
}

impl hyper::body::Body for Recorded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let _entered = this.record.span.enter();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        this.record.is_whole |= matches!(polled, Poll::Ready(None)) || this.inner.is_end_stream();
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

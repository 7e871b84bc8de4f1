//! An answer's body that holds something until the body is sent or its client has disconnected. A response and a guard come in, the same
//! response goes out; its length stays known.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

struct Held<T> {
    inner: Body,
    _guard: T,
}

/// The response, which drops `guard` together with its body.
pub fn held(response: Response, guard: impl Send + Unpin + 'static) -> Response {
    response.map(|inner| Body::new(Held { inner, _guard: guard }))
}

impl<T: Unpin> hyper::body::Body for Held<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

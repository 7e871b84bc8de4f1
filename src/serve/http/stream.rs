//! Server-Sent Events: a stream of frames comes in, a response that flushes each one goes out. In a pause a comment is sent as a
//! heartbeat, so that proxies and clients do not time out. When the client disconnects, the stream is dropped.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use utoipa::ToSchema;

/// The default pause before a heartbeat.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// One event as a client reads it, for the OpenAPI document.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct StreamedEvent {
    /// The event's name, where it has one.
    #[schema(required = false)]
    pub event: Option<String>,
    /// The data: JSON, or `[DONE]`.
    pub data: String,
}

/// One event to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseFrame {
    /// The event's name, for clients that listen by name.
    pub event: Option<&'static str>,
    /// The data: JSON, or `[DONE]`. A line break in it starts a second data line, as the standard has it.
    pub data: String,
}

impl SseFrame {
    /// A frame without a name.
    pub fn data(data: impl Into<String>) -> Self {
        Self {
            event: None,
            data: data.into(),
        }
    }
}

/// Streams `events`, with `: heartbeat` whenever nothing was sent for `heartbeat`.
pub fn sse(events: impl Stream<Item = SseFrame> + Send + 'static, heartbeat: Duration) -> Response {
    let events = events.map(|frame| {
        let event = frame
            .event
            .map_or_else(Event::default, |name| Event::default().event(name));
        Ok::<_, Infallible>(event.data(frame.data))
    });
    let beat = KeepAlive::new().interval(heartbeat).text("heartbeat");
    let mut response = Sse::new(events).keep_alive(beat).into_response();
    // nginx collects an answer before it passes it on unless it is told not to.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::http::header;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn frames_go_out_as_the_standard_writes_them() {
        let frames = [
            SseFrame {
                event: Some("stage"),
                data: "{\"stage\":1}".to_owned(),
            },
            SseFrame::data("[DONE]"),
            SseFrame::data("two\nlines\r"),
        ];
        let response = sse(stream::iter(frames), HEARTBEAT);
        let value = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(value(header::CONTENT_TYPE.as_str()), "text/event-stream");
        assert_eq!(value(header::CACHE_CONTROL.as_str()), "no-cache");
        assert_eq!(value("x-accel-buffering"), "no");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        let (first, rest) = text.split_once("\n\n").unwrap();
        let mut lines: Vec<&str> = first.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["data: {\"stage\":1}", "event: stage"]);
        let (second, third) = rest.split_once("\n\n").unwrap();
        assert_eq!(second, "data: [DONE]");
        assert!(third.starts_with("data: two\ndata: lines"), "{third}");
    }

    #[tokio::test]
    async fn silence_is_filled_with_heartbeats() {
        let response = sse(stream::pending(), Duration::from_millis(5));
        let mut body = response.into_body().into_data_stream();
        for _ in 0..3 {
            assert_eq!(body.next().await.unwrap().unwrap(), ": heartbeat\n\n");
        }
    }
}

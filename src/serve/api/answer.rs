//! Answers with a run: whole as JSON, or as a stream of typed events that ends with `result` or `error`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use crate::analysis::Event;
use crate::serve::http::{ApiError, Client, SseFrame, json as to_json, sse};
use crate::serve::runs::{Asking, Finished, Question, Reader, RunEvent, Shared, ask_named, outcome, succeeded};

/// Makes the body of the answer from a finished run.
pub(super) type ResultBody = fn(&Finished) -> Result<serde_json::Value, ApiError>;

/// Runs a question and answers with its result.
pub(super) async fn answer(
    app: &Shared,
    client: Client,
    (question, asking): (Question, Asking),
    streams: bool,
    body: ResultBody,
) -> Result<Response, ApiError> {
    let (id, reader) = ask_named(app, client, question, asking)?;
    if !streams {
        let finished = succeeded(outcome(reader).await?)?;
        return Ok(Json(body(&finished)?).into_response());
    }
    let mut response = events(app, reader, body);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(RUN, id);
    }
    Ok(response)
}

/// Has the id of a streamed run.
const RUN: HeaderName = HeaderName::from_static("x-tripod-run");

/// The events of a run as a stream, from the first.
pub(super) fn events(app: &Shared, reader: Reader<RunEvent>, body: ResultBody) -> Response {
    let frames = stream::unfold(Some(reader), move |reader| async move {
        let (frame, rest) = next_frame(reader?, body).await?;
        Some((frame, rest))
    });
    sse(frames, app.heartbeat)
}

/// The next event of a run as a frame, and the reader unless it was the last.
async fn next_frame(mut reader: Reader<RunEvent>, body: ResultBody) -> Option<(SseFrame, Option<Reader<RunEvent>>)> {
    let event = reader.next().await?;
    Some(match event {
        RunEvent::Queued(position) => (
            frame("queued", &json!({"event": "queued", "position": position})),
            Some(reader),
        ),
        RunEvent::Event(event) => (frame(name(&event), &to_json(&*event)), Some(reader)),
        RunEvent::Scored(window) => {
            let mut data = to_json(&window);
            data["event"] = "window_scored".into();
            (frame("window_scored", &data), Some(reader))
        }
        RunEvent::Restarted => (frame("restarted", &json!({"event": "restarted"})), Some(reader)),
        RunEvent::Done(finished) => {
            let result = succeeded(finished).and_then(|finished| body(&finished));
            (
                result.map_or_else(|error| error_frame(&error), |value| frame("result", &value)),
                None,
            )
        }
        RunEvent::Failed(error) => (error_frame(&error), None),
    })
}

fn error_frame(error: &ApiError) -> SseFrame {
    frame("error", &to_json(&error.body()))
}

fn frame(event: &'static str, data: &serde_json::Value) -> SseFrame {
    SseFrame {
        event: Some(event),
        data: data.to_string(),
    }
}

/// The event's tag, the same as in its JSON.
fn name(event: &Event) -> &'static str {
    match event {
        Event::StageOpened { .. } => "stage_opened",
        Event::Loading { .. } => "loading",
        Event::JobStarted { .. } => "job_started",
        Event::Prefill { .. } => "prefill",
        Event::Decoded { .. } => "decoded",
        Event::PathSampled { .. } => "path_sampled",
        Event::ForecastMade { .. } => "forecast_made",
        Event::HeadlinesScored { .. } => "headlines_scored",
        Event::Cautions { .. } => "cautions",
        Event::Text { .. } => "text",
        Event::StageClosed { .. } => "stage_closed",
        Event::StageFailed { .. } => "stage_failed",
        Event::Waiting { .. } => "waiting",
        Event::Done { .. } => "done",
    }
}

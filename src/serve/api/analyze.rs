//! `POST /v1/analyze` and `POST /v1/forecast`: a question as JSON in, the answer as JSON or as a stream of typed events out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::analysis::{Analysis, Chart, Event, Forecast, LedgerRow, ModelRef, StageName};
use crate::serve::http::{ApiError, Client, JsonBody, SseFrame, StreamedEvent, sse};
use crate::serve::openapi::Refusals;
use crate::serve::runs::{AnalyzeBody, Finished, Question, Reader, RunEvent, Runs, Shared, outcome};

/// Analyse a stock: forecast, sentiment, report
#[utoipa::path(
    post,
    path = "/v1/analyze",
    tag = "analysis",
    request_body = AnalyzeBody,
    responses(
        (status = 200, description = "The analysis; with `stream`, typed events that end with `result` or `error`",
            content((Analysis = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn analyze(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(body): JsonBody<AnalyzeBody>,
) -> Result<Response, ApiError> {
    let streams = body.stream.unwrap_or(false);
    let question = Question::read(body, &app.defaults)?;
    answer(&app, client, question, streams, |finished| Ok(json(&finished.analysis))).await
}

/// Forecast alone: stage 1 on a ticker or on your own prices
#[utoipa::path(
    post,
    path = "/v1/forecast",
    tag = "analysis",
    request_body(content = AnalyzeBody, example = json!({"ticker": "AAPL", "horizon_days": 5, "samples": 4})),
    responses(
        (status = 200, description = "The forecast; with `stream`, typed events that end with `result` or `error`",
            content((ForecastAnswer = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn forecast(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(mut body): JsonBody<AnalyzeBody>,
) -> Result<Response, ApiError> {
    if let Some(stages) = &body.stages
        && *stages != [StageName::FORECAST.as_str()]
    {
        return Err(ApiError::invalid(
            "stages",
            "this route runs the forecast alone; POST /v1/analyze runs the others",
        ));
    }
    body.stages = Some(vec![StageName::FORECAST.to_string()]);
    let streams = body.stream.unwrap_or(false);
    let question = Question::read(body, &app.defaults)?;
    answer(&app, client, question, streams, |finished| {
        ForecastAnswer::of(&finished.analysis).map(|answer| json(&answer))
    })
    .await
}

/// Answer of `POST /v1/forecast`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastAnswer {
    /// The id under which it is stored.
    pub id: String,
    /// Always `forecast`.
    pub object: String,
    /// Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The company's name, where known.
    pub company: Option<String>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// The date of the last bar used.
    pub as_of: chrono::NaiveDate,
    /// Close on `as_of`.
    pub last_close: f64,
    /// Stage 1's result.
    pub forecast: Forecast,
    /// A Plotly figure of history and forecast.
    pub chart: Chart,
    /// The forecaster.
    pub model: Option<ModelRef>,
    /// The arena that was open.
    pub arenas: Vec<LedgerRow>,
    /// What a reader should know.
    pub warnings: Vec<String>,
    /// The not-investment-advice line.
    pub disclaimer: String,
}

impl ForecastAnswer {
    fn of(analysis: &Analysis) -> Result<Self, ApiError> {
        let analysis = analysis.clone();
        let forecast = analysis.forecast.ok_or(ApiError::Internal)?;
        Ok(ForecastAnswer {
            id: analysis.id,
            object: "forecast".into(),
            created: analysis.created,
            ticker: analysis.ticker,
            company: analysis.company,
            currency: analysis.currency,
            as_of: analysis.as_of,
            last_close: analysis.last_close,
            forecast,
            chart: analysis.chart,
            model: analysis.models.forecaster,
            arenas: analysis.arenas,
            warnings: analysis.warnings,
            disclaimer: analysis.disclaimer,
        })
    }
}

/// A finished run as the body of an answer: JSON text, serialised once.
pub(super) type Shape = fn(&Finished) -> Result<serde_json::Value, ApiError>;

/// Runs a question and answers with its result in the wanted shape.
pub(super) async fn answer(
    app: &Shared,
    client: Client,
    question: Question,
    streams: bool,
    shape: Shape,
) -> Result<Response, ApiError> {
    let reader = Runs::ask(app, client, question)?;
    if !streams {
        let finished = succeeded(outcome(reader).await?)?;
        return Ok(Json(shape(&finished)?).into_response());
    }
    let frames = stream::unfold(Some(reader), move |reader| async move {
        let (frame, rest) = next_frame(reader?, shape).await?;
        Some((frame, rest))
    });
    Ok(sse(frames, app.heartbeat))
}

/// An analysis of which nothing came is a failure; one with a failed stage is an answer that says so.
pub fn succeeded(finished: Arc<Finished>) -> Result<Arc<Finished>, ApiError> {
    let analysis = &finished.analysis;
    let empty = analysis.forecast.is_none() && analysis.sentiment.is_none() && analysis.report.is_none();
    match analysis.errors.first() {
        Some(failure) if empty => Err(ApiError::Engine(format!("{}: {}", failure.stage, failure.message))),
        _ => Ok(finished),
    }
}

/// The next event of a run as a frame; no reader comes back after the last.
async fn next_frame(mut reader: Reader<RunEvent>, shape: Shape) -> Option<(SseFrame, Option<Reader<RunEvent>>)> {
    let said = reader.next().await?;
    Some(match said {
        RunEvent::Queued(position) => (
            frame("queued", &serde_json::json!({"event": "queued", "position": position})),
            Some(reader),
        ),
        RunEvent::Event(event) => (frame(name(&event), &json(&*event)), Some(reader)),
        RunEvent::Scored(window) => {
            let mut data = json(&window);
            data["event"] = "window_scored".into();
            (frame("window_scored", &data), Some(reader))
        }
        RunEvent::Again => (
            frame("restarted", &serde_json::json!({"event": "restarted"})),
            Some(reader),
        ),
        RunEvent::Done(finished) => {
            let result = succeeded(finished).and_then(|finished| shape(&finished));
            (
                result.map_or_else(|error| error_frame(&error), |value| frame("result", &value)),
                None,
            )
        }
        RunEvent::Failed(error) => (error_frame(&error), None),
    })
}

fn error_frame(error: &ApiError) -> SseFrame {
    frame("error", &json(&error.body()))
}

fn frame(event: &'static str, data: &serde_json::Value) -> SseFrame {
    SseFrame {
        event: Some(event),
        data: data.to_string(),
    }
}

/// The event's tag, as its JSON has it too.
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
        Event::Text { .. } => "text",
        Event::StageClosed { .. } => "stage_closed",
        Event::StageFailed { .. } => "stage_failed",
        Event::Done { .. } => "done",
    }
}

/// Plain data as JSON; it always has a form.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_else(|error| {
        tracing::error!(%error, "plain data without a JSON form");
        serde_json::Value::Null
    })
}

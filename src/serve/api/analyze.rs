//! `POST /v1/analyze` and `POST /v1/forecast`: the whole pipeline, or its first stage alone.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::answer;
use crate::analysis::{Analysis, Chart, Forecast, LedgerRow, ModelRef, StageName};
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent, json};
use crate::serve::runs::{AnalyzeBody, Asking, Question, Shared};

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
    let asking = Asking::of(&body, body.background);
    let question = Question::read(body, &app.defaults)?;
    answer(&app, client, (question, asking), streams, |finished| {
        Ok(json(&finished.analysis))
    })
    .await
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
    JsonBody(body): JsonBody<AnalyzeBody>,
) -> Result<Response, ApiError> {
    let (streams, names_stages) = (body.stream.unwrap_or(false), body.stages.is_some());
    let asking = Asking::of(&body, body.background);
    let mut question = Question::read(body, &app.defaults)?;
    let alone = vec![StageName::FORECAST];
    if names_stages && question.options.stages != alone {
        return Err(ApiError::invalid(
            "stages",
            "this route runs the forecast alone; POST /v1/analyze runs the others",
        ));
    }
    question.options.stages = alone;
    answer(&app, client, (question, asking), streams, |finished| {
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

//! `POST /v1/backtest`: forecasts of days that have passed, scored beside naive forecasts.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::answer;
use crate::backtest::Backtest;
use crate::news::GivenHeadline;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals, StreamedEvent, json};
use crate::serve::runs::{AnalyzeBody, Asking, GivenBar, Question, RollingPlan, Shared, within};

/// Body of `POST /v1/backtest`. A field that is not listed is refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ticker": "AAPL", "horizon_days": 2, "context_days": 30, "samples": 2, "origins": 2}))]
pub struct BacktestBody {
    /// Symbol, or a Yahoo Finance link. Required unless `prices` is given.
    #[schema(min_length = 1, max_length = 2048)]
    pub ticker: Option<String>,
    /// Trading days to forecast from each origin.
    #[schema(minimum = 1, maximum = 90, default = 30)]
    pub horizon_days: Option<i64>,
    /// Closes in the context of the forecaster and of the baselines.
    #[schema(minimum = 2, maximum = 5000, default = 180)]
    pub context_days: Option<i64>,
    /// The newest split day; without it, the newest with a whole horizon after it.
    #[schema(value_type = Option<String>, format = Date)]
    pub as_of: Option<NaiveDate>,
    /// Sample paths; without it, as many as the model needs.
    #[schema(minimum = 1, maximum = 256)]
    pub samples: Option<i64>,
    /// The same seed gives the same backtest.
    #[schema(minimum = 0, default = 0)]
    pub seed: Option<u64>,
    /// Number of windows. One window runs the whole analysis as of its split day and reviews it; several run the forecast alone.
    #[schema(minimum = 1, maximum = 500, default = 1)]
    pub origins: Option<i64>,
    /// Trading days from one origin to the next; by default the horizon, so that no two windows share a day.
    #[schema(minimum = 1, maximum = 250)]
    pub stride: Option<i64>,
    /// Your own closes, one a day, in place of a source's.
    #[schema(min_items = 2, max_items = 10000)]
    pub prices: Option<Vec<GivenBar>>,
    /// Your own headlines, in place of the news services'. Those after the split day are left out.
    #[schema(max_items = 500)]
    pub headlines: Option<Vec<GivenHeadline>>,
    /// The language of the report and the review of one window: `en` or `de`.
    #[schema(pattern = "^(en|de)$", default = "en")]
    pub language: Option<String>,
    /// Answer with Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// With true, the work goes on when the client leaves, as in `POST /v1/analyze`.
    #[schema(default = false)]
    pub background: Option<bool>,
}

/// Test forecasts on days that have passed, beside naive ones
#[utoipa::path(
    post,
    path = "/v1/backtest",
    tag = "analysis",
    request_body = BacktestBody,
    responses(
        (status = 200, description = "The backtest; with `stream`, typed events that end with `result` or `error`",
            content((Backtest = "application/json"), (StreamedEvent = "text/event-stream"))),
        Refusals,
    )
)]
pub async fn backtest(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(body): JsonBody<BacktestBody>,
) -> Result<Response, ApiError> {
    let asking = Asking::of(&body, body.background);
    let horizon = within("horizon_days", body.horizon_days, 1, 90, app.defaults.horizon)?;
    let plan = RollingPlan {
        origins: within("origins", body.origins, 1, 500, 1)?,
        stride: within("stride", body.stride, 1, 250, horizon)?,
    };
    let asked = AnalyzeBody {
        ticker: body.ticker,
        horizon_days: body.horizon_days,
        context_days: body.context_days,
        as_of: body.as_of,
        samples: body.samples,
        seed: body.seed,
        prices: body.prices,
        headlines: body.headlines,
        max_headlines: None,
        stages: None,
        language: body.language,
        store: None,
        stream: None,
        background: None,
    };
    let question = Question {
        backtest: Some(plan),
        ..Question::read(asked, &app.defaults)?
    };
    let streams = body.stream.unwrap_or(false);
    answer(&app, client, (question, asking), streams, |finished| {
        finished.backtest.as_ref().map(json).ok_or(ApiError::Internal)
    })
    .await
}

//! `POST /analyze` and `POST /test`: the wire format of the Python original, over the same pipeline.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::analysis::Analysis;
use crate::market::{Bar, Ticker};
use crate::render;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals};
use crate::serve::runs::{Finished, Question, RollingPlan, Shared, ask, outcome, succeeded};

/// Body of both routes. Unknown fields are ignored, as the original did.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(example = json!({"yfinance_link": "https://finance.yahoo.com/quote/AAPL", "prediction_days": 1}))]
pub struct OriginalBody {
    /// A Yahoo Finance link, or a symbol.
    #[schema(max_length = 2048, required = true, nullable = false)]
    pub yfinance_link: Option<String>,
    /// Trading days, 1–90.
    #[schema(minimum = 1, maximum = 90, required = true, nullable = false)]
    pub prediction_days: Option<i64>,
}

/// Answer of `POST /analyze`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OriginalAnalysis {
    /// `Success` or `Error`.
    pub status: String,
    /// What went wrong, where the status is `Error`.
    pub error_message: Option<String>,
    /// The report's sections, Markdown with headings of the third level.
    pub analyst_report: Option<String>,
    /// Five years of bars, or what there is, oldest first.
    pub historical_data: Vec<OriginalBar>,
    /// The trading days forecast, ISO 8601.
    pub forecast_dates: Vec<String>,
    /// The median for each.
    pub forecast_prices: Vec<f64>,
}

/// One bar as the original named its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OriginalBar {
    /// ISO 8601.
    #[serde(rename = "Date")]
    pub date: String,
    /// First price of the day.
    #[serde(rename = "Open")]
    pub open: Option<f64>,
    /// Highest price of the day.
    #[serde(rename = "High")]
    pub high: Option<f64>,
    /// Lowest price of the day.
    #[serde(rename = "Low")]
    pub low: Option<f64>,
    /// Last price of the day.
    #[serde(rename = "Close")]
    pub close: f64,
    /// Shares traded.
    #[serde(rename = "Volume")]
    pub volume: Option<u64>,
}

/// Answer of `POST /test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OriginalTest {
    /// `Success` or `Error`.
    pub status: String,
    /// What went wrong, where the status is `Error`.
    pub error_message: Option<String>,
    /// The report as of the split day, Markdown.
    pub original_analyst_report: Option<String>,
    /// The review of the forecast against the days that came, Markdown.
    pub final_test_report: Option<String>,
    /// Mean absolute error, price units.
    pub mae: Option<f64>,
    /// Mean absolute percentage error, 0–100.
    pub mape: Option<f64>,
    /// Root mean squared error, price units.
    pub rmse: Option<f64>,
    /// Days whose direction was right, 0–100.
    pub directional_accuracy: Option<f64>,
}

/// An analysis in the Python original's format
#[utoipa::path(
    post,
    path = "/analyze",
    tag = "original",
    request_body = OriginalBody,
    responses((status = 200, description = "`status` says whether it succeeded", body = OriginalAnalysis), Refusals)
)]
pub async fn analyze(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(body): JsonBody<OriginalBody>,
) -> Result<Json<OriginalAnalysis>, ApiError> {
    let answer = match analysed(&app, client, &body, None).await? {
        Ok(finished) => OriginalAnalysis {
            status: "Success".into(),
            error_message: failures(&finished.analysis),
            analyst_report: render::report_sections(&finished.analysis),
            historical_data: finished.bars.iter().map(OriginalBar::from).collect(),
            forecast_dates: forecast(&finished.analysis).map(|(date, _)| date).collect(),
            forecast_prices: forecast(&finished.analysis).map(|(_, price)| price).collect(),
        },
        Err(message) => OriginalAnalysis {
            status: "Error".into(),
            error_message: Some(message),
            analyst_report: None,
            historical_data: Vec::new(),
            forecast_dates: Vec::new(),
            forecast_prices: Vec::new(),
        },
    };
    Ok(Json(answer))
}

/// A one-window backtest in the Python original's format
#[utoipa::path(
    post,
    path = "/test",
    tag = "original",
    request_body = OriginalBody,
    responses((status = 200, description = "`status` says whether it succeeded", body = OriginalTest), Refusals)
)]
pub async fn test(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(body): JsonBody<OriginalBody>,
) -> Result<Json<OriginalTest>, ApiError> {
    let outcome = analysed(&app, client, &body, Some(RollingPlan::SINGLE)).await?;
    let compared = outcome.and_then(|finished| {
        let metrics = finished.backtest.as_ref().map(|backtest| backtest.model.clone());
        metrics
            .map(|metrics| (finished, metrics))
            .ok_or_else(|| "the forecast could not be tested".into())
    });
    Ok(Json(match compared {
        Ok((finished, metrics)) => OriginalTest {
            status: "Success".into(),
            error_message: failures(&finished.analysis),
            original_analyst_report: render::report_sections(&finished.analysis),
            final_test_report: finished.analysis.review.as_ref().map(|review| review.markdown.clone()),
            mae: Some(metrics.mae),
            mape: metrics.mape,
            rmse: Some(metrics.rmse),
            directional_accuracy: Some(metrics.directional_accuracy),
        },
        Err(message) => OriginalTest {
            status: "Error".into(),
            error_message: Some(message),
            original_analyst_report: None,
            final_test_report: None,
            mae: None,
            mape: None,
            rmse: None,
            directional_accuracy: None,
        },
    }))
}

/// Runs the pipeline. A failure of the pipeline becomes an answer of status 200 with an error message, as the original did; a bad
/// request, a full queue, an unavailable engine and a timeout keep their own statuses.
async fn analysed(
    app: &Shared,
    client: Client,
    body: &OriginalBody,
    backtest: Option<RollingPlan>,
) -> Result<Result<Arc<Finished>, String>, ApiError> {
    let missing = |param: &'static str| ApiError::Unprocessable {
        message: format!("{param} is missing"),
        param,
    };
    let days = body.prediction_days.ok_or_else(|| missing("prediction_days"))?;
    let horizon = usize::try_from(days).unwrap_or(0);
    if !(1..=90).contains(&horizon) {
        return Err(ApiError::Unprocessable {
            message: format!("prediction_days must be 1 to 90, not {days}"),
            param: "prediction_days",
        });
    }
    let link = body.yfinance_link.as_deref().ok_or_else(|| missing("yfinance_link"))?;
    let ticker = Ticker::parse(link).map_err(|error| ApiError::Unprocessable {
        message: error.to_string(),
        param: "yfinance_link",
    })?;
    let mut question = Question::about(ticker, &app.defaults);
    question.options.horizon = horizon;
    question.backtest = backtest;
    let finished = outcome(ask(app, client, question)?).await.and_then(succeeded);
    match finished {
        Ok(finished) => Ok(Ok(finished)),
        Err(error @ (ApiError::QueueFull { .. } | ApiError::Unavailable { .. } | ApiError::Timeout(_))) => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn forecast(analysis: &Analysis) -> impl Iterator<Item = (String, f64)> {
    let forecast = analysis.forecast.iter();
    forecast.flat_map(|forecast| {
        forecast
            .dates
            .iter()
            .map(ToString::to_string)
            .zip(forecast.median.iter().copied())
    })
}

/// The failed stages with their reasons, on one line.
fn failures(analysis: &Analysis) -> Option<String> {
    let failures: Vec<String> = analysis
        .errors
        .iter()
        .map(|failure| format!("{}: {}", failure.stage, failure.message))
        .collect();
    (!failures.is_empty()).then(|| failures.join("; "))
}

impl From<&Bar> for OriginalBar {
    fn from(bar: &Bar) -> Self {
        OriginalBar {
            date: bar.date.to_string(),
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        }
    }
}

//! `POST /v1/market`: the bars, indicators and headlines behind a question. Runs no model, so it answers at once.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::indicators::{Stats, stats};
use crate::market::{Bar, Fundamentals, SourceKind, next_trading_days};
use crate::news::Headline;
use crate::run::Gathered;
use crate::serve::http::{ApiError, JsonBody, Refusals};
use crate::serve::runs::{AnalyzeBody, GivenBar, Question, Shared, market as gather};

/// Answer of `POST /v1/market`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Market {
    /// Always `market`.
    pub object: String,
    /// The symbol.
    pub ticker: String,
    /// The company's name, where known.
    pub company: Option<String>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// The exchange, where the source tells it.
    pub exchange: Option<String>,
    /// The date of the last bar.
    pub as_of: NaiveDate,
    /// Where the prices are from.
    pub source: SourceKind,
    /// Daily bars, oldest first; five years where the source has them.
    pub bars: Vec<GivenBar>,
    /// The trading days that a forecast of `horizon_days` would have.
    #[schema(value_type = Vec<String>)]
    pub ahead: Vec<NaiveDate>,
    /// Indicators computed from the bars.
    pub features: Stats,
    /// Company data of this day, where a service states them.
    pub fundamentals: Option<Fundamentals>,
    /// The headlines, newest first, without labels.
    pub headlines: Vec<MarketHeadline>,
    /// The news services that answered.
    pub answered: Vec<String>,
    /// Remarks for the reader, such as a source that did not answer.
    pub warnings: Vec<String>,
}

/// A headline that no classifier has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarketHeadline {
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: String,
    /// When it was published, UTC.
    pub published_at: DateTime<Utc>,
    /// Where it can be read.
    #[schema(pattern = "^https?://")]
    pub url: Option<String>,
}

/// Prices, indicators and headlines, without a model
///
/// The data that `POST /v1/analyze` would give to its stages. `samples` and `seed` change nothing.
#[utoipa::path(
    post,
    path = "/v1/market",
    tag = "analysis",
    request_body(content = AnalyzeBody, example = json!({"ticker": "AAPL"})),
    responses((status = 200, description = "The data", body = Market), Refusals)
)]
pub async fn market(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<AnalyzeBody>,
) -> Result<Json<Market>, ApiError> {
    let question = Question::read(body, &app.defaults)?;
    gather(&app.sources, &question).await?.try_into().map(Json)
}

impl TryFrom<Gathered> for Market {
    type Error = ApiError;

    fn try_from(Gathered { job, .. }: Gathered) -> Result<Self, ApiError> {
        let series = job.series;
        let as_of = series.bars.last().ok_or(ApiError::Internal)?.date;
        let ahead = next_trading_days(&series, as_of, job.options.horizon).dates;
        let mut warnings = series.warnings;
        warnings.extend(series.doubts.into_iter().map(|doubt| doubt.text));
        warnings.extend(job.news.warnings);
        Ok(Market {
            object: "market".into(),
            ticker: series.ticker.to_string(),
            company: series.company,
            currency: series.currency,
            exchange: series.exchange,
            as_of,
            source: series.source,
            features: stats(&series.bars, job.options.context),
            bars: series.bars.into_iter().map(given).collect(),
            ahead,
            fundamentals: job.fundamentals,
            headlines: job.news.headlines.into_iter().map(shown).collect(),
            answered: job.news.answered,
            warnings,
        })
    }
}

fn given(bar: Bar) -> GivenBar {
    GivenBar {
        date: bar.date,
        close: bar.close,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        volume: bar.volume,
    }
}

fn shown(headline: Headline) -> MarketHeadline {
    MarketHeadline {
        title: headline.title,
        source: headline.source,
        published_at: headline.published_at,
        url: headline.url,
    }
}

//! Gathering: a request and its sources come in, a [`Job`] goes out. Async, and the only part of a run that uses the network;
//! opens no model.

use std::time::Instant;

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{FEWEST_BARS, PipelineError};
use crate::analysis::{Job, JobOptions, StageName};
use crate::engine;
use crate::market::{self, BarQuery, BarSources, Fundamentals, Series, Ticker, YahooSummary};
use crate::net::HttpClient;
use crate::news::{self, NewsQuery, NewsSources};

/// Bars requested from a source: five years, so that indicators can be compared with the stock's own history.
pub const BARS: usize = 5 * 252;

/// A request for an analysis.
#[derive(Debug, Clone)]
pub struct Request {
    /// The security.
    pub ticker: Ticker,
    /// No data after this day is used; `None` for the newest data.
    pub as_of: Option<NaiveDate>,
    /// Settings of the analysis.
    pub options: JobOptions,
}

/// The sources of bars and headlines.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The HTTP client for all network access.
    pub client: HttpClient,
    /// The sources of bars, in the order in which they are asked.
    pub market: BarSources,
    /// The cache of bars from earlier runs.
    pub cache: Option<market::Cache>,
    /// The source of company data.
    pub fundamentals: Option<YahooSummary>,
    /// The sources of headlines.
    pub news: NewsSources,
    /// What is done about glitches in the bars.
    pub repair: market::Repair,
}

/// A job and how long gathering took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gathered {
    /// The gathered data.
    pub job: Job,
    /// Time spent gathering, in milliseconds.
    pub gather_ms: f64,
}

/// Fetches bars and headlines and creates the job.
///
/// # Errors
///
/// [`PipelineError::Market`] or [`PipelineError::TooFewBars`]; failures of news sources become warnings of the job.
pub async fn gather(request: &Request, sources: &Sources) -> Result<Gathered, PipelineError> {
    let begun = Instant::now();
    let query = BarQuery {
        ticker: request.ticker.clone(),
        as_of: request.as_of,
        bars: BARS.max(request.options.context),
        repair: sources.repair,
    };
    let mut series = market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref()).await?;
    if series.bars.len() < FEWEST_BARS {
        return Err(PipelineError::TooFewBars {
            ticker: request.ticker.to_string(),
            found: series.bars.len(),
            until: request
                .as_of
                .map_or_else(|| "today".to_owned(), |date| date.to_string()),
        });
    }
    // Bundled and user-supplied histories end in the past; use the news of their last day.
    let today = Utc::now().date_naive();
    let newest = match series.last() {
        Some(bar) if !series.source.is_live() => bar.date,
        _ => today,
    };
    let as_of = request.as_of.unwrap_or(newest);
    market::check_age(&mut series, as_of.min(Utc::now().date_naive()))?;
    let news = if request.options.stages.contains(&StageName::SENTIMENT) {
        let query = NewsQuery {
            limit: request.options.max_headlines,
            ..NewsQuery::new(request.ticker.clone(), series.company.clone(), as_of)
        };
        news::gather(&sources.client, &sources.news, &query).await
    } else {
        news::News::default()
    };
    let fundamentals = fundamentals(request, &series, sources).await;
    let id = format!("analysis-{}", Uuid::now_v7().simple());
    let job = Job {
        id,
        series,
        news,
        fundamentals,
        truth: Vec::new(),
        options: request.options.clone(),
    };
    Ok(Gathered {
        job,
        gather_ms: engine::milliseconds(begun),
    })
}

/// Company data, which an analysis can do without. They are of this day, so an as-of date gets none.
async fn fundamentals(request: &Request, series: &Series, sources: &Sources) -> Option<Fundamentals> {
    let service = sources.fundamentals.as_ref()?;
    if request.as_of.is_some() || !series.source.is_live() {
        return None;
    }
    match service.of(&sources.client, &request.ticker).await {
        Ok(found) => Some(found).filter(|found| !found.is_empty()),
        Err(error) => {
            tracing::debug!(ticker = %request.ticker, %error, "no company data");
            None
        }
    }
}

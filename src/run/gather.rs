//! Gathering: a request and its sources come in, a [`Job`] goes out. Async, and the only part of a run that uses the network;
//! opens no model.

use std::time::Instant;

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{FEWEST_BARS, PipelineError};
use crate::analysis::{Job, JobOptions, StageName};
use crate::engine;
use crate::market::{self, BarQuery, MarketSource, SourceKind, Ticker};
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
    /// The source of bars.
    pub market: MarketSource,
    /// The cache of bars from earlier runs.
    pub cache: Option<market::Cache>,
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
    let newest = match series.source {
        SourceKind::Yahoo => Utc::now().date_naive(),
        _ => series.last().map_or_else(|| Utc::now().date_naive(), |bar| bar.date),
    };
    let as_of = request.as_of.unwrap_or(newest);
    market::check_age(&mut series, as_of.min(Utc::now().date_naive()))?;
    let news = if request.options.stages.contains(&StageName::SENTIMENT) {
        let query = NewsQuery::new(request.ticker.clone(), series.company.clone(), as_of);
        news::gather(&sources.client, &sources.news, &query).await
    } else {
        news::News::default()
    };
    let id = format!("analysis-{}", Uuid::now_v7().simple());
    let job = Job {
        id,
        series,
        news,
        truth: Vec::new(),
        options: request.options.clone(),
    };
    Ok(Gathered {
        job,
        gather_ms: engine::milliseconds(begun),
    })
}

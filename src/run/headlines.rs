//! Gathers what a dataset of headlines is made of: the volatility of many tickers, one number each, and the headlines of a few
//! with what their prices did afterwards. Async; opens no model.

use chrono::{NaiveDate, Utc};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::ahead::in_order;
use super::batch::Asked;
use super::error::PipelineError;
use super::gather::Sources;
use crate::analysis::{FailureKind, StageError};
use crate::dataset::sentiment::{CLOSES, Moves, Story, Volatility};
use crate::market::{self, BarQuery, Series, Ticker};
use crate::news::{self, NewsQuery};

/// Results that may wait while others are fetched.
const AHEAD: usize = 64;

/// Fetches two years of prices of each ticker, `at_once` at the same time, and gives its volatility in the order of the tickers.
/// No prices are kept.
pub(crate) fn volatilities(
    runtime: &Handle,
    tickers: Vec<Asked>,
    as_of: Option<NaiveDate>,
    sources: &Sources,
    at_once: usize,
) -> mpsc::Receiver<(String, Result<Volatility, StageError>)> {
    let sources = sources.clone();
    in_order(runtime, tickers, (at_once, AHEAD), move |asked: Asked| {
        let sources = sources.clone();
        async move {
            let volatility = match asked.ticker {
                Ok(ticker) => volatility(&ticker, as_of, &sources).await,
                Err(error) => Err(StageError::new(FailureKind::UnknownTicker, error.to_string())),
            };
            (asked.text, volatility)
        }
    })
}

async fn volatility(ticker: &Ticker, as_of: Option<NaiveDate>, sources: &Sources) -> Result<Volatility, StageError> {
    let series = prices(ticker, as_of, sources).await?;
    Volatility::of(&series).map_err(|error| StageError::new(FailureKind::TooFewData, error.to_string()))
}

async fn prices(ticker: &Ticker, as_of: Option<NaiveDate>, sources: &Sources) -> Result<Series, PipelineError> {
    let query = BarQuery {
        ticker: ticker.clone(),
        as_of,
        bars: CLOSES,
        repair: sources.repair,
    };
    Ok(market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref()).await?)
}

/// The headlines of a ticker.
#[derive(Debug)]
pub(crate) struct TickerNews {
    /// The headlines, newest first.
    pub(crate) stories: Vec<Story>,
    /// The prices that followed headlines.
    pub(crate) moves: Moves,
    /// Problems of the sources.
    pub(crate) warnings: Vec<String>,
}

/// Fetches the headlines of `days` days up to `as_of`, or up to the newest day that the source of prices has, for each ticker in
/// the given order.
pub(crate) fn headlines(
    runtime: &Handle,
    tickers: Vec<Ticker>,
    (as_of, days): (Option<NaiveDate>, u32),
    sources: &Sources,
    at_once: usize,
) -> mpsc::Receiver<(Ticker, Result<TickerNews, StageError>)> {
    let sources = sources.clone();
    in_order(runtime, tickers, (at_once, AHEAD), move |ticker: Ticker| {
        let sources = sources.clone();
        async move {
            let news = ticker_news(&ticker, as_of, days, &sources).await;
            (ticker, news.map_err(StageError::from))
        }
    })
}

async fn ticker_news(
    ticker: &Ticker,
    as_of: Option<NaiveDate>,
    days: u32,
    sources: &Sources,
) -> Result<TickerNews, PipelineError> {
    let series = prices(ticker, as_of, sources).await?;
    // Bundled and user-supplied histories end in the past; use the news of their last day.
    let newest = match (series.source, series.last()) {
        (source, _) if source.is_live() => Utc::now().date_naive(),
        (_, None) => Utc::now().date_naive(),
        (_, Some(bar)) => bar.date,
    };
    let query = NewsQuery {
        days,
        // As many as a source returns at once.
        limit: usize::MAX,
        ..NewsQuery::new(ticker.clone(), series.company.clone(), as_of.unwrap_or(newest))
    };
    let news = news::gather(&sources.client, &sources.news, &query).await;
    let moves = Moves::of(&series);
    let company = series.company.as_deref().unwrap_or(ticker.as_str());
    let stories = news.headlines.into_iter().map(|headline| Story {
        ticker: ticker.clone(),
        company: company.to_owned(),
        next_day_change: moves.next_day_change(headline.published_at.date_naive()),
        headline,
    });
    Ok(TickerNews {
        stories: stories.collect(),
        moves,
        warnings: news.warnings,
    })
}

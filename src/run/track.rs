//! The live record: takes stored forecasts, fetches the bars since then and scores them as a [`Track`].

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};

use super::error::PipelineError;
use super::gather::Sources;
use crate::backtest::{Track, Tracked, track, track_one};
use crate::market::{self, Bar, BarQuery, Series, Ticker};
use crate::store::{Store, StoreError};

/// Why the live record cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Scores all stored forecasts, of one ticker or of all, against today's bars. When the bars of a ticker cannot be fetched, a
/// warning says so and its forecasts count as unknown.
///
/// # Errors
///
/// [`TrackError::Store`].
pub async fn track_record(store: &Store, sources: &Sources, only: Option<&Ticker>) -> Result<Track, TrackError> {
    let today = Utc::now().date_naive();
    let mut bars: HashMap<String, Vec<Bar>> = HashMap::new();
    let mut warnings = Vec::new();
    for (ticker, oldest) in store.tickers().await? {
        if only.is_some_and(|only| only.as_str() != ticker) {
            continue;
        }
        match fetch(&ticker, oldest, today, sources).await {
            Ok(found) => {
                warnings.extend(found.doubts.iter().map(|doubt| format!("{ticker}: {}", doubt.text)));
                bars.insert(ticker, found.bars);
            }
            Err(error) => warnings.push(format!("{ticker}: {error}")),
        }
    }
    let mut forecasts: Vec<Tracked> = Vec::new();
    let mut place = None;
    loop {
        let (page, next) = store.forecasts(place).await?;
        let wanted = page
            .iter()
            .filter(|analysis| only.is_none_or(|only| only.as_str() == analysis.ticker));
        forecasts.extend(
            wanted.filter_map(|analysis| track_one(analysis, bars.get(&analysis.ticker).map_or(&[], Vec::as_slice))),
        );
        if next.is_none() {
            break;
        }
        place = next;
    }
    let mut record = track(forecasts);
    record.warnings.extend(warnings);
    Ok(record)
}

async fn fetch(ticker: &str, oldest: NaiveDate, today: NaiveDate, sources: &Sources) -> Result<Series, PipelineError> {
    let ticker = Ticker::parse(ticker).map_err(market::MarketError::from)?;
    // An upper bound: every day since then could have been a trading day.
    let days = usize::try_from((today - oldest).num_days().max(0)).unwrap_or(0);
    let query = BarQuery {
        ticker,
        as_of: None,
        bars: days * 5 / 7 + 10,
        repair: sources.repair,
    };
    Ok(market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref()).await?)
}

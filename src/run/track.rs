//! The live record: takes stored forecasts, fetches the bars since then and scores them as a [`Track`].

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};

use super::error::PipelineError;
use super::gather::Sources;
use crate::backtest::{Track, Tracked, track, track_one};
use crate::market::{self, BarQuery, Series, Ticker};
use crate::store::{Store, StoreError};

/// Why the live record cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Scores all stored forecasts, of one ticker or of all, against today's bars. Those of other prices, such as the demo's or the
/// user's own, are left out where the bars come from a service. When the bars of a ticker cannot be fetched, a
/// warning says so and its forecasts count as unknown.
///
/// # Errors
///
/// [`TrackError::Store`].
pub async fn track_record(store: &Store, sources: &Sources, only: Option<&Ticker>) -> Result<Track, TrackError> {
    let today = Utc::now().date_naive();
    let mut bars: HashMap<String, Series> = HashMap::new();
    let mut warnings = Vec::new();
    for (ticker, oldest) in store.tickers().await? {
        if only.is_some_and(|only| only.as_str() != ticker) {
            continue;
        }
        match fetch(&ticker, oldest, today, sources).await {
            Ok(found) => {
                warnings.extend(found.doubts.iter().map(|doubt| format!("{ticker}: {}", doubt.text)));
                bars.insert(ticker, found);
            }
            Err(error) => warnings.push(format!("{ticker}: {error}")),
        }
    }
    let mut forecasts: Vec<Tracked> = Vec::new();
    let (mut place, mut left_out) = (None, 0);
    let has_service = sources.market.iter().any(|source| source.origin().is_some());
    loop {
        let (page, next) = store.forecasts(place).await?;
        let wanted = page
            .iter()
            .filter(|analysis| only.is_none_or(|only| only.as_str() == analysis.ticker));
        for analysis in wanted {
            let found = bars.get(&analysis.ticker);
            // A service that did not answer is one all the same.
            let are_live = found.map_or(has_service, |found| found.source.is_live());
            if are_live && analysis.source.is_some_and(|source| !source.is_live()) {
                left_out += 1;
                continue;
            }
            forecasts.extend(track_one(analysis, found.map_or(&[], |found| &found.bars)));
        }
        if next.is_none() {
            break;
        }
        place = next;
    }
    let mut record = track(forecasts);
    record.warnings.extend(warnings);
    if left_out > 0 {
        let forecasts = if left_out == 1 { "forecast" } else { "forecasts" };
        record.warnings.push(format!(
            "{left_out} {forecasts} of the demo's or of your own prices left out: they are not those of the market"
        ));
    }
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

//! Fetches the newest bars of a ticker up to the as-of date, from the cache or the source. No later bar is ever returned,
//! whichever the source.

use std::path::PathBuf;

use chrono::{Days, NaiveDate, Utc};

use super::cache::{Cache, CacheKey};
use super::calendar::without_open_day;
use super::csv::{CsvOptions, csv_of};
use super::demo::demo_series;
use super::error::MarketError;
use super::series::{DateRange, Series};
use super::ticker::Ticker;
use super::yahoo::{YahooOptions, daily_bars};
use crate::net::HttpClient;

/// Where bars come from.
#[derive(Debug, Clone)]
pub enum MarketSource {
    /// Yahoo's chart service.
    Yahoo(YahooOptions),
    /// A file of the user's.
    Csv(CsvOptions),
    /// A folder of the user's with one CSV file a ticker.
    CsvFolder(PathBuf),
    /// The bundled prices.
    Demo,
    /// A series that came with the request.
    Given(Box<Series>),
}

/// Which bars are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarQuery {
    /// Of which security.
    pub ticker: Ticker,
    /// No bar is later than this day; without it, today.
    pub as_of: Option<NaiveDate>,
    /// Number of newest bars; fewer where the source has fewer.
    pub bars: usize,
}

/// The bars that `query` asks for, oldest first, at least one.
///
/// # Errors
/// [`MarketError`] of the source. The cache never fails.
pub async fn fetch(
    client: &HttpClient,
    source: &MarketSource,
    query: &BarQuery,
    cache: Option<&Cache>,
) -> Result<Series, MarketError> {
    let series = match source {
        MarketSource::Yahoo(options) => from_yahoo(client, options, query, cache).await?,
        MarketSource::Csv(options) => {
            let (options, ticker) = (options.clone(), query.ticker.clone());
            blocking(move || options.read(&ticker)).await?
        }
        MarketSource::CsvFolder(folder) => {
            let (folder, ticker) = (folder.clone(), query.ticker.clone());
            blocking(move || csv_of(&folder, &ticker).read(&ticker)).await?
        }
        MarketSource::Demo => {
            let ticker = query.ticker.clone();
            blocking(move || demo_series(&ticker)).await?
        }
        MarketSource::Given(series) => (**series).clone(),
    };
    newest(without_open_day(series, Utc::now()), query)
}

/// Cuts to the as-of date and to the wanted count.
fn newest(series: Series, query: &BarQuery) -> Result<Series, MarketError> {
    let first = series.bars.first().map(|bar| bar.date);
    let mut series = match query.as_of {
        Some(as_of) => series.until(as_of),
        None => series,
    };
    if let (true, Some(as_of), Some(first)) = (series.bars.is_empty(), query.as_of, first) {
        return Err(MarketError::NothingYet {
            ticker: query.ticker.clone(),
            as_of,
            first,
        });
    }
    let surplus = series.bars.len().saturating_sub(query.bars.max(1));
    series.bars.drain(..surplus);
    Ok(series)
}

/// The bars that [`fetch`] would take from the cache, without a request; `None` where it would ask the source.
pub async fn cached(source: &MarketSource, query: &BarQuery, cache: &Cache) -> Option<Series> {
    let MarketSource::Yahoo(options) = source else {
        return None;
    };
    let (cache, key) = (cache.clone(), key(options, query));
    let series = blocking(move || cache.load(&key, Utc::now())).await?;
    newest(series, query).ok()
}

async fn from_yahoo(
    client: &HttpClient,
    options: &YahooOptions,
    query: &BarQuery,
    cache: Option<&Cache>,
) -> Result<Series, MarketError> {
    let now = Utc::now();
    // The exchange's day can be a day ahead of UTC's.
    let to = query.as_of.unwrap_or(now.date_naive() + Days::new(1));
    let range = DateRange {
        from: to
            .checked_sub_days(Days::new(calendar_days(rounded_up(query.bars))))
            .unwrap_or(NaiveDate::MIN),
        to,
    };
    let Some(cache) = cache.cloned() else {
        return daily_bars(client, options, &query.ticker, range).await;
    };
    let key = key(options, query);
    let (reader, wanted) = (cache.clone(), key.clone());
    if let Some(series) = blocking(move || reader.load(&wanted, now)).await {
        tracing::debug!(ticker = %query.ticker, "bars from the cache");
        return Ok(series);
    }
    let series = daily_bars(client, options, &query.ticker, range).await?;
    let kept = series.clone();
    blocking(move || cache.store(&key, &kept, now)).await;
    Ok(series)
}

fn key(options: &YahooOptions, query: &BarQuery) -> CacheKey {
    let bars = rounded_up(query.bars);
    CacheKey {
        origin: options.base_url.clone(),
        ticker: query.ticker.clone(),
        range: match query.as_of {
            Some(date) => format!("{date}-{bars}"),
            None => format!("latest-{bars}"),
        },
    }
}

/// Rounds the number of bars up, so that analyses with different contexts share one answer and one cache file.
fn rounded_up(bars: usize) -> u64 {
    const STEPS: [u64; 4] = [520, 1_300, 2_600, 5_200];
    let bars = bars.min(25_000) as u64;
    STEPS.into_iter().find(|&step| bars <= step).unwrap_or(25_000)
}

/// Calendar days that cover a number of bars: exchanges trade about 250 days a year, a few far fewer.
fn calendar_days(bars: u64) -> u64 {
    bars * 365 / 240 + 30
}

/// Runs file reads and decompression off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A task is cancelled only when the runtime shuts down, and then this future is dropped too.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rounded_up_and_bounded() {
        assert_eq!(
            [1, 520, 521, 5_201, usize::MAX].map(rounded_up),
            [520, 520, 1_300, 25_000, 25_000]
        );
    }

    #[test]
    fn so_many_days_hold_so_many_bars() {
        // 2000-03-01 to 2013-03-01 had 3,270 trading days in 4,748 calendar days.
        assert!(calendar_days(3_270) >= 4_748);
    }
}

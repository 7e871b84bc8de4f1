//! Fetches the newest bars of a ticker up to the as-of date, from the cache or from the first source that has them. No later bar is
//! ever returned, whichever the source.

use chrono::{DateTime, Utc};

use super::cache::{Cache, CacheKey, Kept};
use super::calendar::{SETTLED_AFTER, last_session_end, next_session_end, without_open_day};
use super::error::MarketError;
use super::repair::repaired;
use super::series::Series;
use super::sources::{BarQuery, BarSource, BarSources, blocking};
use crate::net::HttpClient;

/// The bars that `query` asks for, oldest first, at least one. A source that fails is passed over for the next, and a warning says
/// so; when all fail, bars of an earlier run are used, with a warning that says of which day they are.
///
/// # Errors
/// [`MarketError`] of the only source, or [`MarketError::AllFailed`]. The cache never fails.
pub async fn fetch(
    client: &HttpClient,
    sources: &BarSources,
    query: &BarQuery,
    cache: Option<&Cache>,
) -> Result<Series, MarketError> {
    fetch_at(client, sources, query, cache, Utc::now()).await
}

/// [`fetch`] at a time of the clock.
async fn fetch_at(
    client: &HttpClient,
    sources: &BarSources,
    query: &BarQuery,
    cache: Option<&Cache>,
    now: DateTime<Utc>,
) -> Result<Series, MarketError> {
    let mut failures: Vec<MarketError> = Vec::new();
    for source in sources.iter() {
        match from_source(client, source, query, cache, now).await {
            Ok(mut series) => {
                let passed = failures
                    .iter()
                    .map(|failure| format!("{}; {} was asked instead", failure.in_full(), series.source.shown()));
                let passed: Vec<String> = passed.collect();
                series.warnings.extend(passed);
                return newest(series, query, now);
            }
            Err(error) => {
                tracing::debug!(ticker = %query.ticker, source = source.name(), error = error.in_full(), "no bars");
                failures.push(error);
            }
        }
    }
    if failures.iter().any(MarketError::is_of_the_source)
        && let Some(series) = old_bars(sources, query, cache, &failures).await
    {
        return newest(series, query, now);
    }
    Err(all_failed(query, failures))
}

/// The error of the only source, or one that tells of all.
fn all_failed(query: &BarQuery, mut failures: Vec<MarketError>) -> MarketError {
    let of_the_security = failures.iter().position(|failure| !failure.is_of_the_source());
    match (failures.len(), of_the_security) {
        (0, _) => MarketError::NoSource,
        (1, _) => failures.remove(0),
        // Every source was asked and says the same.
        (_, Some(first)) if failures.iter().all(|failure| !failure.is_of_the_source()) => failures.remove(first),
        _ => MarketError::AllFailed {
            ticker: query.ticker.clone(),
            reasons: failures.iter().map(MarketError::in_full).collect(),
        },
    }
}

/// Leaves out a bar that is still moving, cuts to the as-of date and to the wanted count, and repairs what is left.
fn newest(series: Series, query: &BarQuery, now: DateTime<Utc>) -> Result<Series, MarketError> {
    let series = without_open_day(series, now);
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
    Ok(repaired(series, query.repair))
}

/// The bars that [`fetch`] would take from the cache, without a request; `None` where it would ask a source.
pub async fn cached(sources: &BarSources, query: &BarQuery, cache: &Cache) -> Option<Series> {
    let source = sources.iter().next()?;
    let now = Utc::now();
    let series = fresh(source, query, cache, now).await?;
    newest(series, query, now).ok()
}

async fn from_source(
    client: &HttpClient,
    source: &dyn BarSource,
    query: &BarQuery,
    cache: Option<&Cache>,
    now: DateTime<Utc>,
) -> Result<Series, MarketError> {
    let Some((cache, key)) = cache.cloned().zip(key(source, query)) else {
        return source.bars(client, query).await;
    };
    if let Some(series) = fresh(source, query, &cache, now).await {
        tracing::debug!(ticker = %query.ticker, "bars from the cache");
        return Ok(series);
    }
    let series = source.bars(client, query).await?;
    let kept = series.clone();
    blocking(move || cache.store(&key, &kept, now)).await;
    Ok(series)
}

/// The kept bars of a source, where no session has ended since they were fetched.
async fn fresh(source: &dyn BarSource, query: &BarQuery, cache: &Cache, now: DateTime<Utc>) -> Option<Series> {
    let kept = kept(source, query, cache).await?;
    // In the half hour after a session's end its bar may be final already.
    let ended = next_session_end(&kept.series, now).map(|end| end - SETTLED_AFTER);
    if ended.is_some_and(|ended| ended <= now && kept.fetched_at < ended) {
        return None;
    }
    let session_end = last_session_end(&kept.series, now);
    kept.is_fresh(session_end, query.as_of, now).then_some(kept.series)
}

async fn kept(source: &dyn BarSource, query: &BarQuery, cache: &Cache) -> Option<Kept> {
    let (cache, key) = (cache.clone(), key(source, query)?);
    blocking(move || cache.load(&key)).await
}

/// What an earlier run fetched, from the first source that has anything.
async fn old_bars(
    sources: &BarSources,
    query: &BarQuery,
    cache: Option<&Cache>,
    failures: &[MarketError],
) -> Option<Series> {
    for source in sources.iter() {
        let Some(kept) = kept(source, query, cache?).await else {
            continue;
        };
        // A bar that was still moving then never became final.
        let mut series = without_open_day(kept.series, kept.fetched_at);
        series.warnings.insert(
            0,
            format!(
                "these bars were fetched on {} and may be out of date: {}",
                kept.fetched_at.format("%Y-%m-%d at %H:%M UTC"),
                failures.iter().map(MarketError::in_full).collect::<Vec<_>>().join("; ")
            ),
        );
        return Some(series);
    }
    None
}

fn key(source: &dyn BarSource, query: &BarQuery) -> Option<CacheKey> {
    let bars = query.rounded_up();
    Some(CacheKey {
        origin: source.origin()?.to_owned(),
        ticker: query.ticker.clone(),
        range: match query.as_of {
            Some(date) => format!("{date}-{bars}"),
            None => format!("latest-{bars}"),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chrono::NaiveDate;
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::market::demo::demo_series;
    use crate::market::{Bar, Ticker};
    use crate::net::HttpOptions;

    /// A service that counts how often it is asked and has a bar of each day, the last still moving until the session's end.
    #[derive(Debug, Clone)]
    struct Counted {
        asked: Arc<AtomicUsize>,
        until: NaiveDate,
    }

    impl BarSource for Counted {
        fn name(&self) -> &'static str {
            "counted"
        }

        fn origin(&self) -> Option<&str> {
            Some("http://counted.test")
        }

        fn bars<'a>(&'a self, _: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let mut series = demo_series(&query.ticker).unwrap();
            series.exchange = Some("NYSE".to_owned());
            let last = *series.bars.last().unwrap();
            let days = last.date.iter_days().skip(3).take_while(|day| *day <= self.until);
            // No two days are alike, or they would be taken for copies.
            let bar = |(number, date): (u32, NaiveDate)| Bar {
                close: last.close * (1.0 + 0.001 * f64::from(number)),
                open: None,
                high: None,
                low: None,
                date,
                ..last
            };
            series.bars.extend((1..).zip(days).map(bar));
            Box::pin(async move { Ok(series) })
        }
    }

    #[tokio::test]
    async fn a_run_in_the_session_and_one_after_the_close_ask_again_and_one_in_the_evening_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let asked = Arc::new(AtomicUsize::new(0));
        let client = HttpClient::new(&HttpOptions::default()).unwrap();
        let query = BarQuery {
            ticker: Ticker::parse("IBM").unwrap(),
            as_of: None,
            bars: 100,
            repair: Default::default(),
        };
        let run = async |now: &str| {
            let now: DateTime<Utc> = now.parse().unwrap();
            let source = Counted {
                asked: Arc::clone(&asked),
                until: now.date_naive(),
            };
            let before = asked.load(Ordering::Relaxed);
            let sources = BarSources::only(source);
            let series = fetch_at(&client, &sources, &query, Some(&cache), now).await.unwrap();
            let last = series.last().unwrap().date.to_string();
            (last, asked.load(Ordering::Relaxed) - before)
        };
        // Monday, 2013-03-04, in New York: the session is from 14:30 to 21:00 UTC.
        assert_eq!(run("2013-03-04T16:00:00Z").await, ("2013-03-01".to_owned(), 1));
        assert_eq!(run("2013-03-04T18:00:00Z").await, ("2013-03-01".to_owned(), 0));
        assert_eq!(run("2013-03-04T22:00:00Z").await, ("2013-03-04".to_owned(), 1));
        assert_eq!(run("2013-03-04T23:50:00Z").await, ("2013-03-04".to_owned(), 0));
        assert_eq!(run("2013-03-05T09:00:00Z").await, ("2013-03-04".to_owned(), 0));
        assert_eq!(run("2013-03-05T22:00:00Z").await, ("2013-03-05".to_owned(), 1));
    }
}

//! Fetches the series of many tickers into a pack: a few at a time, at a steady pace, each kept in the disk cache, so that an
//! interrupted run asks only for what is missing.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::Mutex;

use super::collect::Collected;
use super::error::DatasetError;
use super::pack::PackWriter;
use crate::market::{BarQuery, BarSources, Cache, MarketError, Repair, Series, Ticker, cached, fetch};
use crate::net::{HttpClient, in_full};

/// Rounds over the tickers: one that fails, because a service is busy, is asked for again at the end.
const ROUNDS: usize = 2;

/// How to fetch.
#[derive(Debug, Clone)]
pub struct Fetching<'a> {
    /// The connection.
    pub client: &'a HttpClient,
    /// The sources, in the order in which they are asked.
    pub sources: &'a BarSources,
    /// Where series are kept.
    pub cache: &'a Cache,
    /// Newest bars of each ticker.
    pub bars: usize,
    /// What is done about glitches in them.
    pub repair: Repair,
    /// Requests under way at the same time.
    pub at_once: usize,
    /// Time between the starts of two requests.
    pub pace: Duration,
}

/// Fetches the series of all tickers into `writer`. `watch` is told how many are done and returns false to interrupt.
///
/// # Errors
/// When the pack cannot be written, when there is no series, and [`DatasetError::Interrupted`]. A ticker that fails twice is
/// listed.
pub async fn fetch_series(
    fetching: &Fetching<'_>,
    tickers: Vec<Ticker>,
    mut writer: PackWriter,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Collected, DatasetError> {
    let mut asked = tickers;
    let mut failures = Vec::new();
    for round in 1..=ROUNDS {
        let mut missing = Vec::new();
        let gate = &Mutex::new(());
        let mut answers = stream::iter(asked.drain(..))
            .map(|ticker| async move {
                let fetched = one(fetching, &ticker, gate).await;
                (ticker, fetched)
            })
            .buffer_unordered(fetching.at_once);
        while let Some((ticker, fetched)) = answers.next().await {
            match fetched {
                Ok(series) => writer.add_certain(&series)?,
                Err(MarketError::Http { .. }) if round < ROUNDS => missing.push(ticker),
                Err(error) => failures.push((ticker.to_string(), in_full(&error))),
            }
            if !watch(writer.len()) {
                return Err(DatasetError::Interrupted { prompts: 0 });
            }
        }
        drop(answers);
        asked = missing;
    }
    if writer.is_empty() {
        let reason = failures.first().map_or_else(
            || "no ticker was named".to_owned(),
            |(ticker, reason)| format!("{ticker}: {reason}"),
        );
        return Err(DatasetError::NoSeries { reason });
    }
    Ok(Collected {
        pack: writer.finish()?,
        failures,
    })
}

/// The bars of one ticker. Only a request waits at the gate, which lets one through in each pace.
async fn one(fetching: &Fetching<'_>, ticker: &Ticker, gate: &Mutex<()>) -> Result<Series, MarketError> {
    let query = BarQuery {
        ticker: ticker.clone(),
        as_of: None,
        bars: fetching.bars,
        repair: fetching.repair,
    };
    if let Some(series) = cached(fetching.sources, &query, fetching.cache).await {
        return Ok(series);
    }
    {
        let _turn = gate.lock().await;
        tokio::time::sleep(fetching.pace).await;
    }
    fetch(fetching.client, fetching.sources, &query, Some(fetching.cache)).await
}

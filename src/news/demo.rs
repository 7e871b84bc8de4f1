//! The bundled headlines of the demo's tickers, written for this project. They report no real event; their source says so
//! wherever they are shown.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::NewsError;
use super::headline::Headline;
use super::query::NewsQuery;
use crate::market::demo_tickers;

const HEADLINES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/headlines.json"));

/// The source of every demo headline.
pub const DEMO_SOURCE: &str = "Tripod demo (illustrative)";

#[derive(Deserialize)]
struct Entry {
    ticker: String,
    published_at: DateTime<Utc>,
    title: String,
}

/// All demo headlines of the query's ticker, whatever their date.
pub fn headlines(query: &NewsQuery) -> Result<Vec<Headline>, NewsError> {
    let ticker = query.ticker.as_str();
    if !demo_tickers().contains(&ticker) {
        return Err(NewsError::NotInDemo {
            ticker: ticker.to_owned(),
            known: demo_tickers().join(", "),
        });
    }
    let entries: Vec<Entry> = serde_json::from_str(HEADLINES).map_err(|error| NewsError::Malformed {
        service: "demo/headlines.json".to_owned(),
        reason: error.to_string(),
    })?;
    let ours = entries.into_iter().filter(|entry| entry.ticker == ticker);
    Ok(ours
        .map(|entry| Headline {
            title: entry.title,
            source: DEMO_SOURCE.to_owned(),
            published_at: entry.published_at,
            url: None,
            disguised: false,
            undated: false,
            language: Some("en".to_owned()),
        })
        .collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::Ticker;
    use crate::news::dedupe::dedupe;
    use crate::news::sanitise::MAX_TITLE;
    use crate::text::clean_text;

    fn of(ticker: &str, as_of: &str) -> Vec<Headline> {
        let query = NewsQuery::new(Ticker::parse(ticker).unwrap(), None, as_of.parse().unwrap());
        let mut all = headlines(&query).unwrap();
        all.retain(|headline| query.covers(headline));
        all
    }

    #[test]
    fn every_demo_ticker_has_headlines_for_the_last_bar_and_for_earlier_dates() {
        for ticker in demo_tickers() {
            assert!((10..=12).contains(&of(ticker, "2013-03-01").len()), "{ticker}");
            assert!(of(ticker, "2012-06-29").len() >= 4, "{ticker}");
            assert!(of(ticker, "2010-06-18").len() >= 4, "{ticker}");
        }
    }

    #[test]
    fn no_demo_headline_is_a_near_duplicate_or_needs_cleaning() {
        for ticker in demo_tickers() {
            let query = NewsQuery::new(Ticker::parse(ticker).unwrap(), None, "2013-03-01".parse().unwrap());
            let all = headlines(&query).unwrap();
            assert!(
                all.iter()
                    .all(|headline| clean_text(&headline.title, MAX_TITLE) == headline.title)
            );
            assert_eq!(dedupe(all.clone()).len(), all.len(), "{ticker}");
        }
    }
}

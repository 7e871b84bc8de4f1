//! Daily bars of Finnhub's candles: shares listed in the US, adjusted for splits.

use chrono::{DateTime, NaiveTime, Utc};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::super::error::MarketError;
use super::super::series::{Series, SourceKind};
use super::ask::{self, KeyPlace, Question, Service};
use super::listing;
use super::rows::{self, About, Adjusted, Row};
use super::{BarQuery, BarSource};
use crate::net::HttpClient;
use crate::text::clean_text;

const NAME: &str = "Finnhub";

/// Finnhub's stock candles.
#[derive(Debug, Clone)]
pub struct Finnhub(pub Service);

/// Columns of equal length.
#[derive(Deserialize)]
struct Candles {
    #[serde(default)]
    t: Vec<i64>,
    #[serde(default)]
    o: Vec<Option<f64>>,
    #[serde(default)]
    h: Vec<Option<f64>>,
    #[serde(default)]
    l: Vec<Option<f64>>,
    #[serde(default)]
    c: Vec<Option<f64>>,
    #[serde(default)]
    v: Vec<Option<f64>>,
}

impl BarSource for Finnhub {
    fn name(&self) -> &'static str {
        "finnhub"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.0.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(async move {
            let ticker = &query.ticker;
            let symbol = listing::in_us(ticker)
                .ok_or_else(|| MarketError::not_carried(NAME, ticker, "shares listed in the US"))?;
            let range = query.range(Utc::now());
            let midnight = |date: chrono::NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp().to_string();
            let question = Question {
                service: NAME,
                setting: "finnhub-key",
                key: KeyPlace::Header("X-Finnhub-Token", ""),
                ticker,
                path: &["api", "v1", "stock", "candle"],
                query: &[
                    // Share classes are written with a dot.
                    ("symbol", symbol.replace('-', ".")),
                    ("resolution", "D".to_owned()),
                    ("from", midnight(range.from)),
                    ("to", midnight(range.to.succ_opt().unwrap_or(range.to))),
                ],
            };
            let (status, answer) = ask::json(client, &self.0, &question).await?;
            let malformed = |reason: String| MarketError::Malformed {
                service: NAME,
                ticker: ticker.clone(),
                reason,
            };
            if let Some(said) = answer.get("error").and_then(Value::as_str) {
                return Err(MarketError::Refused {
                    service: NAME,
                    ticker: ticker.clone(),
                    reason: ask::words(&self.0, said),
                });
            }
            match answer.get("s").and_then(Value::as_str) {
                Some("ok") => {}
                // The service does not tell an unknown symbol from days without trading.
                Some("no_data") => {
                    return Err(MarketError::unknown(NAME, ticker));
                }
                _ => return Err(malformed(format!("no candles (HTTP {status})"))),
            }
            let candles: Candles = serde_json::from_value(answer)
                .map_err(|error| malformed(format!("not candles ({})", clean_text(&error.to_string(), 200))))?;
            if candles.c.len() != candles.t.len() {
                return Err(malformed(format!(
                    "{} days, but {} closes",
                    candles.t.len(),
                    candles.c.len()
                )));
            }
            let about = About {
                service: NAME,
                source: SourceKind::Finnhub,
                ticker,
                range,
                currency: ("USD", 1.0),
                company: None,
                exchange: None,
                adjusted: Adjusted::ForSplits,
            };
            rows::series(about, candles.rows())
        })
    }
}

impl Candles {
    fn rows(&self) -> Vec<Row> {
        let at = |column: &[Option<f64>], index: usize| column.get(index).copied().flatten();
        (0..self.t.len())
            .filter_map(|index| {
                Some(Row {
                    date: DateTime::from_timestamp(self.t[index], 0)?.date_naive(),
                    prices: [at(&self.o, index), at(&self.h, index), at(&self.l, index)],
                    close: at(&self.c, index).unwrap_or(f64::NAN),
                    adjusted: None,
                    volume: at(&self.v, index),
                    split: None,
                    dividend: None,
                })
            })
            .collect()
    }
}

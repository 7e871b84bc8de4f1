//! Daily bars of Polygon's aggregates: shares listed in the US, currencies and coins, adjusted for splits.

use chrono::{DateTime, Utc};
use chrono_tz::America::New_York;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::super::error::MarketError;
use super::super::series::{Series, SourceKind};
use super::super::ticker::Ticker;
use super::ask::{self, KeyPlace, Question, Service};
use super::listing;
use super::rows::{self, About, Adjusted, Row};
use super::{BarQuery, BarSource};
use crate::net::HttpClient;
use crate::text::clean_text;

const NAME: &str = "Polygon";

/// The most bars that one answer holds: more than a century of days.
const LIMIT: u32 = 50_000;

/// Polygon's aggregates.
#[derive(Debug, Clone)]
pub struct Polygon(pub Service);

/// A day; `t` is its beginning, in milliseconds.
#[derive(Deserialize)]
struct Aggregate {
    t: i64,
    o: Option<f64>,
    h: Option<f64>,
    l: Option<f64>,
    c: Option<f64>,
    v: Option<f64>,
}

/// A symbol in the service's form.
struct Symbol {
    written: String,
    currency: &'static str,
    /// Whether its days are those of New York; others are days of UTC.
    in_new_york: bool,
    adjusted: Adjusted,
}

impl BarSource for Polygon {
    fn name(&self) -> &'static str {
        "polygon"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.0.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(async move {
            let ticker = &query.ticker;
            let symbol = Symbol::of(ticker).ok_or_else(|| {
                MarketError::not_carried(
                    NAME,
                    ticker,
                    "shares listed in the US, and currencies and coins against the US dollar",
                )
            })?;
            let range = query.range(Utc::now());
            let (from, to) = (range.from.to_string(), range.to.to_string());
            let question = Question {
                service: NAME,
                setting: "polygon-key",
                key: KeyPlace::Header("Authorization", "Bearer "),
                ticker,
                path: &["v2", "aggs", "ticker", &symbol.written, "range", "1", "day", &from, &to],
                query: &[
                    ("adjusted", "true".to_owned()),
                    ("sort", "asc".to_owned()),
                    ("limit", LIMIT.to_string()),
                ],
            };
            let (status, mut answer) = ask::json(client, &self.0, &question).await?;
            let said = |key: &str| {
                answer
                    .get(key)
                    .and_then(Value::as_str)
                    .map(|said| ask::words(&self.0, said))
            };
            let said_status = said("status").unwrap_or_default();
            // `DELAYED` marks the prices of a plan without live data.
            if !matches!(said_status.as_str(), "OK" | "DELAYED") {
                let reason = said("error").or_else(|| said("message"));
                return Err(MarketError::Refused {
                    service: NAME,
                    ticker: ticker.clone(),
                    reason: reason.unwrap_or_else(|| format!("{said_status} (HTTP {status})")),
                });
            }
            let days: Vec<Aggregate> = match answer.get_mut("results").map(Value::take) {
                // The service does not tell an unknown symbol from days without trading.
                None | Some(Value::Null) => {
                    return Err(MarketError::unknown(NAME, ticker));
                }
                Some(days) => serde_json::from_value(days).map_err(|error| MarketError::Malformed {
                    service: NAME,
                    ticker: ticker.clone(),
                    reason: format!("not a list of days ({})", clean_text(&error.to_string(), 200)),
                })?,
            };
            let about = About {
                service: NAME,
                source: SourceKind::Polygon,
                ticker,
                range,
                currency: (symbol.currency, 1.0),
                company: None,
                exchange: None,
                adjusted: symbol.adjusted,
            };
            rows::series(about, days.iter().filter_map(|day| symbol.row(day)).collect())
        })
    }
}

impl Symbol {
    fn of(ticker: &Ticker) -> Option<Self> {
        if let Some(symbol) = listing::in_us(ticker) {
            return Some(Self {
                // Share classes are written with a dot.
                written: symbol.replace('-', "."),
                currency: "USD",
                in_new_york: true,
                adjusted: Adjusted::ForSplits,
            });
        }
        let symbol = ticker.as_str();
        let pair = match symbol.strip_suffix("USD=X") {
            Some(base) => format!("C:{base}USD"),
            None => format!("X:{}USD", symbol.strip_suffix("-USD")?),
        };
        Some(Self {
            written: pair,
            currency: "USD",
            in_new_york: false,
            adjusted: Adjusted::Fully,
        })
    }

    fn row(&self, day: &Aggregate) -> Option<Row> {
        let begins = DateTime::from_timestamp_millis(day.t)?;
        Some(Row {
            date: if self.in_new_york {
                begins.with_timezone(&New_York).date_naive()
            } else {
                begins.date_naive()
            },
            prices: [day.o, day.h, day.l],
            close: day.c.unwrap_or(f64::NAN),
            adjusted: None,
            volume: day.v,
            split: None,
            dividend: None,
        })
    }
}

//! Daily bars of Alpha Vantage: shares of many exchanges, as traded (its adjusted series asks for a paid plan), with the splits
//! and dividends of the paid series where the key has it. The service answers 200 to everything and says in the body what is wrong.

use chrono::{NaiveDate, Utc};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::super::error::MarketError;
use super::super::series::{Series, SourceKind};
use super::super::ticker::Ticker;
use super::ask::{self, KeyPlace, Question, Service};
use super::listing;
use super::rows::{self, About, Adjusted, Row};
use super::{BarQuery, BarSource};
use crate::net::HttpClient;

const NAME: &str = "Alpha Vantage";

/// The compact series has so many days; more ask for the full one.
const COMPACT: usize = 100;

/// Alpha Vantage's daily series.
#[derive(Debug, Clone)]
pub struct AlphaVantage(pub Service);

impl BarSource for AlphaVantage {
    fn name(&self) -> &'static str {
        "alphavantage"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.0.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(async move {
            let ticker = &query.ticker;
            let (symbol, place) = listing::listed(ticker)
                .and_then(|(stem, place)| {
                    let suffix = place.alpha_vantage?;
                    let symbol = if suffix.is_empty() {
                        stem.to_owned()
                    } else {
                        format!("{stem}.{suffix}")
                    };
                    Some((symbol, place))
                })
                .ok_or_else(|| {
                    MarketError::not_carried(NAME, ticker, "shares of the US, Europe, Canada, India and China")
                })?;
            let (days, adjusted) = match self.ask(client, query, &symbol, "TIME_SERIES_DAILY_ADJUSTED").await {
                Ok(days) => (days, Adjusted::Fully),
                // A free key has the plain series only.
                Err(MarketError::NotCovered { .. }) => (
                    self.ask(client, query, &symbol, "TIME_SERIES_DAILY").await?,
                    Adjusted::Not,
                ),
                Err(error) => return Err(error),
            };
            let about = About {
                service: NAME,
                source: SourceKind::AlphaVantage,
                ticker,
                range: query.range(Utc::now()),
                currency: place.currency,
                company: None,
                exchange: place.exchange.map(str::to_owned),
                adjusted,
            };
            rows::series(about, days.iter().filter_map(row).collect())
        })
    }
}

impl AlphaVantage {
    /// The days of a series by their dates.
    async fn ask(
        &self,
        client: &HttpClient,
        query: &BarQuery,
        symbol: &str,
        function: &str,
    ) -> Result<Map<String, Value>, MarketError> {
        let ticker = &query.ticker;
        let size = if query.as_of.is_none() && query.bars <= COMPACT {
            "compact"
        } else {
            "full"
        };
        let question = Question {
            service: NAME,
            setting: "alphavantage-key",
            key: KeyPlace::Query("apikey"),
            ticker,
            path: &["query"],
            query: &[
                ("function", function.to_owned()),
                ("symbol", symbol.to_owned()),
                ("outputsize", size.to_owned()),
            ],
        };
        let (status, mut answer) = ask::json(client, &self.0, &question).await?;
        if let Some(Value::Object(days)) = answer.get_mut("Time Series (Daily)").map(Value::take) {
            return Ok(days);
        }
        Err(self.refusal(ticker, status, &answer))
    }

    fn refusal(&self, ticker: &Ticker, status: u16, answer: &Value) -> MarketError {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        if let Some(said) = text("Error Message") {
            return if said.to_lowercase().contains("apikey") {
                MarketError::KeyRefused {
                    service: NAME,
                    setting: "alphavantage-key",
                }
            } else {
                MarketError::unknown(NAME, ticker)
            };
        }
        match text("Information").or_else(|| text("Note")) {
            Some(said) if said.to_lowercase().contains("premium endpoint") => MarketError::NotCovered {
                service: NAME,
                ticker: ticker.clone(),
            },
            Some(said) => MarketError::Quota {
                service: NAME,
                ticker: ticker.clone(),
                said: ask::words(&self.0, said),
            },
            None => MarketError::Malformed {
                service: NAME,
                ticker: ticker.clone(),
                reason: format!("no daily series (HTTP {status})"),
            },
        }
    }
}

/// A day whose values are numbers in texts under numbered names, such as `4. close`.
fn row((date, day): (&String, &Value)) -> Option<Row> {
    let day = day.as_object()?;
    let value = |name: &str| -> Option<f64> {
        let (_, value) = day
            .iter()
            .find(|(key, _)| key.split_once(". ").is_some_and(|(_, key)| key == name))?;
        value.as_str()?.parse().ok()
    };
    Some(Row {
        date: date.get(..10)?.parse::<NaiveDate>().ok()?,
        prices: [value("open"), value("high"), value("low")],
        close: value("close").unwrap_or(f64::NAN),
        adjusted: value("adjusted close"),
        volume: value("volume"),
        split: value("split coefficient"),
        dividend: value("dividend amount"),
    })
}

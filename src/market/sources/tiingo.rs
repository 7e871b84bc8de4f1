//! Daily bars of Tiingo: shares and funds listed in the US, adjusted for splits and dividends. One question for the bars, one for
//! the name.

use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, join};
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

const NAME: &str = "Tiingo";

/// Tiingo's end-of-day prices.
#[derive(Debug, Clone)]
pub struct Tiingo(pub Service);

/// A day in the service's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    date: DateTime<Utc>,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    close: Option<f64>,
    adj_close: Option<f64>,
    volume: Option<f64>,
    div_cash: Option<f64>,
    split_factor: Option<f64>,
}

impl BarSource for Tiingo {
    fn name(&self) -> &'static str {
        "tiingo"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.0.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(async move {
            let ticker = &query.ticker;
            let symbol = listing::in_us(ticker)
                .ok_or_else(|| MarketError::not_carried(NAME, ticker, "shares and funds listed in the US"))?;
            let range = query.range(Utc::now());
            let days = [
                ("startDate", range.from.to_string()),
                ("endDate", range.to.to_string()),
                ("format", "json".to_owned()),
            ];
            let (prices, about) = join(
                self.ask(client, ticker, &["tiingo", "daily", symbol, "prices"], &days),
                self.ask(client, ticker, &["tiingo", "daily", symbol], &[]),
            )
            .await;
            let days: Vec<Day> = serde_json::from_value(prices?).map_err(|error| MarketError::Malformed {
                service: NAME,
                ticker: ticker.clone(),
                reason: format!("not a list of days ({})", clean_text(&error.to_string(), 200)),
            })?;
            // The bars do without a name.
            let about = about.unwrap_or_default();
            let text = |key: &str| {
                let text = clean_text(about.get(key)?.as_str()?, 120);
                (!text.is_empty()).then_some(text)
            };
            let about = About {
                service: NAME,
                source: SourceKind::Tiingo,
                ticker,
                range,
                currency: ("USD", 1.0),
                company: text("name"),
                exchange: text("exchangeCode"),
                adjusted: Adjusted::Fully,
            };
            rows::series(about, days.into_iter().map(Row::from).collect())
        })
    }
}

impl Tiingo {
    async fn ask(
        &self,
        client: &HttpClient,
        ticker: &Ticker,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Value, MarketError> {
        let question = Question {
            service: NAME,
            setting: "tiingo-key",
            key: KeyPlace::Header("Authorization", "Token "),
            ticker,
            path,
            query,
        };
        let (status, answer) = ask::json(client, &self.0, &question).await?;
        // Errors come as an object with the status 404, and as one with the status 200 when a quota is used up.
        let said = answer.get("detail").and_then(Value::as_str);
        match (status, said) {
            (404, _) => Err(MarketError::unknown(NAME, ticker)),
            (200, None) => Ok(answer),
            (_, said) => Err(MarketError::Refused {
                service: NAME,
                ticker: ticker.clone(),
                reason: said.map_or_else(|| format!("HTTP {status}"), |said| ask::words(&self.0, said)),
            }),
        }
    }
}

impl From<Day> for Row {
    fn from(day: Day) -> Self {
        Row {
            date: day.date.date_naive(),
            prices: [day.open, day.high, day.low],
            close: day.close.unwrap_or(f64::NAN),
            adjusted: day.adj_close,
            volume: day.volume,
            split: day.split_factor,
            dividend: day.div_cash,
        }
    }
}

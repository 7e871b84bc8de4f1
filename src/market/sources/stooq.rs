//! Daily bars of Stooq, as a CSV table: shares of the US, the UK, Germany, Japan, Hong Kong, Hungary and Poland, adjusted. Needs no
//! key. The service answers 200 to everything and says in the body what is wrong.

use chrono::{NaiveDate, Utc};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::super::error::MarketError;
use super::super::series::{Series, SourceKind};
use super::ask::{self, Service};
use super::listing;
use super::rows::{self, About, Adjusted, Row};
use super::{BarQuery, BarSource};
use crate::net::{HttpClient, HttpError, endpoint, shown_url};
use crate::text::clean_text;

const NAME: &str = "Stooq";

/// Stooq's tables.
#[derive(Debug, Clone)]
pub struct Stooq(pub Service);

/// A row of the table.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Day {
    date: NaiveDate,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    close: Option<f64>,
    volume: Option<f64>,
}

impl BarSource for Stooq {
    fn name(&self) -> &'static str {
        "stooq"
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.0.base_url)
    }

    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(async move {
            let ticker = &query.ticker;
            let (symbol, place) = listing::listed(ticker)
                .and_then(|(stem, place)| Some((format!("{stem}.{}", place.stooq?), place)))
                .ok_or_else(|| {
                    MarketError::not_carried(
                        NAME,
                        ticker,
                        "shares of the US, the UK, Germany, Japan, Hong Kong, Hungary and Poland",
                    )
                })?;
            let http = |source: HttpError| MarketError::Http {
                service: NAME,
                ticker: ticker.clone(),
                source,
            };
            let range = query.range(Utc::now());
            let mut url = endpoint(&self.0.base_url, &["q", "d", "l", ""]).map_err(http)?;
            url.query_pairs_mut()
                .append_pair("s", &symbol.to_lowercase())
                .append_pair("d1", &range.from.format("%Y%m%d").to_string())
                .append_pair("d2", &range.to.format("%Y%m%d").to_string())
                .append_pair("i", "d");
            let answer = client
                .send(&url, &self.0.request, |client| client.get(url.clone()))
                .await
                .map_err(http)?;
            if answer.is_page() {
                return Err(http(HttpError::Blocked {
                    url: shown_url(&url),
                    status: answer.status.as_u16(),
                }));
            }
            let text = String::from_utf8_lossy(&answer.body);
            let first = text.lines().next().unwrap_or_default().trim_start_matches('\u{feff}');
            if first.to_lowercase().contains("exceeded") {
                return Err(MarketError::Quota {
                    service: NAME,
                    ticker: ticker.clone(),
                    said: ask::words(&self.0, first),
                });
            }
            if first.eq_ignore_ascii_case("no data") {
                return Err(MarketError::unknown(NAME, ticker));
            }
            let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            let days: Vec<Day> =
                table
                    .deserialize()
                    .collect::<Result<_, _>>()
                    .map_err(|error| MarketError::Malformed {
                        service: NAME,
                        ticker: ticker.clone(),
                        reason: format!("not a table of days ({})", clean_text(&error.to_string(), 200)),
                    })?;
            let about = About {
                service: NAME,
                source: SourceKind::Stooq,
                ticker,
                range,
                currency: place.currency,
                company: None,
                exchange: place.exchange.map(str::to_owned),
                adjusted: Adjusted::Fully,
            };
            rows::series(about, days.into_iter().map(Row::from).collect())
        })
    }
}

impl From<Day> for Row {
    fn from(day: Day) -> Self {
        Row {
            date: day.date,
            prices: [day.open, day.high, day.low],
            close: day.close.unwrap_or(f64::NAN),
            adjusted: None,
            volume: day.volume,
            split: None,
            dividend: None,
        }
    }
}

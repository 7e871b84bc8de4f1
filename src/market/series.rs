//! The price history of one security, as every market source returns it.
//! Plain data; fetches nothing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ticker::Ticker;

/// One trading day. Prices are in the series' currency, adjusted for splits and dividends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The trading day, in the exchange's time zone.
    pub date: NaiveDate,
    /// First price of the day, adjusted; `None` where the source gives closes only.
    pub open: Option<f64>,
    /// Highest price of the day, adjusted.
    pub high: Option<f64>,
    /// Lowest price of the day, adjusted.
    pub low: Option<f64>,
    /// Last price of the day, adjusted: finite and greater than zero.
    pub close: f64,
    /// Shares traded.
    pub volume: Option<u64>,
}

/// Daily bars of one security, oldest first, one a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The symbol that was asked for.
    pub ticker: Ticker,
    /// The company's name, where the source tells it.
    pub company: Option<String>,
    /// ISO 4217 code of the prices (pence and the like are converted to the main unit by the source).
    pub currency: String,
    /// The exchange's name or code, where the source tells it.
    pub exchange: Option<String>,
    /// Oldest first, strictly increasing dates, closes finite and positive.
    pub bars: Vec<Bar>,
    /// Which source the bars came from.
    pub source: SourceKind,
    /// Warnings about these bars (skipped days, an unfinished bar left out, …).
    pub warnings: Vec<String>,
}

/// Where bars come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// The Yahoo Finance chart service.
    Yahoo,
    /// Tiingo's end-of-day prices.
    Tiingo,
    /// Alpha Vantage's daily series.
    AlphaVantage,
    /// Finnhub's candles.
    Finnhub,
    /// Polygon's aggregates.
    Polygon,
    /// Stooq's tables.
    Stooq,
    /// A file of the user's.
    Csv,
    /// The public-domain prices bundled with Tripod.
    Demo,
    /// Prices handed over in a request.
    Request,
}

impl SourceKind {
    /// Whether the source is a service with the newest bars; histories of other sources may end in the past.
    pub fn is_live(self) -> bool {
        !matches!(self, SourceKind::Csv | SourceKind::Demo | SourceKind::Request)
    }

    /// Its name for people.
    pub fn shown(self) -> &'static str {
        match self {
            SourceKind::Yahoo => "Yahoo Finance",
            SourceKind::Tiingo => "Tiingo",
            SourceKind::AlphaVantage => "Alpha Vantage",
            SourceKind::Finnhub => "Finnhub",
            SourceKind::Polygon => "Polygon",
            SourceKind::Stooq => "Stooq",
            SourceKind::Csv => "a file",
            SourceKind::Demo => "the demo",
            SourceKind::Request => "the request",
        }
    }
}

impl Series {
    /// The newest bar, if there is one.
    pub fn last(&self) -> Option<&Bar> {
        self.bars.last()
    }

    /// The same series with every bar after `as_of` removed.
    pub fn until(mut self, as_of: NaiveDate) -> Self {
        self.bars.retain(|bar| bar.date <= as_of);
        self
    }

    /// The closes, oldest first.
    pub fn closes(&self) -> Vec<f64> {
        self.bars.iter().map(|bar| bar.close).collect()
    }
}

/// Days from `from` to `to`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

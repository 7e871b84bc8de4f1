//! The price history of one security, as every market source returns it.
//! Plain data; fetches nothing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// The splits and dividends that the source names.
    #[serde(default)]
    pub events: Events,
    /// What looks wrong in these bars and was not mended.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
}

/// The splits and dividends in the days of a series, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// The splits.
    pub splits: Vec<Split>,
    /// The dividends.
    pub dividends: Vec<Dividend>,
}

/// A split of the shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The first day on which the new shares trade.
    pub date: NaiveDate,
    /// New shares for one old share: 2 for a 2:1 split, 0.1 for a reverse split of ten into one.
    pub ratio: f64,
}

/// A dividend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dividend {
    /// The first day on which the shares trade without it.
    pub date: NaiveDate,
    /// The dividend over the last traded close before that day, in the same unit.
    pub of_price: f64,
}

/// Days of a series whose prices may be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What looks wrong, with the days.
    pub text: String,
    /// Whether it concerns only forecasts made from these days: a gap or frozen prices, as opposed to a step between two levels.
    pub local: bool,
    /// Whether no forecast may be made; otherwise the forecast is made and counts as not reliable.
    pub refuses: bool,
}

/// Where bars come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

impl Bar {
    /// Multiplies every price.
    pub fn scale(&mut self, times: f64) {
        self.close *= times;
        for cell in [&mut self.open, &mut self.high, &mut self.low] {
            *cell = cell.map(|price| price * times);
        }
    }
}

/// Trading days of a year.
const A_YEAR: usize = 252;

impl SourceKind {
    /// Whether the source goes on: its newest bar should be of the last session. The other histories end by their nature.
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
        self.events = self.events.between(NaiveDate::MIN, as_of);
        self
    }

    /// Bars alone, as a file has them: taken for US dollars of no known exchange.
    pub fn of_bars(ticker: Ticker, bars: Vec<Bar>) -> Self {
        Self {
            ticker,
            company: None,
            currency: "USD".to_owned(),
            exchange: None,
            bars,
            source: SourceKind::Csv,
            warnings: Vec::new(),
            events: Events::default(),
            doubts: Vec::new(),
        }
    }

    /// The newest bars that no doubt refuses: all, or those from the last day of the newest such doubt.
    pub fn certain_bars(&self) -> &[Bar] {
        let refused = self.doubts.iter().filter(|doubt| doubt.refuses);
        let since = refused.map(|doubt| doubt.to).max().unwrap_or(NaiveDate::MIN);
        &self.bars[self.bars.partition_point(|bar| bar.date < since)..]
    }

    /// The doubts about a forecast from the newest `context` bars. Gaps and frozen prices count only in those bars, or in the
    /// newest 252 where they are more: indicators reach back a year.
    pub fn doubts_of(&self, context: usize) -> impl Iterator<Item = &Doubt> {
        let first_used = self.bars.len().saturating_sub(context.max(A_YEAR));
        let since = self.bars.get(first_used).map_or(NaiveDate::MIN, |bar| bar.date);
        self.doubts.iter().filter(move |doubt| !doubt.local || doubt.to > since)
    }

    /// The closes, oldest first.
    pub fn closes(&self) -> Vec<f64> {
        self.bars.iter().map(|bar| bar.close).collect()
    }
}

impl Events {
    /// Those from `from` to `to`, both included.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> Self {
        let days = from..=to;
        Self {
            splits: self
                .splits
                .iter()
                .filter(|split| days.contains(&split.date))
                .copied()
                .collect(),
            dividends: self
                .dividends
                .iter()
                .filter(|paid| days.contains(&paid.date))
                .copied()
                .collect(),
        }
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

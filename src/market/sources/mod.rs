//! Sources of daily bars: services, folders and files. A question ([`BarQuery`]) comes in, a [`Series`] goes out. Each source says
//! what it is ([`BarSource`]); [`BarSources`] are asked in the user's order. Keeps nothing between two questions.

mod alpha_vantage;
mod ask;
mod finnhub;
mod folder;
mod given;
mod listing;
mod polygon;
mod rows;
mod spec;
mod stooq;
mod tiingo;
mod yahoo;
mod yahoo_chart;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use futures_util::future::BoxFuture;

pub use self::alpha_vantage::AlphaVantage;
pub use self::ask::Service;
pub use self::finnhub::Finnhub;
pub use self::folder::Folder;
pub(super) use self::given::blocking;
pub use self::given::{DemoBars, Given};
pub use self::polygon::Polygon;
pub use self::spec::{SourceName, UnknownSource};
pub use self::stooq::Stooq;
pub use self::tiingo::Tiingo;
pub(crate) use self::yahoo::USER_AGENT;
pub use self::yahoo::{YahooOptions, daily_bars};
use super::error::MarketError;
use super::repair::Repair;
use super::series::{DateRange, Series};
use super::ticker::Ticker;
use crate::net::HttpClient;

/// Which bars are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarQuery {
    /// Of which security.
    pub ticker: Ticker,
    /// No bar is later than this day; without it, today.
    pub as_of: Option<NaiveDate>,
    /// Number of newest bars; fewer where the source has fewer.
    pub bars: usize,
    /// What is done about glitches in them.
    pub repair: Repair,
}

impl BarQuery {
    /// The days to ask a service for at `now`.
    pub fn range(&self, now: DateTime<Utc>) -> DateRange {
        // The exchange's day can be a day ahead of UTC's.
        let tomorrow = now.date_naive().checked_add_days(Days::new(1));
        let to = self.as_of.or(tomorrow).unwrap_or(NaiveDate::MAX);
        let days = Days::new(calendar_days(self.rounded_up()));
        DateRange {
            from: to.checked_sub_days(days).unwrap_or(NaiveDate::MIN),
            to,
        }
    }

    /// The number of bars, rounded up, so that analyses with different contexts share one answer and one cache file.
    pub(super) fn rounded_up(&self) -> u64 {
        const STEPS: [u64; 4] = [520, 1_300, 2_600, 5_200];
        let bars = self.bars.min(25_000) as u64;
        STEPS.into_iter().find(|&step| bars <= step).unwrap_or(25_000)
    }
}

/// Calendar days that cover a number of bars: exchanges trade about 250 days a year, a few far fewer.
fn calendar_days(bars: u64) -> u64 {
    bars * 365 / 240 + 30
}

/// What has daily bars.
pub trait BarSource: fmt::Debug + Send + Sync {
    /// Its name in the setting `sources`.
    fn name(&self) -> &'static str;

    /// What its answers are kept under between two runs, such as its address; `None` where asking again costs nothing.
    fn origin(&self) -> Option<&str> {
        None
    }

    /// The bars that are asked for, or more, oldest first, at least one.
    ///
    /// # Errors
    /// [`MarketError`] of the source.
    fn bars<'a>(&'a self, client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>>;
}

/// Sources in the order in which they are asked.
#[derive(Debug, Clone, Default)]
pub struct BarSources(Arc<Vec<Box<dyn BarSource>>>);

impl BarSources {
    /// These sources, the first of which is asked first.
    pub fn new(sources: Vec<Box<dyn BarSource>>) -> Self {
        Self(Arc::new(sources))
    }

    /// One source alone.
    pub fn only(source: impl BarSource + 'static) -> Self {
        Self::new(vec![Box::new(source)])
    }

    /// The sources.
    pub fn iter(&self) -> impl Iterator<Item = &dyn BarSource> {
        self.0.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rounded_up_and_bounded() {
        let rounded = |bars| {
            let ticker = Ticker::parse("IBM").unwrap();
            BarQuery {
                ticker,
                as_of: None,
                bars,
                repair: Repair::default(),
            }
            .rounded_up()
        };
        assert_eq!(
            [1, 520, 521, 5_201, usize::MAX].map(rounded),
            [520, 520, 1_300, 25_000, 25_000]
        );
    }

    #[test]
    fn so_many_days_hold_so_many_bars() {
        // 2000-03-01 to 2013-03-01 had 3,270 trading days in 4,748 calendar days.
        assert!(calendar_days(3_270) >= 4_748);
    }
}

//! A query to the news sources: company, days and number of headlines. Plain data.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::headline::Headline;
use crate::market::Ticker;

/// How many headlines are read of an analysis that does not say.
pub const USUAL_HEADLINES: usize = 20;

/// The most headlines that an analysis can ask to be read.
pub const MOST_HEADLINES: usize = 200;

/// A query to the news sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsQuery {
    /// The symbol.
    pub ticker: Ticker,
    /// The company's name, where known.
    pub company: Option<String>,
    /// The last day; nothing later than its end in UTC is used.
    pub as_of: NaiveDate,
    /// Days before `as_of` that are searched.
    pub days: u32,
    /// The most headlines returned.
    pub limit: usize,
}

impl NewsQuery {
    /// The last 5 days up to `as_of`, 20 headlines.
    pub fn new(ticker: Ticker, company: Option<String>, as_of: NaiveDate) -> Self {
        Self {
            ticker,
            company,
            as_of,
            days: 5,
            limit: USUAL_HEADLINES,
        }
    }

    /// The first day searched.
    pub fn first_day(&self) -> NaiveDate {
        let days = Days::new(self.days.into());
        self.as_of.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
    }

    /// The first instant that is too late.
    pub fn end(&self) -> DateTime<Utc> {
        let next = self.as_of.succ_opt().unwrap_or(NaiveDate::MAX);
        next.and_time(NaiveTime::MIN).and_utc()
    }

    /// Whether a headline is of the days asked for.
    pub fn covers(&self, headline: &Headline) -> bool {
        headline.published_at >= self.first_day().and_time(NaiveTime::MIN).and_utc()
            && headline.published_at < self.end()
    }
}

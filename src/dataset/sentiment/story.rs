//! A headline about a ticker, before it is labelled, and what the share did on the next trading day. Pure.

use chrono::NaiveDate;

use crate::market::{Series, Ticker};
use crate::news::Headline;

/// A headline about a ticker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    /// The ticker.
    pub(crate) ticker: Ticker,
    /// The company's name; the ticker where the source tells none.
    pub(crate) company: String,
    /// The headline.
    pub(crate) headline: Headline,
    /// The change that followed, in percent; `None` if it is not known yet.
    pub(crate) next_day_change: Option<f64>,
}

/// The closes of a ticker by day, from which the change after a headline is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moves(Vec<(NaiveDate, f64)>);

/// A close further away than this is not of the neighbouring trading day: no holiday is that long.
const LONGEST_PAUSE: i64 = 7;

impl Moves {
    /// The closes of a series.
    pub(crate) fn of(series: &Series) -> Self {
        Moves(series.bars.iter().map(|bar| (bar.date, bar.close)).collect())
    }

    /// The change in percent from the last close on or before a day to the next trading day's close, rounded to four decimals.
    /// `None` if either close is not known.
    pub(crate) fn next_day_change(&self, day: NaiveDate) -> Option<f64> {
        let after = self.0.partition_point(|&(date, _)| date <= day);
        let &(before, close) = self.0.get(after.checked_sub(1)?)?;
        let &(next, next_close) = self.0.get(after)?;
        let is_near = (day - before).num_days() <= LONGEST_PAUSE && (next - day).num_days() <= LONGEST_PAUSE;
        is_near.then(|| ((next_close / close - 1.0) * 1e6).round() / 1e4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2013, 2, day).unwrap_or_default()
    }

    #[test]
    fn the_change_after_a_headline_is_that_of_the_next_trading_day() {
        // A Thursday, a Friday and the Monday after.
        let moves = Moves(vec![(day(21), 100.0), (day(22), 102.0), (day(25), 99.96)]);
        assert_eq!(moves.next_day_change(day(21)), Some(2.0));
        for before_monday in [22, 23, 24] {
            assert_eq!(moves.next_day_change(day(before_monday)), Some(-2.0));
        }
        assert_eq!(moves.next_day_change(day(25)), None, "the next day has not come");
        assert_eq!(moves.next_day_change(day(20)), None, "there is no close before");
    }

    #[test]
    fn a_close_from_before_a_long_pause_gives_no_change() {
        let moves = Moves(vec![(day(1), 100.0), (day(20), 50.0)]);
        assert_eq!(moves.next_day_change(day(1)), None);
        assert_eq!(moves.next_day_change(day(15)), None);
        assert_eq!(Moves::default().next_day_change(day(1)), None);
    }
}

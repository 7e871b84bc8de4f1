//! The days that a dataset covers, ticker by ticker. Windows go in; whether another window shares a day with them comes out.
//! Adjacent windows are merged, so memory grows with the number of tickers, not with that of windows.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

/// Ranges of days of each ticker.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// For each ticker: the last day of each range by its first day. The ranges do not touch.
    ranges: HashMap<Box<str>, BTreeMap<i32, i32>>,
}

impl Coverage {
    /// Adds the days of a window, both ends included.
    pub(super) fn add(&mut self, ticker: &str, from: NaiveDate, to: NaiveDate) {
        self.add_days(ticker, from.to_epoch_days(), to.to_epoch_days());
    }

    fn add_days(&mut self, ticker: &str, mut from: i32, mut to: i32) {
        if !self.ranges.contains_key(ticker) {
            self.ranges.insert(ticker.into(), BTreeMap::new());
        }
        let Some(ranges) = self.ranges.get_mut(ticker) else {
            return;
        };
        // Merge with every range that shares a day with this one or is next to it.
        while let Some((&first, &last)) = ranges.range(..=to.saturating_add(1)).next_back() {
            if last < from.saturating_sub(1) {
                break;
            }
            if first <= from && to <= last {
                return;
            }
            from = from.min(first);
            to = to.max(last);
            ranges.remove(&first);
        }
        ranges.insert(from, to);
    }

    /// Adds the days of others.
    pub(super) fn merge(&mut self, other: Coverage) {
        for (ticker, ranges) in other.ranges {
            for (from, to) in ranges {
                self.add_days(&ticker, from, to);
            }
        }
    }

    /// Whether a window shares a day with these.
    pub(super) fn touches(&self, ticker: &str, from: NaiveDate, to: NaiveDate) -> bool {
        let last = self
            .ranges
            .get(ticker)
            .and_then(|ranges| ranges.range(..=to.to_epoch_days()).next_back());
        last.is_some_and(|(_, &last)| last >= from.to_epoch_days())
    }
}

/// A window, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) ticker: String,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

impl Window {
    /// Whether a window of this ticker and these days shares a day with it.
    pub(super) fn touches(&self, ticker: &str, from: NaiveDate, to: NaiveDate) -> bool {
        self.ticker == ticker && from <= self.to && self.from <= to
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(number: i32) -> NaiveDate {
        NaiveDate::from_epoch_days(number).unwrap()
    }

    #[test]
    fn a_window_that_shares_one_day_touches_and_one_after_it_does_not() {
        let mut coverage = Coverage::default();
        coverage.add("A", day(10), day(20));
        assert!(coverage.touches("A", day(20), day(30)) && coverage.touches("A", day(1), day(10)));
        assert!(coverage.touches("A", day(12), day(13)) && coverage.touches("A", day(1), day(30)));
        assert!(!coverage.touches("A", day(21), day(30)) && !coverage.touches("A", day(1), day(9)));
        assert!(!coverage.touches("B", day(10), day(20)));
    }

    proptest! {
        #[test]
        fn merged_ranges_cover_the_same_days(windows in prop::collection::vec((0..60, 0..9), 1..30), from in 0..60, length in 0..9) {
            let mut coverage = Coverage::default();
            for &(from, length) in &windows {
                coverage.add("A", day(from), day(from + length));
            }
            let shares = windows.iter().any(|&(first, long)| first <= from + length && from <= first + long);
            prop_assert_eq!(coverage.touches("A", day(from), day(from + length)), shares);
            let ranges: Vec<_> = coverage.ranges["A"].iter().collect();
            prop_assert!(ranges.windows(2).all(|pair| *pair[0].1 + 1 < *pair[1].0));
        }
    }
}

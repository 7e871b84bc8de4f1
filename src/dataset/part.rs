//! The training and the test part of a data set: separated by day and by ticker, so that no window of one overlaps one of the
//! other. Draws nothing.

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::models::spelled;

spelled! {
    /// Which part of the days and tickers a file is drawn from.
    Part {
        /// Everything.
        All = "all",
        /// The tickers that are not held out, before the split day.
        Train = "train",
        /// The tickers that are held out, from the split day on, after the gap.
        Test = "test",
    }
}

/// Where the two parts meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Windows of the training part end before this day.
    pub day: NaiveDate,
    /// Trading days from the split day on that no part uses: as many as the longest horizon has.
    pub gap: u16,
    /// The tickers of the test part, in alphabetical order.
    pub test_tickers: Vec<String>,
}

impl Split {
    /// The days of a series that belong to a part, as indices. `days` are in order.
    pub fn days(&self, part: Part, ticker: &str, days: &[NaiveDate]) -> Range<usize> {
        let is_held_out = self.test_tickers.binary_search_by(|held| held.as_str().cmp(ticker)).is_ok();
        let until = days.partition_point(|day| *day < self.day);
        match (part, is_held_out) {
            (Part::All, _) => 0..days.len(),
            (Part::Train, false) => 0..until,
            (Part::Test, true) => (until + usize::from(self.gap)).min(days.len())..days.len(),
            (Part::Train, true) | (Part::Test, false) => 0..0,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_share_neither_a_ticker_nor_a_day() {
        let day = |number| NaiveDate::from_ymd_opt(2020, 1, number).unwrap();
        let days: Vec<NaiveDate> = (1..=31).map(day).collect();
        let split = Split {
            day: day(20),
            gap: 5,
            test_tickers: vec!["BBB".to_owned()],
        };
        assert_eq!(split.days(Part::Train, "AAA", &days), 0..19);
        assert_eq!(split.days(Part::Test, "AAA", &days), 0..0);
        assert_eq!(split.days(Part::Train, "BBB", &days), 0..0);
        assert_eq!(split.days(Part::Test, "BBB", &days), 24..31);
        assert_eq!(split.days(Part::Test, "BBB", &days[..21]), 21..21);
        assert_eq!(split.days(Part::All, "BBB", &days), 0..31);
    }
}

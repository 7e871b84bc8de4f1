//! The training and the test part of a data set: separated by day and by ticker, so that no window of one overlaps one of the
//! other. Draws nothing.

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::pack::SeriesPack;
use crate::market::simulate::{hash, mix};
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
    /// The day after four fifths of the days of the longest series.
    ///
    /// # Errors
    /// When a series cannot be read.
    pub fn usual_day(pack: &SeriesPack) -> Result<NaiveDate, DatasetError> {
        let longest = (0..pack.len()).max_by_key(|&number| pack.days(number));
        let bars = longest.map_or(Ok(Vec::new()), |number| pack.bars(number))?;
        Ok(bars.get(bars.len() * 4 / 5).map(|bar| bar.date).unwrap_or_default())
    }

    /// The tickers that are held out: this share of them, at least one of two or more, chosen by their names and the seed.
    pub fn held_out(pack: &SeriesPack, share: f64, seed: u64) -> Vec<String> {
        let mut tickers: Vec<&str> = (0..pack.len()).map(|number| pack.ticker(number)).collect();
        let wanted = (tickers.len() as f64 * share).round() as usize;
        let least = usize::from(share > 0.0 && tickers.len() > 1);
        tickers.sort_by_key(|ticker| mix(seed, hash(ticker)));
        tickers.truncate(wanted.max(least));
        tickers.sort_unstable();
        tickers.into_iter().map(str::to_owned).collect()
    }

    /// The days of a series that belong to a part, as indices. `days` are in order.
    pub fn days(&self, part: Part, ticker: &str, days: &[NaiveDate]) -> Range<usize> {
        let is_held_out = self
            .test_tickers
            .binary_search_by(|held| held.as_str().cmp(ticker))
            .is_ok();
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

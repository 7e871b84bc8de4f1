//! The dates of a simulated series: every day from Monday to Friday. It belongs to no exchange and has no holidays.

use chrono::{Datelike, NaiveDate, Weekday};

/// The first `days` weekdays from `from` on; fewer where the calendar ends.
pub fn trading_days(from: NaiveDate, days: usize) -> impl Iterator<Item = NaiveDate> {
    from.iter_days()
        .filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
        .take(days)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_run_from_monday_to_friday_and_include_the_first() {
        let from: NaiveDate = "2000-01-03".parse().unwrap();
        let dates: Vec<String> = trading_days(from, 6).map(|date| date.to_string()).collect();
        assert_eq!(
            dates,
            [
                "2000-01-03",
                "2000-01-04",
                "2000-01-05",
                "2000-01-06",
                "2000-01-07",
                "2000-01-10"
            ]
        );
        let saturday: NaiveDate = "2000-01-01".parse().unwrap();
        assert_eq!(trading_days(saturday, 1).next(), Some(from));
        assert!(trading_days(NaiveDate::MAX, 9).count() < 9);
    }
}

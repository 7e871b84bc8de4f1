//! The holidays of the New York Stock Exchange. Pure.
//!
//! The published calendar (crate `nyse-holiday-cal`) covers the years that the exchange has announced. Other years follow the
//! standing rules (NYSE Rule 7.2). Unscheduled closings (storms, days of mourning) are left out: no forecast could have known
//! them.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use nyse_holiday_cal::{HolidayCal, MAX_YEAR};

/// The last year of the published calendar.
pub const LAST_PUBLISHED_YEAR: i32 = MAX_YEAR as i32;

/// Whether the exchange keeps a holiday on this day. Says nothing of weekends.
pub fn is_nyse_holiday(date: NaiveDate) -> bool {
    date.is_holiday().unwrap_or_else(|_| follows_from_rules(date))
}

fn follows_from_rules(date: NaiveDate) -> bool {
    let year = date.year();
    let fixed = |month, day| observed(NaiveDate::from_ymd_opt(year, month, day)) == Some(date);
    let monday = |month, n| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, n) == Some(date);
    // New Year's Day on a Saturday is not moved to the Friday: that is the last day of the business year.
    let new_year = NaiveDate::from_ymd_opt(year, 1, 1).filter(|day| day.weekday() != Weekday::Sat);
    observed(new_year) == Some(date)
        || (year >= 1998 && monday(1, 3))
        || monday(2, 3)
        || easter(year).and_then(|sunday| sunday.checked_sub_days(Days::new(2))) == Some(date)
        || last_monday_of_may(year) == Some(date)
        || (year >= 2022 && fixed(6, 19))
        || fixed(7, 4)
        || monday(9, 1)
        || NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Thu, 4) == Some(date)
        || fixed(12, 25)
}

/// A holiday on a Saturday is kept the day before, on a Sunday the day after.
fn observed(day: Option<NaiveDate>) -> Option<NaiveDate> {
    let day = day?;
    match day.weekday() {
        Weekday::Sat => day.pred_opt(),
        Weekday::Sun => day.succ_opt(),
        _ => Some(day),
    }
}

fn last_monday_of_may(year: i32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, 5, 31)?;
    last.checked_sub_days(Days::new(last.weekday().num_days_from_monday().into()))
}

/// Easter Sunday of the Gregorian calendar (Meeus 1991, after the anonymous algorithm in Nature, 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31 + 1).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::market::demo::demo_series;
    use crate::market::ticker::Ticker;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn weekdays(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> {
        let to = day(to);
        day(from)
            .iter_days()
            .take_while(move |date| *date <= to)
            .filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
    }

    #[test]
    fn the_rules_agree_with_the_published_calendar_in_all_its_years() {
        let last = format!("{LAST_PUBLISHED_YEAR}-12-31");
        // Juneteenth became a holiday of the exchange in 2022; the calendar begins in 2020.
        for date in weekdays("2020-01-01", &last) {
            assert_eq!(date.is_holiday(), Ok(follows_from_rules(date)), "{date}");
        }
    }

    #[test]
    fn the_rules_agree_with_thirteen_years_of_real_trading_days() {
        // Days on which the exchange closed without having announced it the year before.
        let unforeseen = [
            "2001-09-11",
            "2001-09-12",
            "2001-09-13",
            "2001-09-14",
            "2004-06-11",
            "2007-01-02",
            "2012-10-29",
            "2012-10-30",
        ]
        .map(day);
        let ibm = demo_series(&Ticker::parse("IBM").unwrap()).unwrap();
        let traded: BTreeSet<NaiveDate> = ibm.bars.iter().map(|bar| bar.date).collect();
        for date in weekdays("2000-03-01", "2013-03-01") {
            let open = !is_nyse_holiday(date) && !unforeseen.contains(&date);
            assert_eq!(traded.contains(&date), open, "{date}");
        }
    }

    #[test]
    fn years_after_the_published_calendar_follow_the_rules() {
        assert!(is_nyse_holiday(day("2033-12-26")));
        assert!(is_nyse_holiday(day("2030-04-19")));
        assert!(!is_nyse_holiday(day("2032-12-31")));
    }
}

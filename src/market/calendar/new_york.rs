//! The standing rules of the New York Stock Exchange (NYSE Rule 7.2), for years that it has not announced. A date comes in, whether
//! it is a holiday goes out. Unscheduled closings (storms, days of mourning) follow from no rule.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Whether the exchange keeps a holiday on this day. Says nothing of weekends.
pub(super) fn follows_from_rules(date: NaiveDate) -> bool {
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

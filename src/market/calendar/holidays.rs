//! The table of days without trading (`holidays.csv`, which names its source and its last years): a date comes in, whether there is
//! a session and when it ends goes out. Knows no time zones.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};

use super::new_york;

const TABLE: &str = include_str!("holidays.csv");

/// The exchange whose standing rules are known.
const NEW_YORK: &str = "XNYS";

/// A holiday that was kept on its date in all of the last so many years is kept in later ones, too.
const YEARS_OF_A_FIXED_HOLIDAY: i32 = 10;

/// The known days of one exchange.
#[derive(Debug, Default)]
pub(super) struct Holidays {
    first_year: i32,
    last_year: i32,
    is_new_york: bool,
    closed: HashSet<NaiveDate>,
    unforeseen: HashSet<NaiveDate>,
    /// Minutes after midnight at which a session of unusual length ends.
    ends: HashMap<NaiveDate, u32>,
    /// Month and day of the holidays that fall on the same date every year.
    fixed: BTreeSet<(u32, u32)>,
}

/// The days of the exchange with this ISO 10383 code.
pub(super) fn holidays(code: &str) -> Option<&'static Holidays> {
    static ALL: LazyLock<BTreeMap<&'static str, Holidays>> = LazyLock::new(|| read(TABLE));
    ALL.get(code)
}

impl Holidays {
    /// The years of the table.
    pub fn years(&self) -> RangeInclusive<i32> {
        self.first_year..=self.last_year
    }

    /// Whether the days of this date's year are in the table.
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.years().contains(&date.year())
    }

    /// Whether standing rules give the days of other years.
    pub fn has_rules(&self) -> bool {
        self.is_new_york
    }

    /// Whether a session of this day could be expected: closings that nobody foresaw count as sessions.
    pub fn is_planned(&self, date: NaiveDate) -> bool {
        if self.ends.contains_key(&date) {
            return true;
        }
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            return false;
        }
        match (self.covers(date), self.is_new_york) {
            (true, _) => !self.closed.contains(&date),
            (false, true) => !new_york::follows_from_rules(date),
            (false, false) => !self.fixed.contains(&(date.month(), date.day())),
        }
    }

    /// Whether there was a session, or, of a later day, whether one is planned.
    pub fn is_held(&self, date: NaiveDate) -> bool {
        self.is_planned(date) && !self.unforeseen.contains(&date)
    }

    /// When a session of unusual length ends, in minutes after midnight.
    pub fn end(&self, date: NaiveDate) -> Option<u32> {
        self.ends.get(&date).copied()
    }
}

/// A row that does not read is left out; a test reads the table in another way and compares.
fn read(table: &'static str) -> BTreeMap<&'static str, Holidays> {
    let mut all: BTreeMap<&'static str, Holidays> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let mut cells = line.split(',');
        let (Some(code), Some(year)) = (cells.next(), cells.next().and_then(|year| year.parse().ok())) else {
            continue;
        };
        let mut days = || cells.next().unwrap_or_default().split_whitespace();
        let (closed, unforeseen, ends) = (days(), days(), days());
        let of = all.entry(code).or_insert_with(|| Holidays {
            first_year: year,
            is_new_york: code == NEW_YORK,
            ..Holidays::default()
        });
        of.last_year = year;
        of.closed.extend(closed.filter_map(|text| day(year, text)));
        of.unforeseen.extend(unforeseen.filter_map(|text| day(year, text)));
        of.ends.extend(ends.filter_map(|text| {
            let (date, time) = text.split_once('@')?;
            Some((day(year, date)?, minutes(time)?))
        }));
    }
    for of in all.values_mut() {
        of.fixed = fixed(of);
    }
    all
}

fn day(year: i32, text: &str) -> Option<NaiveDate> {
    let (month, day) = text.split_at_checked(2)?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_at_checked(2)?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}

fn fixed(of: &Holidays) -> BTreeSet<(u32, u32)> {
    let mut dates: BTreeSet<(u32, u32)> = of.closed.iter().map(|date| (date.month(), date.day())).collect();
    dates.retain(|&(month, day)| {
        (of.last_year - YEARS_OF_A_FIXED_HOLIDAY + 1..=of.last_year)
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
            .filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
            .all(|date| of.closed.contains(&date))
    });
    dates
}

#[cfg(test)]
#[path = "holidays_tests.rs"]
mod tests;

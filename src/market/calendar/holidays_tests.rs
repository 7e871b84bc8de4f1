//! The table of holidays, held to facts: what exchanges announced, the bundled prices of thirteen years, and New York's rules.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;
use crate::market::calendar::new_york::follows_from_rules;
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
fn every_row_of_the_table_is_read_whole() {
    let rows = TABLE.lines().filter(|line| line.starts_with('X'));
    let mut codes = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells.len(), 5, "{row}");
        let (of, year) = (holidays(cells[0]).unwrap(), cells[1].parse::<i32>().unwrap());
        codes.insert(cells[0]);
        let in_year = |days: &HashSet<NaiveDate>| days.iter().filter(|date| date.year() == year).count();
        let words = |cell: usize| cells[cell].split(' ').filter(|word| !word.is_empty()).count();
        assert_eq!(in_year(&of.closed), words(2), "{row}");
        assert_eq!(in_year(&of.unforeseen), words(3), "{row}");
        assert_eq!(
            of.ends.keys().filter(|date| date.year() == year).count(),
            words(4),
            "{row}"
        );
        assert!((3..=26).contains(&words(2)), "{row}");
    }
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        [
            "XETR", "XHKG", "XLON", "XNSE", "XNYS", "XPAR", "XSHG", "XSWX", "XTKS", "XTSE"
        ]
    );
    for code in ["XNYS", "XLON", "XTKS", "XSHG"] {
        let of = holidays(code).unwrap();
        assert_eq!(of.first_year, 2000);
        assert!(
            TABLE.contains(&format!("{code} {}", of.last_year)),
            "the header names the last year of {code}"
        );
    }
}

#[test]
fn known_holidays_are_closed_and_the_days_beside_them_are_not() {
    // New Year, Easter, Lunar New Year, Golden Week, national days, coronation, Diwali: from the exchanges' own announcements.
    let closed = [
        (
            "XNYS",
            "2026-11-26 2025-06-19 2024-03-29 2023-01-02 2021-05-31 2018-01-15 2000-01-17",
        ),
        (
            "XLON",
            "2026-12-28 2023-05-08 2022-06-02 2022-06-03 2020-05-08 2011-04-29 2024-05-27",
        ),
        (
            "XETR",
            "2026-12-24 2026-12-31 2025-05-01 2021-05-24 2017-10-31 2024-04-01",
        ),
        ("XPAR", "2025-12-26 2026-05-01 2024-04-01 2021-04-02 2023-12-25"),
        ("XSWX", "2025-08-01 2026-01-02 2024-05-09 2024-05-20 2026-12-31"),
        (
            "XTKS",
            "2026-05-04 2026-05-05 2026-05-06 2019-05-01 2024-01-03 2025-11-24 2026-09-22 2026-12-31",
        ),
        (
            "XHKG",
            "2026-02-17 2026-02-19 2025-01-29 2024-05-15 2021-04-06 2025-10-29 2026-10-19",
        ),
        (
            "XSHG",
            "2026-02-16 2026-02-23 2025-10-08 2024-09-16 2026-10-07 2020-01-31 2026-01-02",
        ),
        (
            "XNSE",
            "2026-01-26 2025-02-26 2026-11-10 2024-01-22 2023-06-29 2025-10-22 2026-03-03",
        ),
        (
            "XTSE",
            "2026-05-18 2025-07-01 2024-08-05 2026-10-12 2026-12-28 2025-02-17",
        ),
    ];
    for (code, days) in closed {
        for date in days.split(' ').map(day) {
            assert!(!holidays(code).unwrap().is_planned(date), "{code} {date}");
        }
    }
    let open = [
        ("XNYS", "2026-11-27 2021-12-31 2024-11-05 2020-12-24"),
        ("XLON", "2026-12-24 2023-05-09 2026-05-26 2026-12-29"),
        ("XETR", "2026-12-30 2024-10-03 2026-05-14 2022-06-06"),
        ("XPAR", "2025-12-24 2025-07-14 2025-12-31 2026-05-25"),
        ("XSWX", "2026-12-30 2025-01-03 2024-05-10"),
        ("XTKS", "2026-05-01 2026-05-07 2024-01-04 2026-09-24 2026-12-30"),
        ("XHKG", "2026-02-16 2026-02-20 2024-12-31 2025-10-28"),
        ("XSHG", "2026-02-13 2026-02-24 2025-10-09 2026-10-08"),
        ("XNSE", "2026-11-09 2025-10-20 2026-01-01 2025-10-23"),
        ("XTSE", "2026-11-26 2025-06-30 2026-12-24 2026-11-11"),
    ];
    for (code, days) in open {
        for date in days.split(' ').map(day) {
            assert!(holidays(code).unwrap().is_planned(date), "{code} {date}");
        }
    }
}

#[test]
fn half_days_and_the_evening_of_diwali_end_at_their_own_times() {
    for (code, date, end) in [
        ("XNYS", "2026-11-27", Some((13, 0))),
        ("XNYS", "2024-07-03", Some((13, 0))),
        ("XNYS", "2026-11-25", None),
        ("XLON", "2026-12-24", Some((12, 30))),
        ("XETR", "2026-12-30", Some((14, 0))),
        ("XPAR", "2026-12-31", Some((14, 5))),
        ("XHKG", "2026-02-16", Some((12, 0))),
        ("XHKG", "2009-12-24", Some((12, 30))),
        ("XTSE", "2026-12-24", Some((13, 0))),
        ("XNSE", "2021-11-04", Some((19, 15))),
        ("XNSE", "2025-10-21", Some((14, 45))),
        ("XNSE", "2020-11-14", Some((19, 15))),
        ("XTKS", "2024-12-30", None),
    ] {
        let end = end.map(|(hour, minute)| hour * 60 + minute);
        assert_eq!(holidays(code).unwrap().end(day(date)), end, "{code} {date}");
    }
    // Diwali of 2020 was on a Saturday.
    let india = holidays("XNSE").unwrap();
    assert!(india.is_held(day("2020-11-14")) && !india.is_held(day("2020-11-07")));
}

#[test]
fn the_table_agrees_with_thirteen_years_of_real_trading_days() {
    let ibm = demo_series(&Ticker::parse("IBM").unwrap()).unwrap();
    let traded: BTreeSet<NaiveDate> = ibm.bars.iter().map(|bar| bar.date).collect();
    let new_york = holidays("XNYS").unwrap();
    for date in weekdays("2000-03-01", "2013-03-01") {
        assert_eq!(traded.contains(&date), new_york.is_held(date), "{date}");
    }
}

#[test]
fn a_closing_that_nobody_foresaw_was_planned_as_a_session_and_not_held() {
    for (code, date) in [("XNYS", "2012-10-29"), ("XHKG", "2023-09-08"), ("XLON", "2022-09-19")] {
        let of = holidays(code).unwrap();
        assert!(of.is_planned(day(date)) && !of.is_held(day(date)), "{code} {date}");
    }
}

#[test]
fn new_yorks_rules_agree_with_the_table_in_all_its_years() {
    let new_york = holidays("XNYS").unwrap();
    let last = format!("{}-12-31", new_york.last_year);
    for date in weekdays("2000-01-01", &last) {
        assert_eq!(new_york.closed.contains(&date), follows_from_rules(date), "{date}");
    }
}

#[test]
fn years_after_the_table_keep_new_yorks_rules_and_elsewhere_the_fixed_holidays() {
    let new_york = holidays("XNYS").unwrap();
    assert!(!new_york.is_planned(day("2033-12-26")) && !new_york.is_planned(day("2030-04-19")));
    assert!(new_york.is_planned(day("2032-12-31")));
    let shanghai = holidays("XSHG").unwrap();
    assert!(!shanghai.is_planned(day("2027-01-01")) && !shanghai.is_planned(day("2030-10-01")));
    assert!(shanghai.is_planned(day("2027-01-04")));
    // India's exchanges trade on New Year's Day; Republic Day is fixed.
    let india = holidays("XNSE").unwrap();
    assert!(india.is_planned(day("2027-01-01")) && !india.is_planned(day("2027-01-26")));
}

//! How figures are written: prices, changes, counts and dates in many notations, and two statements joined in one sentence.

use chrono::{Datelike, NaiveDate};

use crate::random::Random;

/// A price in one of several notations.
pub fn price(random: &mut Random, value: f64) -> String {
    let cents = format!("{value:.2}");
    match random.below(10) {
        0..4 => format!("${cents}"),
        4 => format!("{cents} dollars"),
        5 => format!("USD {cents}"),
        6 => format!("{} $", cents.replace('.', ",")),
        7 => format!("about ${value:.0}"),
        8 => format!("${value:.1}"),
        _ => {
            let (whole, rest) = cents.split_once('.').unwrap();
            let rest: usize = rest.parse().unwrap();
            format!("{} dollars and {} cents", words(whole.parse().unwrap()), words(rest))
        }
    }
}

/// The size of a change in one of several notations.
pub fn size(random: &mut Random, value: f64) -> String {
    let value = value.abs();
    match random.below(9) {
        0..3 => format!("{value:.1}%"),
        3 => format!("{value:.1} percent"),
        4 => format!("{value:.1} per cent"),
        5 => format!("{:.0} basis points", (value * 10.0).round() * 10.0),
        6 => format!("{} %", format!("{value:.1}").replace('.', ",")),
        7 => {
            let tenths = (value * 10.0).round() as usize;
            format!("{} point {} percent", words(tenths / 10), words(tenths % 10))
        }
        _ => format!("roughly {value:.1}%"),
    }
}

/// A whole number in digits or words.
pub fn count(random: &mut Random, value: usize) -> String {
    if random.coin() { value.to_string() } else { words(value) }
}

/// A day in one of several notations.
pub fn day(random: &mut Random, date: NaiveDate) -> String {
    let format = random.pick("%Y-%m-%d|%B %-d, %Y|%-d %B %Y|%b %-d, %Y|%B %-d|%-d %B|%m/%d/%Y");
    let ordinal = random.below(8) == 0;
    if ordinal {
        let end = match date.day() {
            1 | 21 => "st",
            2 | 22 => "nd",
            3 | 23 => "rd",
            _ => "th",
        };
        return format!("the {}{end} of {}", date.day(), date.format("%B %Y"));
    }
    date.format(format).to_string()
}

pub fn words(value: usize) -> String {
    const ONES: &str = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen";
    const TENS: &str = "||twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety";
    let word = |list: &str, place: usize| list.split('|').nth(place).unwrap().to_owned();
    match value {
        0..20 => word(ONES, value),
        20..100 if value.is_multiple_of(10) => word(TENS, value / 10),
        20..100 => format!("{}-{}", word(TENS, value / 10), word(ONES, value % 10)),
        _ if value.is_multiple_of(100) => format!("{} hundred", words(value / 100)),
        _ => format!("{} hundred and {}", words(value / 100), words(value % 100)),
    }
}

/// A capital letter first and a full stop last.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().unwrap();
    format!("{}{}.", first.to_uppercase(), letters.as_str())
}

/// Two statements in one sentence, in either order.
pub fn joined(random: &mut Random, one: &str, other: &str) -> String {
    let (one, other) = if random.coin() { (one, other) } else { (other, one) };
    sentence(&match random.below(6) {
        0 => format!("{one}, and {other}"),
        1 => format!("{one}, while {other}"),
        2 => format!("{one}; {other}"),
        3 => format!("while {one}, {other}"),
        4 => format!("{one}, whereas {other}"),
        _ => format!("{one} and {other}"),
    })
}

//! How German writes figures: prices, changes, counts and dates in many notations.

use chrono::{Datelike, NaiveDate};

use crate::random::Random;

pub fn comma(text: &str) -> String {
    text.replace('.', ",")
}

pub fn price(random: &mut Random, value: f64) -> String {
    let cents = comma(&format!("{value:.2}"));
    match random.below(8) {
        0..4 => format!("{cents} $"),
        4 => format!("{cents} Dollar"),
        5 => format!("{cents} USD"),
        6 => format!("rund {value:.0} $"),
        _ => format!("{} $", comma(&format!("{value:.1}"))),
    }
}

pub fn size(random: &mut Random, value: f64) -> String {
    let value = value.abs();
    let tenths = comma(&format!("{value:.1}"));
    match random.below(8) {
        0..3 => format!("{tenths} %"),
        3 => format!("{tenths} Prozent"),
        4 => format!("{tenths}%"),
        5 => format!("{:.0} Basispunkte", (value * 10.0).round() * 10.0),
        6 => format!("rund {tenths} %"),
        _ => {
            let tenths = (value * 10.0).round() as usize;
            format!("{} Komma {} Prozent", words(tenths / 10), words(tenths % 10))
        }
    }
}

pub fn words(value: usize) -> String {
    const ONES: &str = "null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn";
    const TENS: &str = "||zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig";
    let word = |list: &str, place: usize| list.split('|').nth(place).unwrap().to_owned();
    match value {
        0..20 => word(ONES, value),
        20..100 if value.is_multiple_of(10) => word(TENS, value / 10),
        20..100 => format!(
            "{}und{}",
            word(ONES, value % 10).replace("eins", "ein"),
            word(TENS, value / 10)
        ),
        _ => format!(
            "{}hundert{}",
            word(ONES, value / 100).replace("eins", "ein"),
            if value.is_multiple_of(100) {
                String::new()
            } else {
                words(value % 100)
            }
        ),
    }
}

pub fn day(random: &mut Random, date: NaiveDate) -> String {
    const MONTHS: &str = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember";
    let month = MONTHS.split('|').nth(date.month0() as usize).unwrap();
    match random.below(4) {
        0 => format!("{}. {month} {}", date.day(), date.year()),
        1 => date.format("%d.%m.%Y").to_string(),
        2 => format!("{}. {month}", date.day()),
        _ => date.format("%-d.%-m.%Y").to_string(),
    }
}

pub fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

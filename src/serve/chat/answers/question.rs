//! A question as plain words: case, punctuation, hyphens and plural endings do not count. Knows which stretch of time, which day and
//! which number it names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::Regex;

use crate::serve::chat::message::pattern;

/// More than a question needs.
const MOST: usize = 400;

/// The words of a question, in order.
#[derive(Debug)]
pub(super) struct Question {
    words: Vec<String>,
}

/// The places of the words that a pattern took from a question.
pub(super) type Places = BTreeSet<usize>;

impl Question {
    pub(super) fn new(text: &str) -> Question {
        let plain: String = text
            .chars()
            .take(MOST * 8)
            .map(plain)
            .collect::<String>()
            .to_lowercase();
        let words = WORD
            .find_iter(&plain)
            .take(MOST)
            .flat_map(|found| split(found.as_str()));
        Question { words: words.collect() }
    }

    /// The words.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// Every place where one of the words or phrases stands.
    pub(super) fn places(&self, any: &[&str]) -> Places {
        let mut places = Places::new();
        for phrase in any {
            let wanted: Vec<&str> = phrase.split(' ').collect();
            let found = self
                .words
                .windows(wanted.len())
                .enumerate()
                .filter(|(_, words)| words.iter().zip(&wanted).all(|(word, wanted)| word == wanted));
            places.extend(found.flat_map(|(at, words)| at..at + words.len()));
        }
        places
    }

    /// Whether one of the words or phrases occurs.
    pub(super) fn has(&self, any: &[&str]) -> bool {
        !self.places(any).is_empty()
    }

    /// The places that a pattern takes, if each of its groups occurs.
    pub(super) fn takes(&self, groups: &[&[&str]]) -> Option<Places> {
        let mut all = Places::new();
        for group in groups {
            let places = self.places(group);
            if places.is_empty() {
                return None;
            }
            all.extend(places);
        }
        Some(all)
    }

    /// Whether it asks about days to come.
    pub(super) fn is_of_the_future(&self) -> bool {
        let is_after_in = |(_, places): (usize, Places)| {
            let before = places.first().and_then(|first| first.checked_sub(1));
            before.is_some_and(|before| self.words[before] == "in")
        };
        self.has(&FUTURE) || self.stretches().into_iter().any(is_after_in)
    }

    /// The stretches of time that it names, in trading days, with the places of their words: "5 days", "a month", "weekly".
    pub(super) fn stretches(&self) -> Vec<(usize, Places)> {
        let mut found = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            let unit = match word.as_str() {
                "day" | "session" | "tag" => 1,
                "week" | "woche" => 5,
                "month" | "monat" => 21,
                "quarter" | "quartal" => 63,
                "year" | "jahr" => 252,
                "daily" | "yesterday" | "today" | "overnight" => {
                    found.push((1, Places::from([at])));
                    continue;
                }
                "weekly" => {
                    found.push((5, Places::from([at])));
                    continue;
                }
                "monthly" => {
                    found.push((21, Places::from([at])));
                    continue;
                }
                "annual" | "annually" | "yearly" => {
                    found.push((252, Places::from([at])));
                    continue;
                }
                _ => continue,
            };
            let before = at.checked_sub(1).and_then(|at| self.words.get(at));
            match before.and_then(|word| number(word)) {
                Some(count) => found.push((count.saturating_mul(unit), Places::from([at - 1, at]))),
                None => found.push((unit, Places::from([at]))),
            }
        }
        found
    }

    /// The whole numbers that it names, with their places: "50", "third", "two hundred".
    pub(super) fn numbers(&self) -> Vec<(usize, usize)> {
        let of = |(at, word): (usize, &String)| number(word).map(|value| (at, value));
        self.words.iter().enumerate().filter_map(of).collect()
    }

    /// The date that it names, whole or without its year, which is then the one nearest to `near`.
    pub(super) fn date(&self, near: NaiveDate) -> Option<NaiveDate> {
        let whole = |word: &String| word.parse::<NaiveDate>().ok();
        if let Some(date) = self.words.iter().find_map(whole) {
            return Some(date);
        }
        let month_at = self.words.iter().position(|word| month(word).is_some())?;
        let month = month(&self.words[month_at])?;
        let beside = [month_at.wrapping_sub(1), month_at + 1, month_at.wrapping_sub(2)];
        let day = beside
            .iter()
            .filter_map(|&at| self.words.get(at))
            .find_map(|word| number(word).filter(|day| (1..=31).contains(day)))?;
        let year = self
            .words
            .iter()
            .filter_map(|word| word.parse::<i32>().ok())
            .find(|year| (1900..2200).contains(year));
        let on = |year| NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?);
        match year {
            Some(year) => on(year),
            None => (near.year() - 1..=near.year() + 1)
                .filter_map(on)
                .min_by_key(|date| (*date - near).num_days().abs()),
        }
    }
}

const FUTURE: [&str; 34] = [
    "next",
    "forecast",
    "forecasted",
    "expected",
    "expect",
    "expecting",
    "predict",
    "predicted",
    "prediction",
    "project",
    "projected",
    "projection",
    "will",
    "outlook",
    "target",
    "upcoming",
    "coming",
    "future",
    "ahead",
    "tomorrow",
    "going to",
    "upside",
    "downside",
    "median",
    "quantile",
    "band",
    "range",
    "horizon",
    "from now",
    "model see",
    "model think",
    "vorhersage",
    "prognose",
    "erwartet",
];

static WORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\d{4}-\d{2}-\d{2}|\d+(?:st|nd|rd|th)?%?|[\p{L}][\p{L}\p{M}'/&]*"));

/// Words that end in s and are no plural.
const SINGULAR: [&str; 6] = ["news", "does", "goes", "series", "perhaps", "always"];

/// Replaces typographic quotes by plain ones.
fn plain(letter: char) -> char {
    match letter {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        other => other,
    }
}

/// The parts of a word without a possessive and without a plural ending; "10%" becomes "10" and "%".
fn split(word: &str) -> Vec<String> {
    if word.parse::<NaiveDate>().is_ok() {
        return vec![word.to_owned()];
    }
    if let Some(number) = word.strip_suffix('%') {
        return vec![number.to_owned(), "%".to_owned()];
    }
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        return vec![word.trim_end_matches(|letter: char| letter.is_alphabetic()).to_owned()];
    }
    let word = word.split('\'').next().unwrap_or_default().trim_end_matches(['/', '&']);
    let singular = match word.strip_suffix('s') {
        Some(stem) if word.len() > 3 && !SINGULAR.contains(&word) && !stem.ends_with(['s', 'i', 'u']) => {
            match stem.strip_suffix("ie") {
                Some(root) if root.len() > 2 => format!("{root}y"),
                _ => stem.to_owned(),
            }
        }
        _ => word.to_owned(),
    };
    (!singular.is_empty()).then_some(singular).into_iter().collect()
}

/// A whole number, in digits or as a word.
fn number(word: &str) -> Option<usize> {
    const WORDS: [(&str, usize); 33] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("twelve", 12),
        ("fourteen", 14),
        ("twenty", 20),
        ("thirty", 30),
        ("fifty", 50),
        ("hundred", 100),
        ("first", 1),
        ("second", 2),
        ("third", 3),
        ("fourth", 4),
        ("fifth", 5),
        ("sixth", 6),
        ("seventh", 7),
        ("eighth", 8),
        ("ninth", 9),
        ("tenth", 10),
        ("eins", 1),
        ("zwei", 2),
        ("drei", 3),
        ("vier", 4),
        ("fünf", 5),
        ("zehn", 10),
        ("zwölf", 12),
    ];
    word.parse()
        .ok()
        .or_else(|| WORDS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value))
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let long = |name: &&str| {
        **name == *word || (word.len() == 3 && name.starts_with(word)) || (word == "sept" && **name == *"september")
    };
    MONTHS.iter().position(long).and_then(|at| u32::try_from(at + 1).ok())
}

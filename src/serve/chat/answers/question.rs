//! A question as plain words: case, punctuation, hyphens and plural endings do not count. Knows which stretch of time, which day and
//! which number it names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::Regex;

use crate::serve::chat::horizon::trading_days;
use crate::serve::chat::message::pattern;
use crate::text::{month, small_number};

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

    /// Every place where one of the words or phrases of a list stands: "close, last price".
    pub(super) fn places(&self, any: &str) -> Places {
        let mut places = Places::new();
        for phrase in any.split(", ") {
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

    /// Whether one of the words or phrases of a list occurs.
    pub(super) fn has(&self, any: &str) -> bool {
        !self.places(any).is_empty()
    }

    /// The places that several lists take, if something of each occurs.
    pub(super) fn takes(&self, lists: &[&str]) -> Option<Places> {
        let mut all = Places::new();
        for list in lists {
            let places = self.places(list);
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
        self.has(FORECAST) || self.has(FUTURE) || self.stretches().into_iter().any(is_after_in)
    }

    /// The stretches of time that it names, in trading days, with the places of their words: "5 days", "a month", "weekly".
    pub(super) fn stretches(&self) -> Vec<(usize, Places)> {
        let stretch = |(at, word): (usize, &String)| {
            if let Some(days) = adverb(word) {
                return Some((days, Places::from([at])));
            }
            let unit = unit(word)?;
            let counted = at
                .checked_sub(1)
                .and_then(|before| Some((before, number(&self.words[before])?)));
            Some(match counted {
                Some((before, count)) => (count.saturating_mul(unit), Places::from([before, at])),
                None => (unit, Places::from([at])),
            })
        };
        self.words.iter().enumerate().filter_map(stretch).collect()
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

/// Words of a forecast.
pub(super) const FORECAST: &str = "forecast, forecasted, predict, predicted, prediction, project, projected, projection, expect, expected, \
    model, path, simulation, prognose, vorhersage, median, target, outlook";

/// Other words of days to come.
const FUTURE: &str = "next, will, upcoming, coming, future, ahead, tomorrow, going to, upside, downside, quantile, band, range, horizon, \
    from now, erwartet";

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
    const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth";
    let ordinal = || (1..).zip(ORDINALS.split(' ')).find(|(_, name)| *name == word);
    let german = |word| {
        Some(match word {
            "eins" => 1,
            "zwei" => 2,
            "drei" => 3,
            "vier" => 4,
            "fünf" => 5,
            "zehn" => 10,
            "zwölf" => 12,
            _ => return None,
        })
    };
    word.parse()
        .ok()
        .or_else(|| small_number(word).and_then(|value| usize::try_from(value).ok()))
        .or_else(|| (word == "hundred").then_some(100))
        .or_else(|| ordinal().map(|(value, _)| value))
        .or_else(|| german(word))
}

/// The trading days of a unit of time.
fn unit(word: &str) -> Option<usize> {
    Some(match word {
        "tag" => 1,
        "woche" => 5,
        "monat" => 21,
        "quartal" => 63,
        "jahr" => 252,
        word => trading_days(word)? as usize,
    })
}

/// The trading days that an adverb stands for.
fn adverb(word: &str) -> Option<usize> {
    Some(match word {
        "daily" | "yesterday" | "today" | "overnight" => 1,
        "weekly" => 5,
        "monthly" => 21,
        "annual" | "annually" | "yearly" => 252,
        _ => return None,
    })
}

//! The evidence, looked up by what a text says: facts by id, quantiles by their level, dates, and whether an amount is a fact
//! rounded as it is written. Evidence in, facts out.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::amounts::{Amount, Mark, Meaning, numbers};
use super::german;
use super::senses::{Sense, senses};
use super::stems::stem;
use super::topics::{Class, Topic};
use crate::grounding::evidence::Evidence;
use crate::grounding::fact::{Fact, Unit};
use crate::grounding::format;
use crate::grounding::locale::Locale;

/// "about" allows this share more than rounding does.
const ROUND: f64 = 0.01;

/// "just over" allows this share more.
const BARELY: f64 = 0.03;

/// How a figure is hedged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hedge {
    None,
    /// About so much.
    About,
    /// A little more than so much.
    Barely,
    /// More than so much.
    Over,
    /// Less than, or nearly, so much.
    Under,
}

/// The evidence of one text.
#[derive(Debug)]
pub(super) struct Table<'e> {
    pub evidence: Evidence<'e>,
    by_id: HashMap<&'e str, &'e Fact>,
    pub dates: Vec<(&'e Fact, NaiveDate)>,
    /// Quantiles by level, rising.
    pub levels: Vec<(u32, &'e Fact)>,
    /// For each headline, its words in lower case.
    pub titles: Vec<Vec<String>>,
    /// For each headline, the stems of its words.
    pub stems: Vec<HashSet<String>>,
    /// For each headline, the meanings of its words.
    pub senses: Vec<HashSet<Sense>>,
    /// The words of all headlines and names, in lower case.
    pub known: HashSet<String>,
    /// The words of the names, in lower case.
    pub own: HashSet<String>,
    /// The words of the facts that are texts, in lower case, with the fact's id.
    texts: Vec<(String, &'e str)>,
}

impl<'e> Table<'e> {
    pub(super) fn new(evidence: Evidence<'e>) -> Self {
        let facts = evidence.facts;
        let mut levels: Vec<(u32, &Fact)> = facts.iter().filter_map(|fact| Some((level(fact)?, fact))).collect();
        levels.sort_by_key(|(level, _)| *level);
        let titles: Vec<Vec<String>> = evidence.headlines.iter().map(|title| words(title)).collect();
        let own: HashSet<String> = evidence.names.iter().flat_map(|name| words(name)).collect();
        Table {
            evidence,
            by_id: facts.iter().map(|fact| (fact.id.as_ref(), fact)).collect(),
            dates: facts
                .iter()
                .filter(|fact| fact.unit == Unit::Date)
                .filter_map(|fact| Some((fact, fact.value.parse().ok()?)))
                .collect(),
            levels,
            stems: titles
                .iter()
                .zip(evidence.headlines)
                .map(|(words, title)| {
                    let english = title_words(title, evidence.locale);
                    words.iter().chain(&english).map(|word| stem(word).to_owned()).collect()
                })
                .collect(),
            senses: titles
                .iter()
                .zip(evidence.headlines)
                .map(|(words, title)| {
                    let english = title_words(title, evidence.locale);
                    senses(words.iter().chain(&english).map(String::as_str))
                })
                .collect(),
            known: titles.iter().flatten().chain(&own).cloned().collect(),
            titles,
            own,
            texts: facts
                .iter()
                .filter(|fact| fact.unit == Unit::Text)
                .flat_map(|fact| words(&fact.value).into_iter().map(|word| (word, fact.id.as_ref())))
                .collect(),
        }
    }

    /// The change over a year, in per cent: the return without the last month and that month together.
    pub(super) fn year(&self) -> Option<f64> {
        let (before, month) = self.number("momentum").zip(self.number("return_21d"))?;
        Some(((1.0 + before / 100.0) * (1.0 + month / 100.0) - 1.0) * 100.0)
    }

    /// The fact of this id.
    pub(super) fn get(&self, id: &str) -> Option<&'e Fact> {
        self.by_id.get(id).copied()
    }

    /// The fact that is a text and holds this word, in any of its forms.
    pub(super) fn text_with(&self, word: &str) -> Option<&'e str> {
        let same = |known: &str| known == word || stem(known) == stem(word);
        self.texts.iter().find(|(known, _)| same(known)).map(|(_, id)| *id)
    }

    /// The number of a fact.
    pub(super) fn number(&self, id: &str) -> Option<f64> {
        self.get(id).map(|fact| fact.number)
    }

    /// The facts that a figure of `class` beside `topic` may be.
    pub(super) fn of(&self, topic: Topic, class: Class) -> Vec<&'e Fact> {
        let quantile = |wanted: u32| {
            self.levels
                .iter()
                .find(|(level, _)| *level == wanted)
                .map(|(_, fact)| *fact)
        };
        match topic {
            Topic::Level(level) => quantile(level).into_iter().collect(),
            Topic::BandOf(share) => self.band(share).map_or(Vec::new(), |(low, high)| vec![low, high]),
            _ => topic.ids(class).iter().filter_map(|id| self.get(id)).collect(),
        }
    }

    /// The two quantiles that hold so many per cent between them.
    pub(super) fn band(&self, share: u32) -> Option<(&'e Fact, &'e Fact)> {
        let low = self.levels.iter().find(|(level, _)| 2 * level + share == 100)?;
        let high = self.levels.iter().find(|(level, _)| *level == low.0 + share)?;
        Some((low.1, high.1))
    }

    /// The band of a topic, low and high.
    pub(super) fn limits(&self, topic: Topic) -> Option<(&'e Fact, &'e Fact)> {
        match topic {
            Topic::BandOf(share) => self.band(share),
            // Without a forecast the range is that of the levels.
            _ => self
                .get("low")
                .zip(self.get("high"))
                .or_else(|| self.get("support").zip(self.get("resistance"))),
        }
    }

    /// The fact behind a topic that is a price: one and no more.
    pub(super) fn price_of(&self, topic: Topic) -> Option<&'e Fact> {
        match &self.of(topic, Class::Price)[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// The words of a title; of a German one also what the judges take them for.
fn title_words(title: &str, locale: Locale) -> Vec<String> {
    match locale {
        Locale::En => Vec::new(),
        Locale::De => german::title_words(title).collect(),
    }
}

/// The words of a text, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn level(fact: &Fact) -> Option<u32> {
    let (level, rest) = fact.label.split_once('%')?;
    let quantile = rest.trim_start().starts_with("quantile") && fact.unit == Unit::Price;
    quantile.then(|| level.trim().parse().ok())?
}

/// Whether the amount is the fact, rounded to the digits it is written with. The printed figure counts as much as the exact
/// one, so that rounding what the table shows once more is accepted. A price that is not zero has at least one significant
/// digit: `$0.00` is no rounding of `$0.00001234`.
pub(super) fn is_near(fact: &Fact, amount: &Amount, hedge: Hedge) -> bool {
    if fact.unit == Unit::Price && amount.value == 0.0 {
        return fact.number == 0.0;
    }
    near(fact.number, amount, hedge) || printed(fact).is_some_and(|number| near(number, amount, hedge))
}

/// Whether `number`, without its sign, is the amount.
pub(super) fn near(number: f64, amount: &Amount, hedge: Hedge) -> bool {
    let (size, value) = (number.abs(), amount.value);
    let rounded = (value - size).abs() <= amount.step * (0.5 + 1e-9) + 1e-9 * size;
    rounded
        || match hedge {
            Hedge::None => false,
            Hedge::About => (value - size).abs() <= (ROUND * size).min(5.0 * amount.step),
            Hedge::Barely => size >= value && size - value <= (BARELY * value).max(amount.step),
            Hedge::Over => size >= value && size <= value * 1.3 + amount.step,
            Hedge::Under => size <= value && size >= value * 0.88 - amount.step,
        }
}

fn printed(fact: &Fact) -> Option<f64> {
    numbers(&fact.value)
        .into_iter()
        .find_map(|written| match written.meaning {
            Meaning::Amount(amount) => Some(amount.value),
            _ => None,
        })
}

/// Whether the currency written is the one that the fact is printed in.
pub(super) fn is_currency_of(fact: &Fact, written: &str) -> bool {
    let code = match written.to_lowercase().trim_end_matches('s') {
        "cent" => return fact.value.contains(['$', '€']),
        "pence" | "penny" | "p" => "GBP",
        "dollar" | "us$" => "USD",
        "euro" => "EUR",
        "pound" => "GBP",
        "yen" => "JPY",
        _ => written,
    };
    fact.value.contains(format::symbol(code).unwrap_or(code))
}

/// How the amount is written.
pub(super) fn class(amount: &Amount) -> Class {
    match amount.mark {
        Mark::Percent => Class::Percent,
        Mark::Currency(_) => Class::Price,
        Mark::None | Mark::Ratio(_) => Class::Bare,
    }
}

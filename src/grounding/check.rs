//! Compares the numbers of a text with the table of facts. A text and facts in; the numbers that no fact supports, and the text
//! without their sentences, out. It checks figures and the direction of a change; it cannot tell whether other words are true.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dates::PartialDate;
use super::direction::{Way, way};
use super::facts::{Fact, Unit};
use super::format;
use super::numbers::{Amount, Mark, Meaning, Sign, Written, numbers};
use super::sentences::{Block, blocks, heading_text};

/// Replaces the sentences of a section that lost them all.
pub const NOTHING_FURTHER: &str = "No further figures are available for this section.";

/// The result of checking a report's numbers against the facts it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Grounding {
    /// Numbers found in the prose, before any repair.
    pub numbers: usize,
    /// Of these, how many equal a fact at the precision they are written with.
    pub supported: usize,
    /// The others, as written.
    pub unsupported: Vec<String>,
    /// How many sentences were taken out because a number in them had no support.
    pub repaired: usize,
}

/// Finds every number of `prose` (Markdown) and says which of them equal a fact at the precision they are written with.
///
/// "about $93" is supported by a close of 92.80, "$92.90" is not. "fell 2.1%" is supported by a return of −2.1 %, "rose
/// 2.1%" and a bare "2.1%" are not. The lengths and levels that the facts' own labels name ("50-day", "10% quantile") are
/// supported where they name the same thing. Section numbers, list markers, ordinals and names that end in digits are not
/// counted as numbers.
pub fn check(prose: &str, facts: &[Fact]) -> Grounding {
    let table = Table::new(facts);
    let mut grounding = Grounding::default();
    for block in blocks(prose) {
        match block {
            Block::Blank(_) => {}
            Block::Heading(_, line) => table.count(heading_text(line), &mut grounding),
            Block::Line(line) => table.count(line, &mut grounding),
            Block::Prose(_, sentences) => sentences.iter().for_each(|text| table.count(text, &mut grounding)),
        }
    }
    grounding
}

/// Removes the sentences of `markdown` that hold an unsupported number, and counts what was found and removed.
///
/// Headings and the line that gives the recommendation always stay. A section that ends up with nothing in it says
/// [`NOTHING_FURTHER`]. A text without unsupported numbers and empty sections comes back byte for byte.
pub fn repair(markdown: &str, facts: &[Fact]) -> (String, Grounding) {
    let table = Table::new(facts);
    let mut grounding = check(markdown, facts);
    let mut lines: Vec<Line> = Vec::new();
    for block in blocks(markdown) {
        match block {
            Block::Blank(line) => lines.push(Line::Blank(line.to_owned())),
            Block::Heading(level, line) => lines.push(Line::Heading(level, line.to_owned())),
            Block::Line(line) if table.is_grounded(line) => lines.push(Line::Body(line.to_owned())),
            Block::Line(_) => {
                grounding.repaired += 1;
                lines.push(Line::Removed);
            }
            Block::Prose(marker, sentences) => {
                let kept: Vec<&str> = sentences
                    .iter()
                    .copied()
                    .filter(|sentence| table.is_grounded(sentence) || is_recommendation(sentence))
                    .collect();
                grounding.repaired += sentences.len() - kept.len();
                let text = kept.concat();
                lines.push(match kept.len() {
                    0 => Line::Removed,
                    all if all == sentences.len() => Line::Body(format!("{marker}{text}")),
                    _ => Line::Body(format!("{marker}{}", text.trim_end())),
                });
            }
        }
    }
    (put_together(lines), grounding)
}

enum Line {
    Blank(String),
    Heading(usize, String),
    Body(String),
    Removed,
}

/// Joins the lines, without those removed and the blank lines after them; sections left empty get [`NOTHING_FURTHER`].
fn put_together(lines: Vec<Line>) -> String {
    let mut text: Vec<String> = Vec::new();
    let mut empty: Option<(usize, usize)> = None;
    let mut after_removal = false;
    for line in lines {
        match line {
            Line::Removed => after_removal = true,
            Line::Blank(_) if after_removal && text.last().is_none_or(|last| last.trim().is_empty()) => {}
            Line::Blank(line) => text.push(line),
            Line::Body(line) => {
                (empty, after_removal) = (None, false);
                text.push(line);
            }
            Line::Heading(level, line) => {
                // A heading right under a higher one opens a part of that section, which therefore is not empty.
                if let Some((_, place)) = empty.filter(|(upper, _)| *upper >= level) {
                    text.truncate(place);
                    text.extend([String::new(), NOTHING_FURTHER.to_owned(), String::new()]);
                }
                text.push(line);
                (empty, after_removal) = (Some((level, text.len())), false);
            }
        }
    }
    if let Some((_, place)) = empty {
        let ended_with_a_break = text.len() > place;
        text.truncate(place);
        text.extend([String::new(), NOTHING_FURTHER.to_owned()]);
        text.extend(ended_with_a_break.then(String::new));
    }
    text.join("\n")
}

/// "**Recommendation: Hold.**" or a sentence of that one word.
fn is_recommendation(sentence: &str) -> bool {
    let words = sentence
        .trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_lowercase();
    words.starts_with("recommendation") || matches!(words.as_str(), "buy" | "hold" | "sell")
}

/// The facts with their dates and the numbers in their labels parsed.
struct Table<'f> {
    facts: &'f [Fact],
    dates: Vec<NaiveDate>,
    names: Vec<Name>,
}

/// A number that names a fact: the 50 of a 50-day average, the 10 of a 10% quantile.
struct Name {
    number: f64,
    percent: bool,
}

impl<'f> Table<'f> {
    fn new(facts: &'f [Fact]) -> Self {
        let dates = facts
            .iter()
            .filter(|fact| fact.unit == Unit::Date)
            .filter_map(|fact| fact.value.parse().ok())
            .collect();
        let names = facts
            .iter()
            .flat_map(|fact| numbers(&fact.label))
            .filter_map(|written| match written.meaning {
                Meaning::Amount(amount) => Some(Name {
                    number: amount.value,
                    percent: amount.mark == Mark::Percent,
                }),
                _ => None,
            });
        Table {
            facts,
            dates,
            names: names.collect(),
        }
    }

    fn count(&self, text: &str, grounding: &mut Grounding) {
        for written in numbers(text) {
            grounding.numbers += 1;
            if self.supports(&written) {
                grounding.supported += 1;
            } else {
                grounding.unsupported.push(written.text.to_owned());
            }
        }
    }

    fn is_grounded(&self, text: &str) -> bool {
        numbers(text).iter().all(|written| self.supports(written))
    }

    fn supports(&self, written: &Written<'_>) -> bool {
        match &written.meaning {
            Meaning::Unreadable => false,
            Meaning::Date(readings) => readings
                .iter()
                .any(|reading| self.dates.iter().any(|date| is_part_of(*reading, *date))),
            Meaning::Amount(amount) => {
                let following = following(written.after);
                amount
                    .year
                    .is_some_and(|year| self.dates.iter().any(|date| date.year() == year))
                    || self.names.iter().any(|name| names(name, amount, &following))
                    || self.facts.iter().any(|fact| equals(fact, amount, written, &following))
            }
        }
    }
}

fn is_part_of(written: PartialDate, date: NaiveDate) -> bool {
    written.year.is_none_or(|year| year == date.year())
        && written.month.is_none_or(|month| month == date.month())
        && written.day.is_none_or(|day| day == date.day())
}

/// The next five words, in lower case and without a plural s.
fn following(after: &str) -> Vec<String> {
    after
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(5)
        .map(|word| word.to_lowercase().trim_end_matches('s').to_owned())
        .collect()
}

fn names(name: &Name, amount: &Amount, following: &[String]) -> bool {
    const LEVELS: [&str; 8] = [
        "quantile",
        "percentile",
        "band",
        "interval",
        "range",
        "chance",
        "probability",
        "likelihood",
    ];
    let says_so =
        |words: &[&str], reach: usize| following.iter().take(reach).any(|word| words.contains(&word.as_str()));
    let percent = amount.mark == Mark::Percent;
    amount.value == name.number
        && percent == name.percent
        && (percent || amount.mark == Mark::None)
        && amount.sign.is_none()
        && if percent {
            says_so(&LEVELS, 5)
        } else {
            says_so(&["day", "d"], 3)
        }
}

fn equals(fact: &Fact, amount: &Amount, written: &Written<'_>, following: &[String]) -> bool {
    let minus = amount.sign == Some(Sign::Minus);
    match (fact.unit, &amount.mark) {
        (Unit::Price, Mark::Currency(currency)) => !minus && is_currency_of(fact, currency) && is_near(fact, amount),
        (Unit::Price | Unit::Index, Mark::None) => !minus && !counts_things(following) && is_near(fact, amount),
        (Unit::Percent, Mark::Percent) => !minus && is_near(fact, amount),
        (Unit::Change, Mark::Percent) => is_near(fact, amount) && agrees(fact, amount, written),
        (Unit::Score, Mark::None) => amount.step < 1.0 && is_near(fact, amount) && agrees(fact, amount, written),
        (Unit::Count, Mark::None) => {
            amount.sign.is_none() && amount.value == fact.number && is_of_label(fact, following)
        }
        _ => false,
    }
}

/// Whether the written amount is the fact rounded to the digits it is written with. The printed figure counts as much as
/// the exact one, so that rounding what the table shows once more is accepted. A price that is not zero has at least one
/// significant digit: `$0.00` is no rounding of `$0.000012340`.
fn is_near(fact: &Fact, amount: &Amount) -> bool {
    if fact.unit == Unit::Price && amount.value == 0.0 {
        return fact.number == 0.0;
    }
    let near = |number: f64| (amount.value - number.abs()).abs() <= amount.step * (0.5 + 1e-9) + 1e-9 * number.abs();
    near(fact.number) || printed(fact).is_some_and(near)
}

fn printed(fact: &Fact) -> Option<f64> {
    numbers(&fact.value)
        .into_iter()
        .find_map(|written| match written.meaning {
            Meaning::Amount(amount) => Some(amount.value),
            _ => None,
        })
}

/// Whether the written sign, or without one the words around the figure, agree with the fact's sign.
fn agrees(fact: &Fact, amount: &Amount, written: &Written<'_>) -> bool {
    if amount.value == 0.0 {
        return true;
    }
    let down = match amount.sign {
        Some(sign) => sign == Sign::Minus,
        None => way(written.before, written.after) == Some(Way::Down),
    };
    down == (fact.number < 0.0)
}

/// Whether the currency written is the one that the fact is printed in.
fn is_currency_of(fact: &Fact, written: &str) -> bool {
    let code = match written.to_lowercase().trim_end_matches('s') {
        "dollar" | "us$" => "USD",
        "euro" => "EUR",
        "pound" => "GBP",
        "yen" => "JPY",
        _ => written,
    };
    fact.value.contains(format::symbol(code).unwrap_or(code))
}

/// Whether a bare number is followed by what it counts, and so cannot be a price.
fn counts_things(following: &[String]) -> bool {
    const THINGS: [&str; 14] = [
        "headline", "article", "storie", "story", "day", "week", "month", "year", "path", "sample", "time", "positive",
        "negative", "neutral",
    ];
    following.iter().take(2).any(|word| THINGS.contains(&word.as_str()))
}

/// "3 negative headlines" is supported by the count of negative ones alone.
fn is_of_label(fact: &Fact, following: &[String]) -> bool {
    let label = following
        .iter()
        .take(2)
        .find(|word| ["positive", "negative", "neutral"].contains(&word.as_str()));
    label.is_none_or(|label| fact.key == label)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

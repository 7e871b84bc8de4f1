//! Dates: days, months, years and weekdays. Each must be a date of the table, in the role that the words beside it give: the day
//! of the close, the end of the forecast, the day of a cross. A sentence in, one claim a date out.

use chrono::{Datelike, NaiveDate};

use super::amounts::{Mark, Meaning};
use super::calendar::PartialDate;
use super::finding::Finding;
use super::lists::among;
use super::nearness::nearest;
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;
use crate::text::MONTHS;

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Words that stand before a date.
const BEFORE: &str = "in on by of since until till through from during early late mid to before after as for year around last \
     next this between";

/// Judges the dates of a sentence.
pub(super) fn dates(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let written: Vec<(usize, usize, Vec<PartialDate>)> = (0..reading.tokens.len())
        .filter_map(|at| written(reading, table, at))
        .collect();
    let places: Vec<usize> = written.iter().map(|(at, ..)| *at).collect();
    let roles = nearest(reading, &places, |_, topic| !ids(topic).is_empty());
    let mut findings = Vec::new();
    let of_earnings = reading.has(
        0,
        reading.tokens.len(),
        "earnings results figures report reports numbers quarterly",
    );
    for ((at, to, readings), cues) in written.iter().zip(&roles) {
        reading.spent[*at] = true;
        let matching: Vec<&str> = table
            .dates
            .iter()
            .filter(|(fact, _)| fact.id != "next_earnings" || of_earnings)
            .filter(|(_, date)| readings.iter().any(|reading| is_part_of(*reading, *date)))
            .map(|(fact, _)| fact.id.as_ref())
            .collect();
        let wanted: Vec<&str> = cues
            .iter()
            .flat_map(|cue| ids(cue.topic))
            .copied()
            .filter(|id| table.get(id).is_some())
            .collect();
        let whole = readings.iter().all(|reading| reading.day.is_some());
        // "The forecast window closes on October 21."
        let (from, _) = reading.clause(*at);
        let forecast = reading.word(from.max(at.saturating_sub(2))).starts_with("close")
            && reading.speaks_of(from, *at, &[Topic::Forecast, Topic::Horizon]);
        let wanted = if forecast { vec!["forecast_date"] } else { wanted };
        let found = matching
            .iter()
            .find(|id| wanted.contains(id))
            .or_else(|| matching.first().filter(|_| wanted.is_empty() || !whole));
        findings.push(match found {
            Some(id) => Finding::decided(*at, *to, ClaimKind::Date, true, *id),
            None => match wanted.first().or(matching.first()) {
                Some(id) => Finding::decided(*at, *to, ClaimKind::Date, false, *id),
                None => Finding::unsupported(*at, *to, ClaimKind::Date),
            },
        });
    }
    findings.extend(
        (0..reading.tokens.len()).filter_map(|at| weekday(reading, table, at).or_else(|| quarter(reading, table, at))),
    );
    findings
}

/// The dates that a topic may be dated by.
fn ids(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Close => &["as_of", "last_close", "last_day"],
        Topic::TrueClose | Topic::TrueReturn => &["last_day"],
        Topic::Stock | Topic::Window(1 | 5 | 21) | Topic::Rsi => &["as_of"],
        Topic::Median
        | Topic::Forecast
        | Topic::Low
        | Topic::High
        | Topic::Band
        | Topic::BandOf(_)
        | Topic::Level(_)
        | Topic::Paths => &["forecast_date", "last_day"],
        Topic::Cross => &["sma_cross"],
        Topic::LargestError => &["largest_error_day"],
        _ => &[],
    }
}

/// The date written at `at`, with its readings.
fn written(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<(usize, usize, Vec<PartialDate>)> {
    let token = &reading.tokens[at];
    match &token.kind {
        Kind::Number(Meaning::Date(readings)) => Some((at, at + 1, readings.clone())),
        Kind::Number(Meaning::Amount(amount)) => {
            let year = amount
                .year
                .filter(|_| amount.mark == Mark::None && !reading.spent[at])?;
            let dated = among(reading.before(at, 1), BEFORE) || table.dates.iter().any(|(_, date)| date.year() == year);
            let after_month = MONTHS.contains(&reading.before(at, 1));
            (dated && !after_month).then(|| {
                (
                    at,
                    at + 1,
                    vec![PartialDate {
                        year: Some(year),
                        ..PartialDate::default()
                    }],
                )
            })
        }
        Kind::Word => {
            if reading.spent[at] {
                return None;
            }
            let month = MONTHS.iter().position(|month| *month == token.word)?;
            let clear = !matches!(token.word.as_str(), "may" | "march") || among(reading.before(at, 1), BEFORE);
            let month = u32::try_from(month + 1).ok()?;
            let year = reading
                .tokens
                .get(at + 1)
                .and_then(|token| token.amount())
                .and_then(|amount| amount.year);
            (token.capital && clear).then(|| {
                (
                    at,
                    at + 1,
                    vec![PartialDate {
                        month: Some(month),
                        year,
                        ..PartialDate::default()
                    }],
                )
            })
        }
        _ => None,
    }
}

/// Whether what is written of a date fits the whole one.
pub(super) fn is_part_of(written: PartialDate, date: NaiveDate) -> bool {
    written.year.is_none_or(|year| year == date.year())
        && written.month.is_none_or(|month| month == date.month())
        && written.day.is_none_or(|day| day == date.day())
}

/// A weekday must be that of a date of the table.
fn weekday(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let token = &reading.tokens[at];
    let day = WEEKDAYS.iter().position(|day| *day == token.word)?;
    if !token.capital {
        return None;
    }
    let is = |date: &NaiveDate| date.weekday().num_days_from_monday() as usize == day;
    match table.dates.iter().find(|(_, date)| is(date)) {
        Some((fact, _)) => Some(Finding::decided(at, at + 1, ClaimKind::Date, true, fact.id.as_ref())),
        None => Some(Finding::unsupported(at, at + 1, ClaimKind::Date)),
    }
}

/// Quarters and business years: only a headline can speak of them.
fn quarter(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let short = among(word, "q1 q2 q3 q4 h1 h2");
    let long = among(word, "first second third fourth fiscal holiday final")
        && matches!(reading.word(at + 1), "quarter" | "half" | "year" | "season");
    if !short && !long {
        return None;
    }
    let known = if short {
        table.known.contains(word)
    } else {
        table.known.contains(reading.word(at + 1)) && table.known.contains(word)
    };
    let to = if short { at + 1 } else { at + 2 };
    Some(if known {
        Finding::decided(at, to, ClaimKind::Date, true, "headlines")
    } else {
        Finding::unsupported(at, to, ClaimKind::Date)
    })
}

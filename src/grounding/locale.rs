//! The languages in which code writes sentences and checks text, and how each writes a figure or a date. A code or a printed figure
//! in, a locale or the figure in its notation out.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fact::Fact;

/// A language with its notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// A language that Tripod neither writes nor checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not possible: Tripod writes and checks reports in English (en) and German (de), and publishes none that it cannot check; \
     choose en or de"
)]
pub struct UnknownLocale(String);

/// The months in German, in order.
pub(super) const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Locale {
    /// Every locale.
    pub const ALL: [Locale; 2] = [Locale::En, Locale::De];

    /// The ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::De => "de",
        }
    }

    /// The language's English name, as prompts and messages use it.
    pub fn name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::De => "German",
        }
    }

    /// Whether it is the language of everything that names none.
    pub fn is_usual(&self) -> bool {
        *self == Locale::default()
    }

    /// A figure or an ISO date as the locale writes it, from the English print: `$1,234.50` is `1.234,50 $` in German, `+2.1%` is
    /// `+2,1 %`, and `2013-03-01` is `1. März 2013`.
    pub fn figure(self, printed: &str) -> String {
        match self {
            Locale::En => printed.to_owned(),
            Locale::De => german(printed),
        }
    }

    /// The same facts with their values in the locale's notation.
    pub fn facts(self, facts: &[Fact]) -> Vec<Fact> {
        let printed = |fact: &Fact| Fact {
            value: self.figure(&fact.value),
            ..fact.clone()
        };
        facts.iter().map(printed).collect()
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(code: &str) -> Result<Self, UnknownLocale> {
        let known = Locale::ALL
            .into_iter()
            .find(|locale| locale.code().eq_ignore_ascii_case(code.trim()));
        known.ok_or_else(|| UnknownLocale(code.chars().filter(|letter| !letter.is_control()).take(20).collect()))
    }
}

fn german(printed: &str) -> String {
    if let Ok(date) = printed.parse::<NaiveDate>() {
        let month = GERMAN_MONTHS.get(date.month0() as usize).copied().unwrap_or_default();
        return format!("{}. {month} {}", date.day(), date.year());
    }
    let is_digit = |letter: char| letter.is_ascii_digit();
    let (Some(first), Some(last)) = (printed.find(is_digit), printed.rfind(is_digit)) else {
        return printed.to_owned();
    };
    let (before, digits, after) = (&printed[..first], &printed[first..=last], &printed[last + 1..]);
    let (scale, after) = match after {
        " million" => (" Millionen", ""),
        " billion" => (" Milliarden", ""),
        " trillion" => (" Billionen", ""),
        _ => ("", after),
    };
    let sign: String = before.chars().filter(|letter| matches!(letter, '+' | '-')).collect();
    let unit: String = before
        .chars()
        .chain(after.chars())
        .filter(|letter| !matches!(letter, '+' | '-') && !letter.is_whitespace())
        .collect();
    let digits: String = digits
        .chars()
        .map(|letter| match letter {
            '.' => ',',
            ',' => '.',
            other => other,
        })
        .collect();
    let space = if unit.is_empty() { "" } else { " " };
    format!("{sign}{digits}{scale}{space}{unit}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn figures_and_dates_are_written_as_each_language_writes_them() {
        for (printed, german) in [
            ("$92.80", "92,80 $"),
            ("-$1,234,567.89", "-1.234.567,89 $"),
            ("CHF 12.30", "12,30 CHF"),
            ("C$5.00", "5,00 C$"),
            ("$2.90 trillion", "2,90 Billionen $"),
            ("CHF 41.2 billion", "41,2 Milliarden CHF"),
            ("€0.042000", "0,042000 €"),
            ("+2.1%", "+2,1 %"),
            ("0.25%", "0,25 %"),
            ("54.2", "54,2"),
            ("-0.12", "-0,12"),
            ("11", "11"),
            ("2013-03-01", "1. März 2013"),
            ("", ""),
            ("none", "none"),
        ] {
            assert_eq!(Locale::De.figure(printed), german);
            assert_eq!(Locale::En.figure(printed), printed);
        }
    }

    #[test]
    fn a_language_that_cannot_be_checked_is_refused_with_those_that_can() {
        assert_eq!("DE".parse::<Locale>().unwrap(), Locale::De);
        let refused = "fr".parse::<Locale>().unwrap_err().to_string();
        assert!(
            refused.contains("`fr`") && refused.contains("English (en) and German (de)"),
            "{refused}"
        );
        assert_eq!(serde_json::to_string(&Locale::De).unwrap(), "\"de\"");
    }
}

//! One fact: a figure that code computed, with what is needed to recognise it in a text and to say where it comes from. Plain
//! data; nothing here computes.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One row of the table of facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// A stable name: `last_close`, `return_5d`.
    pub id: Cow<'static, str>,
    /// What the figure is, in words.
    pub label: String,
    /// The figure as printed: `$92.80`, `+2.1%`, `2013-03-01`.
    pub value: String,
    /// The figure itself, unrounded, in the unit of `unit`.
    pub number: f64,
    /// What `number` counts.
    pub unit: Unit,
    /// The value of the last digit that `value` prints: 0.01 for `$92.80`. 1 for counts and dates.
    #[serde(default = "one")]
    pub rounding: f64,
    /// The day it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub date: Option<NaiveDate>,
    /// How many trading days before `date` it covers; `None` for what holds on one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub days: Option<u32>,
    /// Where it comes from.
    #[serde(default)]
    pub source: Source,
}

/// The unit of a fact's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = FactUnit)]
pub enum Unit {
    /// Days since the first day of the common era; the value is an ISO 8601 date.
    Date,
    /// The currency's main unit.
    Price,
    /// Per cent, with a direction: returns and drawdowns.
    Change,
    /// Per cent, never negative: volatilities.
    Percent,
    /// A whole number of things.
    Count,
    /// A figure on a scale of its own, never negative: the relative strength index.
    Index,
    /// −1 to 1: the net sentiment.
    Score,
    /// An amount of money in units of the currency that the value names: a market capitalisation.
    Money,
    /// A ratio, never negative: price over earnings.
    Ratio,
    /// No figure: `value` is a text, and `number` is 0.
    Text,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = FactSource)]
pub enum Source {
    /// The price history.
    #[default]
    Bars,
    /// An indicator computed from the price history.
    Indicators,
    /// The forecast.
    Forecast,
    /// The labels of the headlines.
    Headlines,
    /// The bars of the days that were forecast.
    Outcome,
    /// What a service states about the company.
    Company,
}

impl Fact {
    /// A fact of the price history that speaks of no certain day.
    pub fn new(id: &'static str, label: impl Into<String>, value: String, number: f64, unit: Unit) -> Self {
        Fact {
            id: Cow::Borrowed(id),
            label: label.into(),
            rounding: rounding(&value, unit),
            value,
            number,
            unit,
            date: None,
            days: None,
            source: Source::Bars,
        }
    }

    /// The same fact with its day, its window and its source.
    pub fn of(self, source: Source, date: Option<NaiveDate>, days: Option<u32>) -> Self {
        Fact {
            date,
            days,
            source,
            ..self
        }
    }
}

fn one() -> f64 {
    1.0
}

/// The value of the last decimal that `printed` shows.
fn rounding(printed: &str, unit: Unit) -> f64 {
    if matches!(unit, Unit::Date | Unit::Count | Unit::Text) {
        return one();
    }
    let decimals = printed
        .split_once('.')
        .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    let scale = match printed.rsplit_once(' ') {
        Some((_, "trillion")) => 1e12,
        Some((_, "billion")) => 1e9,
        Some((_, "million")) => 1e6,
        _ => 1.0,
    };
    (0..decimals).fold(scale, |step, _| step / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounding_is_the_last_printed_digit() {
        let fact = |value: &str, unit| Fact::new("f", "F", value.to_owned(), 1.0, unit).rounding;
        assert!((fact("$92.80", Unit::Price) - 0.01).abs() < 1e-12);
        assert!((fact("+2.1%", Unit::Change) - 0.1).abs() < 1e-12);
        assert!((fact("2013-03-01", Unit::Date) - 1.0).abs() < 1e-12);
        assert!((fact("¥93", Unit::Price) - 1.0).abs() < 1e-12);
        assert!((fact("$2.90 trillion", Unit::Money) - 1e10).abs() < 1.0);
    }
}

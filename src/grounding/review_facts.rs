//! The table of facts that a review of a forecast may quote. The forecast, the bars of the forecast days and their errors in,
//! labelled and printed figures out. A figure that does not exist has no row.

use chrono::{Datelike, NaiveDate};

use super::fact::{Fact, Source, Unit};
use super::format;
use crate::market::Bar;
use crate::scoring::Comparison;

/// What the table is made from. One price a step in `predicted`, one bar a step in `truth`.
#[derive(Debug, Clone, Copy)]
pub struct ReviewInputs<'a> {
    /// Date of the last bar that the forecast was made from.
    pub as_of: NaiveDate,
    /// Its close.
    pub last_close: f64,
    /// ISO 4217 code of all prices.
    pub currency: &'a str,
    /// The forecast's medians.
    pub predicted: &'a [f64],
    /// The forecast's 10% and 90% quantiles, where it has them.
    pub band: Option<(&'a [f64], &'a [f64])>,
    /// The bars of the days that were forecast.
    pub truth: &'a [Bar],
    /// The errors of the forecast and of the naive one.
    pub comparison: &'a Comparison,
}

impl ReviewInputs<'_> {
    /// How many closes lay between the two quantiles; `None` without them.
    pub fn inside_band(&self) -> Option<usize> {
        let (low, high) = self
            .band
            .filter(|(low, high)| low.len() == self.truth.len() && high.len() == low.len())?;
        let inside = |((bar, low), high): &((&Bar, &f64), &f64)| (**low..=**high).contains(&bar.close);
        Some(self.truth.iter().zip(low).zip(high).filter(inside).count())
    }
}

/// The table: the window, its last day, the errors, the band, in this order.
pub fn review_facts(inputs: &ReviewInputs<'_>) -> Vec<Fact> {
    let (model, naive) = (&inputs.comparison.model, &inputs.comparison.naive);
    let (Some(last), Some(&predicted)) = (inputs.truth.last(), inputs.predicted.last()) else {
        return Vec::new();
    };
    let price = |id, label, value| fact(id, label, format::price(value, inputs.currency), value, Unit::Price);
    let since = |value: f64| value / inputs.last_close - 1.0;
    let mut facts = vec![
        date("as_of", "Date of the last close known", inputs.as_of),
        price("last_close", "Last close known", inputs.last_close),
        count("horizon", "Trading days forecast", inputs.truth.len()),
        date("last_day", "Last day of the forecast", last.date),
        price("predicted", "Median forecast for that day", predicted),
        price("actual", "True close on that day", last.close),
        change("expected_return", "Expected return to that day", since(predicted)),
        change("actual_return", "True return to that day", since(last.close)),
        price("mae", "Mean absolute error", model.mae),
        price("rmse", "Root mean squared error", model.rmse),
    ];
    // A true price of zero has no percentage.
    facts.extend(
        model
            .mape
            .map(|mape| percent("mape", "Mean absolute percentage error", mape)),
    );
    facts.push(percent(
        "direction",
        "Days with the right direction",
        model.directional_accuracy,
    ));
    facts.push(price(
        "naive_mae",
        "Mean absolute error of the naive forecast",
        naive.mae,
    ));
    let label = "Mean absolute percentage error of the naive forecast";
    facts.extend(naive.mape.map(|mape| percent("naive_mape", label, mape)));
    if let Some((day, error)) = largest_error(inputs) {
        facts.push(price("largest_error", "Largest error", error));
        facts.push(date("largest_error_day", "Day of the largest error", day));
    }
    if let Some(inside) = inputs.inside_band() {
        facts.push(count("inside_band", "Closes between the 10% and 90% quantiles", inside));
    }
    facts.retain(|fact| fact.number.is_finite());
    facts
}

/// The first day of the largest absolute error.
fn largest_error(inputs: &ReviewInputs<'_>) -> Option<(NaiveDate, f64)> {
    let errors = inputs.truth.iter().zip(inputs.predicted);
    errors
        .map(|(bar, predicted)| (bar.date, (predicted - bar.close).abs()))
        .reduce(|worst, next| if next.1 > worst.1 { next } else { worst })
}

fn date(id: &'static str, label: &str, day: NaiveDate) -> Fact {
    fact(
        id,
        label,
        day.to_string(),
        f64::from(day.num_days_from_ce()),
        Unit::Date,
    )
}

fn count(id: &'static str, label: &str, things: usize) -> Fact {
    fact(id, label, things.to_string(), things as f64, Unit::Count)
}

/// A change, as a fraction of the price before it.
fn change(id: &'static str, label: &str, fraction: f64) -> Fact {
    fact(id, label, format::percent(fraction), fraction * 100.0, Unit::Change)
}

/// `value` in per cent.
fn percent(id: &'static str, label: &str, value: f64) -> Fact {
    fact(id, label, format::level(value / 100.0), value, Unit::Percent)
}

fn fact(id: &'static str, label: &str, value: String, number: f64, unit: Unit) -> Fact {
    Fact::new(id, label, value, number, unit).of(source(id), None, None)
}

fn source(id: &str) -> Source {
    match id {
        "as_of" | "last_close" => Source::Bars,
        "horizon" | "last_day" | "predicted" | "expected_return" => Source::Forecast,
        _ => Source::Outcome,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scoring::compare;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2013, 3, day).unwrap()
    }

    fn bars(closes: &[f64]) -> Vec<Bar> {
        (4..)
            .zip(closes)
            .map(|(date, &close)| Bar {
                date: day(date),
                open: None,
                high: None,
                low: None,
                close,
                volume: None,
            })
            .collect()
    }

    #[test]
    fn the_table_lists_window_errors_and_band_in_a_fixed_order_and_print() {
        let (predicted, truth) = ([51.0, 52.0], bars(&[50.5, 49.0]));
        let comparison = compare(50.0, &predicted, &[50.5, 49.0]).unwrap();
        let facts = review_facts(&ReviewInputs {
            as_of: day(1),
            last_close: 50.0,
            currency: "USD",
            predicted: &predicted,
            band: Some((&[50.0, 50.0], &[51.0, 53.0])),
            truth: &truth,
            comparison: &comparison,
        });
        let printed: Vec<String> = facts
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        assert_eq!(
            printed,
            [
                "Date of the last close known: 2013-03-01",
                "Last close known: $50.00",
                "Trading days forecast: 2",
                "Last day of the forecast: 2013-03-05",
                "Median forecast for that day: $52.00",
                "True close on that day: $49.00",
                "Expected return to that day: +4.0%",
                "True return to that day: -2.0%",
                "Mean absolute error: $1.75",
                "Root mean squared error: $2.1506",
                "Mean absolute percentage error: 3.6%",
                "Days with the right direction: 50.0%",
                "Mean absolute error of the naive forecast: $0.75",
                "Mean absolute percentage error of the naive forecast: 1.5%",
                "Largest error: $3.00",
                "Day of the largest error: 2013-03-05",
                "Closes between the 10% and 90% quantiles: 1",
            ]
        );
    }

    #[test]
    fn a_band_of_another_length_or_none_has_no_row() {
        let truth = bars(&[50.5]);
        let comparison = compare(50.0, &[51.0], &[50.5]).unwrap();
        for band in [None, Some((&[50.0, 50.0][..], &[51.0, 53.0][..]))] {
            let facts = review_facts(&ReviewInputs {
                as_of: day(1),
                last_close: 50.0,
                currency: "USD",
                predicted: &[51.0],
                band,
                truth: &truth,
                comparison: &comparison,
            });
            assert!(facts.iter().all(|fact| fact.id != "inside_band"));
        }
    }
}

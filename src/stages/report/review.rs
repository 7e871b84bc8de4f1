//! The review of a forecast after the fact: the job as it was and the actual bars come in; a prompt and the sections
//! with the sentences written by code go out. As in the report, code computes every figure and opens every section.

use serde::Serialize;

use super::frame::Section;
use super::prompts::Asked;
use crate::analysis::{Forecast, Recommendation};
use crate::engine::Prompt;
use crate::grounding::{Fact, ReviewInputs, review_facts};
use crate::prompt::{PromptError, Template, render};
use crate::scoring::{Comparison, MetricsError, WindowVerdict, compare};
use crate::stages::conversation::conversation;
use crate::stages::in_flight::InFlight;

/// The sections of a review, in order.
const SECTIONS: [&str; 3] = ["Accuracy", "What the forecast missed", "Lessons"];

/// A return within this fraction counts as no movement.
const FLAT: f64 = 0.01;

/// A calibrated model has four of five closes between its 10% and 90% quantiles. Below this share it was overconfident.
const FEW_INSIDE: f64 = 0.6;

/// The error grew when the second half's error is this many times the first half's.
const GREW: f64 = 1.5;

/// A forecast with the actual bars: one bar of the job's `truth` for each day of `forecast`.
#[derive(Debug, Clone)]
pub(super) struct Hindsight<'a> {
    job: &'a InFlight,
    forecast: &'a Forecast,
    comparison: Comparison,
}

impl<'a> Hindsight<'a> {
    /// Pairs a job's forecast with the actual bars; `None` for a job that is not a backtest or has no forecast.
    ///
    /// # Errors
    ///
    /// [`MetricsError`] when forecast and truth do not match.
    pub(super) fn of(job: &'a InFlight) -> Result<Option<Self>, MetricsError> {
        let truth = &job.job.truth;
        let Some(forecast) = job.forecast.as_ref().filter(|_| !truth.is_empty()) else {
            return Ok(None);
        };
        let closes: Vec<f64> = truth.iter().map(|bar| bar.close).collect();
        let comparison = compare(job.last_close(), &forecast.median, &closes)?;
        Ok(Some(Hindsight {
            job,
            forecast,
            comparison,
        }))
    }

    /// The table of facts that the review may quote and is checked against.
    pub(super) fn facts(&self) -> Vec<Fact> {
        review_facts(&self.inputs())
    }

    /// Whether the forecast beat the naive one.
    pub(super) fn verdict(&self) -> WindowVerdict {
        self.comparison.verdict
    }

    fn inputs(&self) -> ReviewInputs<'_> {
        let series = &self.job.job.series;
        let quantile = |level: &str| self.forecast.quantiles.get(level).map(Vec::as_slice);
        ReviewInputs {
            as_of: series.last().map(|bar| bar.date).unwrap_or_default(),
            last_close: self.job.last_close(),
            currency: &series.currency,
            predicted: &self.forecast.median,
            band: quantile("0.1").zip(quantile("0.9")),
            truth: &self.job.job.truth,
            comparison: &self.comparison,
        }
    }
}

/// Renders the prompt, with `facts` for a model that may quote them.
pub(super) fn review_prompt(
    hindsight: &Hindsight<'_>,
    facts: &[Fact],
    asked: Asked<'_>,
) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        facts: &'a [Fact],
        readings: Vec<String>,
        news: &'a str,
        sections: Vec<&'static str>,
        again: bool,
    }
    let job = hindsight.job;
    let news = job
        .sentiment
        .as_ref()
        .and_then(|sentiment| sentiment.summary.as_deref());
    let user = render(
        Template::Review,
        &Context {
            company: job.company(),
            ticker: job.job.series.ticker.as_str(),
            facts,
            readings: readings(hindsight),
            news: news.unwrap_or_default(),
            sections: asked.titles(),
            again: asked.again,
        },
    )?;
    conversation(Template::ReviewSystem, user)
}

/// The sections of a review with the sentences that code writes.
pub(super) fn sections(hindsight: &Hindsight<'_>, facts: &[Fact]) -> Vec<Section> {
    let readings = readings(hindsight);
    let (first, rest) = readings.split_at(readings.len().min(1));
    SECTIONS
        .map(|title| Section {
            title,
            lead: lead(title, hindsight.verdict(), facts).unwrap_or_default(),
            more: match title {
                "Accuracy" => first.to_vec(),
                "What the forecast missed" => rest.to_vec(),
                _ => vec!["One window proves nothing about the next.".to_owned()],
            },
            asked: true,
        })
        .to_vec()
}

/// The first sentence of a section; `None` when the facts it needs are missing.
fn lead(section: &str, verdict: WindowVerdict, facts: &[Fact]) -> Option<String> {
    let value = |key: &str| {
        let fact = facts.iter().find(|fact| fact.id == key);
        fact.map(|fact| fact.value.as_str())
    };
    let sentence = match section {
        "Accuracy" => format!(
            "Over {} trading days the mean absolute error is {}, the root mean squared error {} and the mean absolute \
             percentage error {}; the mean absolute error of the naive forecast is {}, so in this window the model was {}.",
            value("horizon")?,
            value("mae")?,
            value("rmse")?,
            value("mape")?,
            value("naive_mae")?,
            match verdict {
                WindowVerdict::Beats => "closer",
                WindowVerdict::Ties => "as close",
                WindowVerdict::Loses => "further off",
            }
        ),
        "What the forecast missed" => format!(
            "The median forecast for {} was {} and the close came to {}; the largest error is {} on {}.",
            value("last_day")?,
            value("predicted")?,
            value("actual")?,
            value("largest_error")?,
            value("largest_error_day")?
        ),
        "Lessons" => {
            let direction = format!(
                "The direction of the daily move was right on {} of the days",
                value("direction")?
            );
            match value("inside_band").zip(value("horizon")) {
                Some((inside, days)) => {
                    format!("{direction}, and {inside} of {days} closes lay between the 10% and 90% quantiles.")
                }
                None => format!("{direction}."),
            }
        }
        _ => return None,
    };
    Some(sentence)
}

/// The comparison in words.
pub(super) fn readings(hindsight: &Hindsight<'_>) -> Vec<String> {
    let inputs = hindsight.inputs();
    let mut readings = vec![match hindsight.verdict() {
        WindowVerdict::Beats => "In this window the forecast was closer than the naive one.".to_owned(),
        WindowVerdict::Ties => "In this window the forecast was as close as the naive one.".to_owned(),
        WindowVerdict::Loses => "In this window the naive forecast was closer.".to_owned(),
    }];
    if let (Some(median), Some(last)) = (inputs.predicted.last(), inputs.truth.last()) {
        let pointed = way(median / inputs.last_close - 1.0, ["up", "sideways", "down"]);
        let moved = way(last.close / inputs.last_close - 1.0, ["rose", "hardly moved", "fell"]);
        readings.push(format!("The forecast pointed {pointed}, and the price {moved}."));
    }
    let errors: Vec<f64> = inputs
        .predicted
        .iter()
        .zip(inputs.truth)
        .map(|(forecast, bar)| forecast - bar.close)
        .collect();
    let most = |wrong: fn(&f64) -> bool| errors.iter().filter(|error| wrong(error)).count() * 3 >= errors.len() * 2;
    if most(|error| *error > 0.0) {
        readings.push("On most days the forecast was too high.".to_owned());
    } else if most(|error| *error < 0.0) {
        readings.push("On most days the forecast was too low.".to_owned());
    }
    let (early, late) = errors.split_at(errors.len() / 2);
    if !early.is_empty() && mean_size(late) > GREW * mean_size(early) {
        readings.push("The error grew towards the end.".to_owned());
    }
    if let Some(inside) = inputs.inside_band() {
        let words = if (inside as f64) < FEW_INSIDE * inputs.truth.len() as f64 {
            "Too few closes lay inside the band that the model gave: it was surer than it should have been."
        } else {
            "Most closes lay inside the band that the model gave."
        };
        readings.push(words.to_owned());
    }
    readings.extend(hindsight.job.report.as_ref().map(|report| {
        let advice = match report.recommendation {
            Recommendation::Buy => "to buy",
            Recommendation::Hold => "to hold",
            Recommendation::Sell => "to sell",
        };
        format!("The report of that day advised {advice}.")
    }));
    readings
}

fn way(change: f64, [up, flat, down]: [&'static str; 3]) -> &'static str {
    match change {
        change if change > FLAT => up,
        change if change < -FLAT => down,
        _ => flat,
    }
}

fn mean_size(errors: &[f64]) -> f64 {
    errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;

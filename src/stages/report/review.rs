//! The review of a forecast after the fact: the job as it was and the actual bars come in; a prompt and the sections
//! with the sentences written by code go out. As in the report, code computes every figure and opens every section.

use serde::Serialize;

use super::frame::Section;
use super::locales::wording;
use super::prompts::{Asked, language};
use super::wording::{Errors, Hindsaid, Missed, Move};
use crate::analysis::{Forecast, Recommendation};
use crate::engine::Prompt;
use crate::grounding::{Call, Fact, Locale, ReviewInputs, review_facts};
use crate::prompt::{PromptError, Template, render};
use crate::scoring::{Comparison, MetricsError, WindowVerdict, compare};
use crate::stages::conversation::conversation;
use crate::stages::in_flight::InFlight;

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
        language: Option<&'static str>,
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
            readings: readings(hindsight, Locale::En),
            news: news.unwrap_or_default(),
            sections: asked.titles(),
            again: asked.again,
            language: language(job),
        },
    )?;
    conversation(Template::ReviewSystem, user)
}

/// The sections of a review with the sentences that code writes, in the job's language.
pub(super) fn sections(hindsight: &Hindsight<'_>, facts: &[Fact]) -> Vec<Section> {
    let locale = hindsight.job.job.options.language;
    let words = wording(locale);
    let readings = readings(hindsight, locale);
    let (first, rest) = readings.split_at(readings.len().min(1));
    let facts = locale.facts(facts);
    let said = Said { facts: &facts, locale };
    let section = |title, lead: Option<String>, more: &[String]| Section {
        title,
        lead: lead.unwrap_or_default(),
        more: more.to_vec(),
        asked: true,
    };
    let [accuracy, missed, lessons] = words.review_titles();
    vec![
        section(accuracy, said.errors(hindsight.verdict()), first),
        section(missed, said.missed(), rest),
        section(lessons, said.lessons(), &[words.one_window().to_owned()]),
    ]
}

/// The first sentence of each section; `None` when the facts it needs are missing.
struct Said<'a> {
    facts: &'a [Fact],
    locale: Locale,
}

impl Said<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|fact| fact.id == key);
        fact.map(|fact| fact.value.as_str())
    }

    fn errors(&self, verdict: WindowVerdict) -> Option<String> {
        Some(wording(self.locale).errors(Errors {
            horizon: self.value("horizon")?,
            mae: self.value("mae")?,
            rmse: self.value("rmse")?,
            mape: self.value("mape")?,
            naive_mae: self.value("naive_mae")?,
            verdict,
        }))
    }

    fn missed(&self) -> Option<String> {
        Some(wording(self.locale).missed(Missed {
            day: self.value("last_day")?,
            predicted: self.value("predicted")?,
            actual: self.value("actual")?,
            error: self.value("largest_error")?,
            error_day: self.value("largest_error_day")?,
        }))
    }

    fn lessons(&self) -> Option<String> {
        let inside = self.value("inside_band").zip(self.value("horizon"));
        Some(wording(self.locale).lessons(self.value("direction")?, inside))
    }
}

/// The comparison in words.
pub(super) fn readings(hindsight: &Hindsight<'_>, locale: Locale) -> Vec<String> {
    let inputs = hindsight.inputs();
    let mut said = vec![Hindsaid::Verdict(hindsight.verdict())];
    if let (Some(median), Some(last)) = (inputs.predicted.last(), inputs.truth.last()) {
        said.push(Hindsaid::Ways {
            pointed: way(median / inputs.last_close - 1.0),
            moved: way(last.close / inputs.last_close - 1.0),
        });
    }
    let errors: Vec<f64> = inputs
        .predicted
        .iter()
        .zip(inputs.truth)
        .map(|(forecast, bar)| forecast - bar.close)
        .collect();
    let most = |wrong: fn(&f64) -> bool| errors.iter().filter(|error| wrong(error)).count() * 3 >= errors.len() * 2;
    if most(|error| *error > 0.0) {
        said.push(Hindsaid::TooHigh);
    } else if most(|error| *error < 0.0) {
        said.push(Hindsaid::TooLow);
    }
    let (early, late) = errors.split_at(errors.len() / 2);
    if !early.is_empty() && mean_size(late) > GREW * mean_size(early) {
        said.push(Hindsaid::ErrorGrew);
    }
    said.extend(inputs.inside_band().map(|inside| Hindsaid::Inside {
        enough: inside as f64 >= FEW_INSIDE * inputs.truth.len() as f64,
    }));
    said.extend(hindsight.job.report.as_ref().map(|report| {
        Hindsaid::Advised(match report.recommendation {
            Recommendation::Buy => Call::Buy,
            Recommendation::Hold => Call::Hold,
            Recommendation::Sell => Call::Sell,
        })
    }));
    let words = wording(locale);
    said.into_iter().map(|said| words.hindsaid(said)).collect()
}

fn way(change: f64) -> Move {
    match change {
        change if change > FLAT => Move::Up,
        change if change < -FLAT => Move::Down,
        _ => Move::Flat,
    }
}

fn mean_size(errors: &[f64]) -> f64 {
    errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;

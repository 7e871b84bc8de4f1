//! The forecaster's requests: jobs come in, each gets a forecast. A job is one request; its paths are sampled from one prompt.

use std::collections::VecDeque;

use super::paths;
use super::planned::{Planned, answer};
use super::reliability::reliability;
use crate::analysis::{Event, FailureKind, Forecast, Sink, StageError, StageName};
use crate::engine::{Completion, EngineError, Generate, LanguageInfo, RequestSource, Step};
use crate::formats::AnswerShape;
use crate::stages::in_flight::InFlight;
use crate::stages::models::ForecasterModel;

/// With fewer accepted paths than this, the bands are not reliable.
const FEWEST_RELIABLE: usize = 5;

/// The requests served while the forecaster's model is open.
pub(super) struct ForecastRequests<'a, 'j> {
    model: &'a ForecasterModel,
    jobs: &'a mut [&'j mut InFlight],
    sink: &'a Sink<'a>,
    waiting: VecDeque<(usize, Planned)>,
    /// The jobs whose paths are being sampled.
    in_hand: Vec<Option<Sampled>>,
}

/// The sampled paths of a job so far.
struct Sampled {
    answer: AnswerShape,
    /// The largest absolute daily log return that a path may have.
    largest: f64,
    samples: usize,
    /// Token limit over all paths.
    tokens: usize,
    done: usize,
    kept: Vec<Vec<f64>>,
    warnings: Vec<String>,
}

impl<'a, 'j> ForecastRequests<'a, 'j> {
    /// Creates the requests of the jobs that have a plan.
    pub(crate) fn new(
        model: &'a ForecasterModel,
        jobs: &'a mut [&'j mut InFlight],
        planned: Vec<Option<Planned>>,
        sink: &'a Sink<'a>,
    ) -> Self {
        let numbered = planned.into_iter().enumerate();
        let waiting: VecDeque<(usize, Planned)> = numbered
            .filter_map(|(number, planned)| Some((number, planned?)))
            .collect();
        ForecastRequests {
            model,
            in_hand: jobs.iter().map(|_| None).collect(),
            jobs,
            sink,
            waiting,
        }
    }

    /// Fails the jobs that have not started.
    pub(crate) fn fail_waiting(&mut self, error: &StageError) {
        for (number, _) in std::mem::take(&mut self.waiting) {
            self.jobs[number].fail(StageName::FORECAST, error.clone(), self.sink);
        }
    }
}

impl RequestSource for ForecastRequests<'_, '_> {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        let (number, Planned { request, warnings, .. }) = self.waiting.pop_front()?;
        let job = &self.jobs[number];
        let closes = job.job.series.closes();
        let seen = &closes[closes.len().saturating_sub(job.job.options.context)..];
        self.in_hand[number] = Some(Sampled {
            answer: answer(job, self.model),
            largest: paths::largest_step(seen),
            samples: request.sequences,
            tokens: request.sequences * request.max_tokens,
            done: 0,
            kept: Vec::new(),
            warnings,
        });
        (self.sink)(Event::JobStarted {
            job: job.job.id.clone(),
            stage: StageName::FORECAST,
        });
        Some((number, request))
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        let Some(sampled) = &mut self.in_hand[number] else {
            return;
        };
        let (job, stage) = (self.jobs[number].job.id.clone(), StageName::FORECAST);
        match step {
            Step::Prefill { tokens, of } => (self.sink)(Event::Prefill { job, stage, tokens, of }),
            Step::Decoded { tokens } => {
                let of = sampled.tokens;
                (self.sink)(Event::Decoded { job, stage, tokens, of });
            }
            Step::Finished { completion, .. } => {
                sampled.done += 1;
                tracing::debug!(job, path = completion.text, "sampled");
                let format = self.model.prompt_format.format();
                let path = match format.decode(&sampled.answer, &completion.text) {
                    Ok(path) => Some(path),
                    Err(error) => {
                        tracing::debug!(job, %error, "a sample path is not a list of prices");
                        None
                    }
                };
                let closes = path.clone().unwrap_or_default();
                let last_close = self.jobs[number].last_close();
                let accepted = path.filter(|path| paths::is_possible(path, last_close, sampled.largest));
                (self.sink)(Event::PathSampled {
                    job,
                    done: sampled.done,
                    of: sampled.samples,
                    closes,
                    accepted: accepted.is_some(),
                });
                sampled.kept.extend(accepted);
            }
            Step::Text { .. } => {}
        }
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(sampled) = self.in_hand[number].take() else {
            return;
        };
        let job = &mut *self.jobs[number];
        let forecast = result
            .map_err(StageError::from)
            .and_then(|_| forecast(job, self.model, sampled, self.sink));
        match forecast {
            Ok(forecast) => job.forecast = Some(forecast),
            Err(error) => job.fail(StageName::FORECAST, error, self.sink),
        }
    }
}

/// Summarises the paths of a job as a forecast.
fn forecast(
    job: &InFlight,
    model: &ForecasterModel,
    sampled: Sampled,
    sink: &Sink<'_>,
) -> Result<Forecast, StageError> {
    let Sampled {
        largest,
        samples,
        kept,
        mut warnings,
        ..
    } = sampled;
    let rejected = samples - kept.len();
    if kept.is_empty() {
        let message = format!(
            "none of the {samples} sample paths was possible: each had a daily move beyond {:.1}%, which is implausible given this stock's history; try more --samples or another model",
            (largest.exp() - 1.0) * 100.0
        );
        return Err(StageError::new(FailureKind::NoUsablePath, message));
    }
    if rejected > 0 {
        warnings.push(format!(
            "{rejected} of {samples} sample paths had an impossible step and were left out"
        ));
    }
    if kept.len() < FEWEST_RELIABLE {
        warnings.push(format!(
            "only {} sample paths are left, too few for bands that mean anything",
            kept.len()
        ));
    }
    // A model that was not trained to forecast has its own warning.
    let measured = match reliability(&model.measured, job.job.options.horizon) {
        Ok(()) => true,
        Err(reason) => {
            if !model.zero_shot {
                warnings.push(reason);
            }
            false
        }
    };
    let quantiles = paths::quantiles(&kept);
    let median = quantiles.get("0.5").cloned().unwrap_or_default();
    sink(Event::ForecastMade {
        job: job.job.id.clone(),
        median: median.clone(),
        quantiles: quantiles.clone(),
        rejected,
    });
    let expected_return = median.last().map_or(0.0, |price| price / job.last_close() - 1.0);
    Ok(Forecast {
        dates: job.dates.clone(),
        median,
        quantiles,
        samples,
        rejected,
        direction: paths::direction(expected_return),
        expected_return,
        prompt_format: model.prompt_format.to_string(),
        reliable: !model.zero_shot && measured && kept.len() >= FEWEST_RELIABLE && rejected * 2 <= samples,
        warnings,
        first_day: None,
    })
}

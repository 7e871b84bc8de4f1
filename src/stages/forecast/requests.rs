//! The forecaster's requests: jobs come in, each gets a forecast. A job is one request; its paths are sampled from one prompt.

use std::collections::VecDeque;

use super::doubtful::unmended;
use super::paths;
use super::planned::Planned;
use super::reliability::reliability;
use crate::analysis::{Event, FailureKind, FirstDay, Forecast, Sink, StageError, StageName};
use crate::engine::{Completion, EngineError, Generate, LanguageInfo, RequestSource, Step, TokenProbability};
use crate::formats::{AnswerShape, FirstDayShare};
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
    seed: u64,
    /// The largest absolute daily log return that a path may have.
    largest: f64,
    samples: usize,
    /// Token limit over all paths.
    tokens: usize,
    done: usize,
    /// The complete paths, in the order of their completion; `None` for an answer that is no path.
    paths: Vec<Option<Vec<f64>>>,
    first_day: Option<FirstDay>,
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
        let (number, planned) = self.waiting.pop_front()?;
        let Planned {
            request,
            answer,
            warnings,
            ..
        } = planned;
        let job = &self.jobs[number];
        let closes = job.job.series.closes();
        let seen = &closes[closes.len().saturating_sub(job.job.options.context)..];
        self.in_hand[number] = Some(Sampled {
            answer,
            seed: request.sampling.seed,
            largest: if self.model.prompt_format.format().bounds_moves() {
                f64::INFINITY
            } else {
                paths::largest_step(seen)
            },
            samples: request.sequences,
            tokens: request.sequences * request.max_tokens,
            done: 0,
            paths: Vec::new(),
            first_day: None,
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
            Step::First { tokens } => sampled.first_day = first_day(self.model, &sampled.answer, tokens),
            Step::Finished { sequence, completion } => {
                tracing::debug!(job, path = completion.text, "sampled");
                let format = self.model.prompt_format.format();
                let draw = sampled.seed.rotate_left(32) ^ sequence as u64;
                let path = match format.decode(&sampled.answer, &completion.text, draw) {
                    Ok(path) => Some(path),
                    Err(error) => {
                        tracing::debug!(job, %error, "a sample path is not a list of prices");
                        None
                    }
                };
                // Calibration needs all paths.
                if self.model.calibration.is_identity() {
                    sampled.tell(&job, path.as_deref(), self.sink);
                }
                sampled.paths.push(path);
            }
            Step::Text { .. } => {}
        }
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(mut sampled) = self.in_hand[number].take() else {
            return;
        };
        let job = &mut *self.jobs[number];
        if result.is_ok() && !self.model.calibration.is_identity() {
            paths::calibrate(&mut sampled.paths, sampled.answer.last_close, &self.model.calibration);
            for path in std::mem::take(&mut sampled.paths) {
                sampled.tell(&job.job.id, path.as_deref(), self.sink);
                sampled.paths.push(path);
            }
        }
        let forecast = result
            .map_err(StageError::from)
            .and_then(|_| forecast(job, self.model, sampled, self.sink));
        match forecast {
            Ok(forecast) => job.forecast = Some(forecast),
            Err(error) => job.fail(StageName::FORECAST, error, self.sink),
        }
    }
}

impl Sampled {
    /// Whether a path counts towards the forecast.
    fn accepts(&self, path: &[f64]) -> bool {
        paths::is_possible(path, self.answer.last_close, self.largest)
    }

    /// Reports the next path.
    fn tell(&mut self, job: &str, path: Option<&[f64]>, sink: &Sink<'_>) {
        self.done += 1;
        sink(Event::PathSampled {
            job: job.to_owned(),
            done: self.done,
            of: self.samples,
            closes: path.unwrap_or_default().to_vec(),
            accepted: path.is_some_and(|path| self.accepts(path)),
        });
    }
}

/// The distribution of the first day, from the probabilities of all tokens.
fn first_day(model: &ForecasterModel, answer: &AnswerShape, tokens: &[TokenProbability]) -> Option<FirstDay> {
    let mut shares = tokens.iter().filter_map(|token| {
        Some(FirstDayShare {
            text: std::str::from_utf8(&token.bytes).ok()?,
            probability: f64::from(token.logprob).exp(),
        })
    });
    model.prompt_format.format().first_day(answer, &mut shares)
}

/// Summarises the paths of a job as a forecast.
fn forecast(
    job: &InFlight,
    model: &ForecasterModel,
    sampled: Sampled,
    sink: &Sink<'_>,
) -> Result<Forecast, StageError> {
    let Sampled {
        answer,
        largest,
        samples,
        paths,
        first_day,
        mut warnings,
        ..
    } = sampled;
    let is_possible = |path: &Vec<f64>| paths::is_possible(path, answer.last_close, largest);
    let kept: Vec<Vec<f64>> = paths.into_iter().flatten().filter(is_possible).collect();
    let rejected = samples - kept.len();
    if kept.is_empty() {
        let reason = if largest.is_finite() {
            let limit = (largest.exp() - 1.0) * 100.0;
            format!("each had a daily move beyond {limit:.1}%, which is implausible given this stock's history")
        } else {
            "none was an answer of the prompt format within plausible prices".to_owned()
        };
        let message =
            format!("none of the {samples} sample paths was possible: {reason}; try more --samples or another model");
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
    let unmended = unmended(job);
    let certain = unmended.is_none();
    warnings.extend(unmended);
    let quantiles = paths::quantiles(&kept);
    let median = quantiles.get("0.5").cloned().unwrap_or_default();
    sink(Event::ForecastMade {
        job: job.job.id.clone(),
        median: median.clone(),
        quantiles: quantiles.clone(),
        rejected,
        first_day: first_day.map(Box::new),
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
        reliable: !model.zero_shot && measured && certain && kept.len() >= FEWEST_RELIABLE && rejected * 2 <= samples,
        warnings,
    })
}

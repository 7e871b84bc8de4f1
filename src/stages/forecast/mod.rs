//! Stage 1: bars in, a forecast out. The model continues the list of prices N times over one evaluated prompt; the paths that
//! survive make the quantiles. Without a surviving path the stage fails; no other forecast takes its place.

mod grammar;
mod paths;
mod prompt;

use serde::{Deserialize, Serialize};

use crate::engine::{
    Demand, Engine, EngineError, Event, Generate, Keeps, Language, LanguageFile, LanguageWork, LedgerRow, Prompt,
    Sampling, Sink, Stage, StageName, Step, Vocabulary,
};
use crate::models::PromptFormat;

use self::grammar::{Answer, Opening};
use self::prompt::{ForecastPrompt, forecast_prompt};
use super::job::load_cancel;
use super::{Forecast, InFlight};

/// The fewest closes that a forecast is made from.
const FEWEST_CLOSES: usize = 2;

/// Fewer surviving paths than this say nothing about bands.
const FEWEST_RELIABLE: usize = 5;

/// The model that fills the forecaster's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecasterModel {
    /// The weights.
    pub file: LanguageFile,
    /// The format it is asked in.
    pub prompt_format: PromptFormat,
    /// Whether it was never trained to forecast.
    pub zero_shot: bool,
}

/// Stage 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastStage {
    /// The model.
    pub model: ForecasterModel,
}

impl Stage<InFlight> for ForecastStage {
    fn name(&self) -> StageName {
        StageName::Forecast
    }

    fn run(
        &self,
        engine: &mut dyn Engine,
        jobs: &mut [&mut InFlight],
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let cancel = load_cancel(jobs);
        let mut work = Forecasting {
            model: &self.model,
            jobs,
            planned: Vec::new(),
            sink,
        };
        engine.language(StageName::Forecast, &self.model.file, &cancel, &mut work, sink)
    }
}

struct Forecasting<'a, 'j> {
    model: &'a ForecasterModel,
    jobs: &'a mut [&'j mut InFlight],
    /// For each job, its request; `None` for a job that failed while it was planned.
    planned: Vec<Option<Planned>>,
    sink: &'a Sink<'a>,
}

struct Planned {
    request: Generate,
    warnings: Vec<String>,
}

impl LanguageWork for Forecasting<'_, '_> {
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<Demand, EngineError> {
        let mut demand = Demand::default();
        for job in self.jobs.iter_mut() {
            // A history that could not be summarised has failed this stage already.
            if job.has_failed(StageName::Forecast) {
                self.planned.push(None);
                continue;
            }
            match plan(job, self.model, vocabulary) {
                Ok((planned, tokens)) => {
                    let request = &planned.request;
                    demand = demand.max(Demand::of(tokens, request.sequences, request.max_tokens));
                    self.planned.push(Some(planned));
                }
                Err(message) => {
                    job.fail(StageName::Forecast, message, self.sink);
                    self.planned.push(None);
                }
            }
        }
        Ok(demand)
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        for (job, planned) in self.jobs.iter_mut().zip(self.planned.drain(..)) {
            let Some(planned) = planned else { continue };
            match forecast(job, self.model, planned, language, self.sink) {
                Ok(forecast) => job.forecast = Some(forecast),
                Err(message) => job.fail(StageName::Forecast, message, self.sink),
            }
        }
        Ok(())
    }
}

/// What the answer for a job looks like.
fn answer(job: &InFlight, model: &ForecasterModel) -> Answer {
    Answer {
        horizon: job.job.options.horizon,
        last_close: job.last_close(),
        opening: if model.zero_shot {
            Opening::Anchored
        } else {
            Opening::Own
        },
        format: model.prompt_format,
    }
}

/// The request of a job and the tokens of its prompt. The context is shortened on whole prices where it does not fit.
fn plan(job: &InFlight, model: &ForecasterModel, vocabulary: &dyn Vocabulary) -> Result<(Planned, usize), String> {
    let summary = match (model.prompt_format, &job.history_summary) {
        (PromptFormat::SummaryV0, None) => return Err("the history was not summarised".into()),
        (_, summary) => summary.as_deref().unwrap_or_default(),
    };
    let options = &job.job.options;
    let closes = job.job.series.closes();
    let wanted = options.context.min(closes.len());
    if wanted < FEWEST_CLOSES {
        return Err(format!(
            "a forecast needs at least {FEWEST_CLOSES} closes, and there are {wanted}"
        ));
    }
    let answer = answer(job, model);
    let max_tokens = answer.longest();
    let render = |count: usize| -> Result<(Prompt, usize), String> {
        let window = &closes[closes.len() - count..];
        let input = ForecastPrompt {
            ticker: job.job.series.ticker.as_str(),
            closes: window,
            stats: &job.stats,
            horizon: options.horizon,
            summary,
        };
        let mut text = forecast_prompt(model.prompt_format, &input).map_err(|error| error.to_string())?;
        text.push_str(&answer.anchor());
        let prompt = Prompt::Plain(text);
        let tokens = vocabulary.count(&prompt).map_err(|error| error.to_string())?;
        Ok((prompt, tokens))
    };
    let limit = vocabulary.context_length();
    let (mut count, mut rendered) = (wanted, render(wanted)?);
    // Leave out as many of the oldest prices as the overshoot costs, and look again: a few rounds at most.
    while rendered.1 + max_tokens > limit && count > FEWEST_CLOSES {
        let overshoot = rendered.1 + max_tokens - limit;
        let tokens_per_price = (rendered.1 / count).max(1);
        count = count
            .saturating_sub((overshoot / tokens_per_price).max(1))
            .max(FEWEST_CLOSES);
        rendered = render(count)?;
    }
    let (prompt, tokens) = rendered;
    if tokens + max_tokens > limit {
        return Err(EngineError::PromptTooLong {
            tokens,
            reserved: max_tokens,
            limit,
            hint: "ask for a shorter horizon".into(),
        }
        .to_string());
    }
    let mut warnings = Vec::new();
    if count < wanted {
        warnings.push(format!("the model's context of {limit} tokens holds {count} of the {wanted} closes asked for; the oldest were left out"));
    }
    if wanted < options.context {
        warnings.push(format!(
            "the history has {wanted} closes, fewer than the {} asked for",
            options.context
        ));
    }
    if model.zero_shot {
        warnings.push("the forecaster was never trained to forecast prices: read its bands as a demonstration".into());
    }
    let request = Generate {
        prompt,
        sequences: options.samples,
        max_tokens,
        sampling: Sampling {
            temperature: 0.8,
            top_k: 0,
            top_p: 0.95,
            min_p: 0.02,
            seed: options.seed,
            ..Sampling::default()
        },
        stop: Vec::new(),
        grammar: Some(answer.grammar()),
        logprobs: None,
        keeps: Keeps::Nothing,
        cancel: job.cancel.clone(),
    };
    Ok((Planned { request, warnings }, tokens))
}

/// Samples the paths and summarises them.
fn forecast(
    job: &InFlight,
    model: &ForecasterModel,
    planned: Planned,
    language: &mut dyn Language,
    sink: &Sink<'_>,
) -> Result<Forecast, String> {
    let Planned { request, mut warnings } = planned;
    let id = &job.job.id;
    let last_close = job.last_close();
    let answer = answer(job, model);
    let closes = job.job.series.closes();
    let largest = paths::largest_step(&closes[closes.len().saturating_sub(job.job.options.context)..]);
    sink(Event::JobStarted {
        job: id.clone(),
        stage: StageName::Forecast,
    });
    let mut kept: Vec<Vec<f64>> = Vec::new();
    let mut done = 0;
    let of = request.sequences * request.max_tokens;
    let result = language.generate(&request, &mut |step| match step {
        Step::Prefill { tokens, of } => sink(Event::Prefill {
            job: id.clone(),
            stage: StageName::Forecast,
            tokens,
            of,
        }),
        Step::Decoded { tokens } => sink(Event::Decoded {
            job: id.clone(),
            stage: StageName::Forecast,
            tokens,
            of,
        }),
        Step::Finished { completion, .. } => {
            done += 1;
            tracing::debug!(job = id, path = completion.text, "sampled");
            let path = answer.parse(&completion.text);
            let closes = path.clone().unwrap_or_default();
            let accepted = path.filter(|path| paths::is_possible(path, last_close, largest));
            sink(Event::PathSampled {
                job: id.clone(),
                done,
                of: request.sequences,
                closes,
                accepted: accepted.is_some(),
            });
            kept.extend(accepted);
        }
        Step::Text { .. } => {}
    });
    result.map_err(|error| error.to_string())?;
    let samples = request.sequences;
    let rejected = samples - kept.len();
    if kept.is_empty() {
        return Err(format!(
            "none of the {samples} sample paths was possible: each had a step larger than this stock has ever shown reason for ({:.1}%); try more --samples or another model",
            (largest.exp() - 1.0) * 100.0
        ));
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
    let quantiles = paths::quantiles(&kept);
    let median = quantiles.get("0.5").cloned().unwrap_or_default();
    sink(Event::ForecastMade {
        job: id.clone(),
        median: median.clone(),
        quantiles: quantiles.clone(),
        rejected,
    });
    let expected_return = median.last().map_or(0.0, |price| price / last_close - 1.0);
    Ok(Forecast {
        dates: job.dates.clone(),
        median,
        quantiles,
        samples,
        rejected,
        direction: paths::direction(expected_return),
        expected_return,
        prompt_format: model.prompt_format.to_string(),
        reliable: !model.zero_shot && kept.len() >= FEWEST_RELIABLE && rejected * 2 <= samples,
        warnings,
    })
}

//! Stage 1: bars in, a forecast out. The model continues the list of prices N times over one evaluated prompt; the paths that
//! survive make the quantiles. Without a surviving path the stage fails; no other forecast takes its place.

mod paths;
mod requests;

use self::requests::ForecastRequests;
use super::in_flight::{InFlight, load_cancel};
use super::models::{ForecasterModel, StageModels};
use super::stage::{Ran, Stage};
use crate::analysis::{FailureKind, Sink, StageError, StageName};
use crate::engine::{
    ContextPlan, Engine, EngineError, Generate, Keeps, Language, LanguageWork, Prompt, Sampling, Vocabulary,
};
use crate::formats::{Answer, ForecastPrompt, Opening, forecast_prompt};
use crate::models::PromptFormat;

/// The fewest closes that a forecast is made from.
const FEWEST_CLOSES: usize = 2;

/// Stage 1.
#[derive(Debug)]
pub(super) struct ForecastStage;

impl Stage for ForecastStage {
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let model = match models.forecaster() {
            Ok(model) => model,
            Err(error) => return (None, Err(error)),
        };
        let cancel = load_cancel(jobs);
        let mut work = Forecasting {
            model,
            jobs,
            planned: Vec::new(),
            sink,
        };
        let (row, done) = engine.language(StageName::FORECAST, &model.file, &cancel, &mut work, sink);
        (row, done.map_err(StageError::from))
    }
}

struct Forecasting<'a, 'j> {
    model: &'a ForecasterModel,
    jobs: &'a mut [&'j mut InFlight],
    /// For each job, its request; `None` for a job that failed while it was planned.
    planned: Vec<Option<Planned>>,
    sink: &'a Sink<'a>,
}

/// A job that is about to be forecast.
struct Planned {
    request: Generate,
    /// Of its prompt.
    tokens: usize,
    warnings: Vec<String>,
}

impl LanguageWork for Forecasting<'_, '_> {
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, EngineError> {
        let (mut demand, mut count) = (ContextPlan::default(), 0_usize);
        for job in self.jobs.iter_mut() {
            // A history that could not be summarised has failed this stage already.
            if job.has_failed(StageName::FORECAST) {
                self.planned.push(None);
                continue;
            }
            match plan(job, self.model, vocabulary) {
                Ok(planned) => {
                    let request = &planned.request;
                    demand = demand.max(ContextPlan::of(planned.tokens, request.sequences, request.max_tokens));
                    count += 1;
                    self.planned.push(Some(planned));
                }
                Err(error) => {
                    job.fail(StageName::FORECAST, error, self.sink);
                    self.planned.push(None);
                }
            }
        }
        demand.alongside = count.saturating_sub(1);
        Ok(demand)
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let planned = std::mem::take(&mut self.planned);
        let mut desk = ForecastRequests::new(self.model, self.jobs, planned, self.sink);
        let served = language.serve(&mut desk);
        if let Err(error) = served {
            desk.fail_waiting(&error.into());
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

/// What a job asks for. The context is shortened on whole prices where it does not fit.
fn plan(job: &InFlight, model: &ForecasterModel, vocabulary: &dyn Vocabulary) -> Result<Planned, StageError> {
    let summary = match (model.prompt_format, &job.history_summary) {
        (PromptFormat::SummaryV0, None) => {
            return Err(StageError::new(FailureKind::Internal, "the history was not summarised"));
        }
        (_, summary) => summary.as_deref().unwrap_or_default(),
    };
    let options = &job.job.options;
    let closes = job.job.series.closes();
    let wanted = options.context.min(closes.len());
    if wanted < FEWEST_CLOSES {
        return Err(StageError::new(
            FailureKind::TooFewData,
            format!("a forecast needs at least {FEWEST_CLOSES} closes, and there are {wanted}"),
        ));
    }
    let answer = answer(job, model);
    let max_tokens = answer.longest();
    let render = |count: usize| -> Result<(Prompt, usize), StageError> {
        let window = &closes[closes.len() - count..];
        let input = ForecastPrompt {
            ticker: job.job.series.ticker.as_str(),
            closes: window,
            stats: &job.stats,
            horizon: options.horizon,
            summary,
        };
        let mut text = forecast_prompt(model.prompt_format, &input)?;
        text.push_str(&answer.anchor());
        let prompt = Prompt::Plain(text);
        let tokens = vocabulary.count(&prompt)?;
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
        .into());
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
    Ok(Planned {
        request,
        tokens,
        warnings,
    })
}

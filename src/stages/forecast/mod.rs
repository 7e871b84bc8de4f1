//! Stage 1: bars in, a forecast out. The model continues the list of prices N times over one evaluated prompt; the paths that
//! survive make the quantiles. Without a surviving path the stage fails; no other forecast takes its place.

mod paths;
mod requests;

use serde::{Deserialize, Serialize};

use self::requests::ForecastRequests;
use super::in_flight::{InFlight, load_cancel};
use crate::analysis::{LedgerRow, Sink, StageName};
use crate::engine::{
    ContextPlan, Engine, EngineError, Generate, Grammar, Keeps, Language, LanguageFile, LanguageWork, Prompt, Sampling,
    Stage, Vocabulary,
};
use crate::formats::{AnswerShape, Opening, PromptFormat, SeriesWindow};

/// The fewest closes that a forecast is made from.
const FEWEST_CLOSES: usize = 2;

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
            if job.has_failed(StageName::Forecast) {
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
                Err(message) => {
                    job.fail(StageName::Forecast, message, self.sink);
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
            desk.fail_waiting(&error);
        }
        Ok(())
    }
}

/// The answer that a job asks for.
fn answer(job: &InFlight, model: &ForecasterModel) -> AnswerShape {
    AnswerShape {
        horizon: job.job.options.horizon,
        last_close: job.last_close(),
        opening: if model.zero_shot {
            Opening::Prompt
        } else {
            Opening::Model
        },
    }
}

/// What a job asks for. The context is shortened on whole prices where it does not fit.
fn plan(job: &InFlight, model: &ForecasterModel, vocabulary: &dyn Vocabulary) -> Result<Planned, String> {
    let options = &job.job.options;
    let closes = job.job.series.closes();
    let wanted = options.context.min(closes.len());
    if wanted < FEWEST_CLOSES {
        return Err(format!(
            "a forecast needs at least {FEWEST_CLOSES} closes, and there are {wanted}"
        ));
    }
    let (format, answer) = (model.prompt_format.format(), answer(job, model));
    let grammar = format.grammar(&answer);
    let max_tokens = grammar.longest;
    let render = |count: usize| -> Result<(Prompt, usize), String> {
        let series = SeriesWindow {
            ticker: job.job.series.ticker.as_str(),
            closes: &closes[closes.len() - count..],
            stats: &job.stats,
            summary: job.history_summary.as_deref(),
        };
        let prompt = Prompt::Plain(format.encode(&series, &answer).map_err(|error| error.to_string())?);
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
        grammar: Some(Grammar::Pattern(grammar.pattern)),
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

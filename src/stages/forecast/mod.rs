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
    Capability, Engine, EngineError, Estimate, Fit, Generate, Grammar, Keeps, Language, LanguageInfo, LanguageWork,
    Prompt, Sampling, Workload,
};
use crate::formats::{AnswerShape, Opening, SeriesWindow};

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
        let (row, done) = engine.language(StageName::FORECAST, &model.model, &cancel, &mut work, sink);
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
    /// Of its prompt, where the backend counts them.
    tokens: Option<usize>,
    warnings: Vec<String>,
}

impl LanguageWork for Forecasting<'_, '_> {
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        // Every answer is a list of prices; without that promise no path could be read.
        language.capabilities().require(Capability::Regex)?;
        let mut requests = Vec::new();
        for job in self.jobs.iter_mut() {
            // A history that could not be summarised has failed this stage already.
            if job.has_failed(StageName::FORECAST) {
                self.planned.push(None);
                continue;
            }
            match plan(job, self.model, language) {
                Ok(planned) => {
                    requests.push(Estimate {
                        sequences: planned.request.sequences,
                        ..Estimate::one(planned.tokens, planned.request.max_tokens)
                    });
                    self.planned.push(Some(planned));
                }
                Err(error) => {
                    job.fail(StageName::FORECAST, error, self.sink);
                    self.planned.push(None);
                }
            }
        }
        Ok(Workload {
            together: requests.len(),
            requests,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let planned = std::mem::take(&mut self.planned);
        let mut requests = ForecastRequests::new(self.model, self.jobs, planned, self.sink);
        let served = language.serve(&mut requests);
        if let Err(error) = served {
            requests.fail_waiting(&error.into());
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
fn plan(job: &InFlight, model: &ForecasterModel, language: &dyn LanguageInfo) -> Result<Planned, StageError> {
    let options = &job.job.options;
    let closes = job.job.series.closes();
    let wanted = options.context.min(closes.len());
    if wanted < FEWEST_CLOSES {
        return Err(StageError::new(
            FailureKind::TooFewData,
            format!("a forecast needs at least {FEWEST_CLOSES} closes, and there are {wanted}"),
        ));
    }
    let (format, answer) = (model.prompt_format.format(), answer(job, model));
    let grammar = format.grammar(&answer);
    let max_tokens = grammar.longest;
    let render = |count: usize| -> Result<(Prompt, Fit), StageError> {
        let series = SeriesWindow {
            ticker: job.job.series.ticker.as_str(),
            closes: &closes[closes.len() - count..],
            stats: &job.stats,
            summary: job.history_summary.as_deref(),
        };
        let prompt = Prompt::Plain(format.encode(&series, &answer)?);
        let fit = language.fit(&prompt, max_tokens)?;
        Ok((prompt, fit))
    };
    let (mut count, (mut prompt, mut fit)) = (wanted, render(wanted)?);
    let mut warnings = Vec::new();
    // Leave out as many of the oldest prices as the overshoot costs, and look again: a few rounds at most.
    while let Fit::TooLong { tokens, limit, .. } = fit
        && count > FEWEST_CLOSES
    {
        let overshoot = tokens + max_tokens - limit;
        let tokens_per_price = (tokens / count).max(1);
        count = count
            .saturating_sub((overshoot / tokens_per_price).max(1))
            .max(FEWEST_CLOSES);
        (prompt, fit) = render(count)?;
        warnings = vec![format!(
            "the model's context of {limit} tokens holds {count} of the {wanted} closes asked for; the oldest were left out"
        )];
    }
    let tokens = fit.or_too_long("ask for a shorter horizon")?;
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
    language.capabilities().allow(&request)?;
    Ok(Planned {
        request,
        tokens,
        warnings,
    })
}

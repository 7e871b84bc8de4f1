//! Plans a job's request: bars and indicators come in, a request that fits into the model's context goes out. If the prompt is
//! too long, the oldest prices are left out.

use crate::analysis::{FailureKind, StageError};
use crate::engine::{Fit, Generate, Grammar, Keeps, LanguageInfo, Prompt, Sampling};
use crate::formats::{AnswerShape, Opening, SeriesWindow};
use crate::stages::in_flight::InFlight;
use crate::stages::models::ForecasterModel;

/// The fewest closes that a forecast needs.
const FEWEST_CLOSES: usize = 2;

/// A job with its planned request.
pub(super) struct Planned {
    pub(super) request: Generate,
    /// Number of prompt tokens, if the backend tokenizes.
    pub(super) tokens: Option<usize>,
    pub(super) warnings: Vec<String>,
}

/// The form of the answer that a job asks for.
pub(super) fn answer(job: &InFlight, model: &ForecasterModel) -> AnswerShape {
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

/// Plans a job's request. If the prompt is too long, the oldest prices are left out.
pub(super) fn plan(
    job: &InFlight,
    model: &ForecasterModel,
    language: &dyn LanguageInfo,
) -> Result<Planned, StageError> {
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
    // Drop as many of the oldest prices as the excess tokens need, then measure again: a few rounds at most.
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

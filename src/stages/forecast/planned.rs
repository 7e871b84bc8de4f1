//! Plans a job's request: bars and indicators come in, a request that fits into the model's context goes out. If the prompt is
//! too long, the oldest prices are left out.

use chrono::Datelike as _;

use crate::analysis::{FailureKind, StageError};
use crate::engine::{EngineError, Fit, Generate, Grammar, Keeps, LanguageInfo, Prompt, Sampling};
use crate::formats::{AnswerShape, Opening, SeriesWindow};
use crate::market::simulate::{hash, mix};
use crate::stages::in_flight::InFlight;
use crate::stages::models::ForecasterModel;

/// The fewest closes that a forecast needs.
const FEWEST_CLOSES: usize = 2;

/// A job with its planned request.
pub(super) struct Planned {
    pub(super) request: Generate,
    pub(super) answer: AnswerShape,
    /// Number of prompt tokens, if the backend tokenizes.
    pub(super) tokens: Option<usize>,
    pub(super) warnings: Vec<String>,
}

/// Plans a job's request. If the prompt is too long, the oldest prices are left out. `speaks` says whether each word of the format's
/// vocabulary is one token of the model.
pub(super) fn plan(
    job: &InFlight,
    model: &ForecasterModel,
    speaks: bool,
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
    let format = model.prompt_format.format();
    let opening = if model.zero_shot {
        Opening::Prompt
    } else {
        Opening::Model
    };
    let shape = |count: usize| AnswerShape::after(&closes[closes.len() - count..], options.horizon, opening);
    let grammar = format.grammar(&shape(wanted));
    // A word that is one token, and the end-of-text token; else as many tokens as characters at most.
    let max_tokens = match grammar.words {
        Some(words) if speaks => words + 1,
        _ => grammar.longest,
    };
    let render = |count: usize| -> Result<(Prompt, Fit), StageError> {
        let series = SeriesWindow {
            ticker: job.job.series.ticker.as_str(),
            closes: &closes[closes.len() - count..],
            stats: &job.stats,
            summary: job.history_summary.as_deref(),
        };
        let prompt = Prompt::Plain(format.encode(&series, &shape(count))?);
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
    let answer = shape(count);
    let capabilities = language.capabilities();
    let request = Generate {
        prompt,
        sequences: options.samples.unwrap_or_else(|| model.paths()),
        max_tokens,
        sampling: Sampling {
            temperature: model.sampling.temperature,
            top_k: model.sampling.top_k,
            top_p: model.sampling.top_p,
            min_p: model.sampling.min_p,
            seed: seed(job),
            ..Sampling::default()
        },
        stop: Vec::new(),
        grammar: Some(Grammar::Pattern(grammar.pattern)),
        logprobs: None,
        first_token: options.first_day && capabilities.first_token && model.prompt_format.words().is_some(),
        keeps: Keeps::Nothing,
        cancel: job.cancel.clone(),
    };
    capabilities.allow(&request)?;
    Ok(Planned {
        request,
        answer,
        tokens,
        warnings,
    })
}

/// The seed of a forecast: that of the job with the ticker and its last day. Windows that shared their random numbers would share
/// the error of so few paths, and a backtest would take it for the model's.
fn seed(job: &InFlight) -> u64 {
    let series = &job.job.series;
    let day = series.bars.last().map_or(0, |bar| bar.date.num_days_from_ce());
    mix(
        job.job.options.seed ^ hash(series.ticker.as_str()),
        day.unsigned_abs().into(),
    )
}

/// Whether each word of the format's vocabulary is one token of the model. False for a format of lists, and where the backend does
/// not count tokens.
pub(super) fn speaks(model: &ForecasterModel, language: &dyn LanguageInfo) -> Result<bool, EngineError> {
    let Some(vocabulary) = model.prompt_format.words() else {
        return Ok(false);
    };
    let all: Vec<&str> = vocabulary.words().collect();
    let count = |text: String| language.count(&Prompt::Plain(text));
    let counts = count(String::new())?.zip(count(all.concat())?);
    Ok(counts.is_some_and(|(none, found)| found.saturating_sub(none) == all.len()))
}

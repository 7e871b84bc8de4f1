//! The facts of one job, or of a finished analysis: all figures that the report may quote, computed by code.

use crate::analysis::{Analysis, Forecast, Sentiment};
use crate::grounding::{Evidence, Fact, FactInputs, ForecastFacts, HeadlineFacts, USUAL_COSTS, facts};
use crate::stages::in_flight::InFlight;
use crate::stages::stance::stance_of;

/// The table of facts of a job, from the stages that have run.
pub(super) fn job_facts(job: &InFlight) -> Vec<Fact> {
    let Some(last) = job.job.series.last() else {
        return Vec::new();
    };
    facts(&FactInputs {
        as_of: last.date,
        last_close: last.close,
        currency: &job.job.series.currency,
        stats: &job.stats,
        forecast: job.forecast.as_ref().and_then(forecast_facts),
        costs: job.job.options.costs,
        headlines: job.sentiment.as_ref().map(headline_facts),
        company: job.job.fundamentals.as_ref(),
    })
}

/// The table of facts of a finished analysis: the one that its report was checked against. Without a report it is computed at the
/// usual costs of a trade.
fn analysis_facts(analysis: &Analysis) -> Vec<Fact> {
    if let Some(report) = analysis.report.as_ref().filter(|report| !report.facts.is_empty()) {
        return report.facts.clone();
    }
    facts(&FactInputs {
        as_of: analysis.as_of,
        last_close: analysis.last_close,
        currency: &analysis.currency,
        stats: &analysis.features,
        forecast: analysis.forecast.as_ref().and_then(forecast_facts),
        costs: USUAL_COSTS,
        headlines: analysis.sentiment.as_ref().map(headline_facts),
        company: analysis.fundamentals.as_ref(),
    })
}

/// Hands a check what a text of a job may rest on: facts, headlines, names and the call.
pub(super) fn with_evidence<T>(job: &InFlight, facts: &[Fact], check: impl FnOnce(&Evidence<'_>) -> T) -> T {
    let headlines = titles(job.sentiment.as_ref());
    check(&Evidence {
        facts,
        headlines: &headlines,
        names: &[job.company(), job.job.series.ticker.as_str()],
        call: Some(stance_of(job).call),
        locale: job.job.options.language,
    })
}

/// Hands a check what a text about a finished analysis may rest on.
pub(crate) fn with_evidence_of<T>(analysis: &Analysis, check: impl FnOnce(&Evidence<'_>) -> T) -> T {
    let facts = analysis_facts(analysis);
    let headlines = titles(analysis.sentiment.as_ref());
    let names = [analysis.company.as_deref().unwrap_or_default(), &analysis.ticker];
    check(&Evidence {
        facts: &facts,
        headlines: &headlines,
        names: &names,
        call: analysis.stance.as_ref().map(|stance| stance.call),
        locale: analysis.language,
    })
}

/// The titles by number. One that gives orders bears nothing out.
fn titles(sentiment: Option<&Sentiment>) -> Vec<&str> {
    let headlines = sentiment.map_or(&[][..], |sentiment| &sentiment.headlines);
    let plain = headlines
        .iter()
        .map(|headline| if headline.flagged { "" } else { headline.title.as_str() });
    plain.collect()
}

fn forecast_facts(forecast: &Forecast) -> Option<ForecastFacts> {
    Some(ForecastFacts {
        date: *forecast.dates.last()?,
        horizon: forecast.dates.len(),
        median: *forecast.median.last()?,
        low: forecast.at_horizon("0.1")?,
        low_level: 10,
        high: forecast.at_horizon("0.9")?,
        high_level: 90,
        middle: forecast.at_horizon("0.25").zip(forecast.at_horizon("0.75")),
        expected_return: forecast.expected_return,
        kept: forecast.samples.saturating_sub(forecast.rejected),
        samples: forecast.samples,
    })
}

fn headline_facts(sentiment: &Sentiment) -> HeadlineFacts {
    let counts = sentiment.counts;
    HeadlineFacts {
        positive: counts.positive,
        negative: counts.negative,
        neutral: counts.neutral,
        net_score: sentiment.net_score,
    }
}

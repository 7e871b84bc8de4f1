//! What stands above the call wherever an analysis is shown: a job and its forecaster come in, sentences go out, the most important
//! first.

use super::in_flight::InFlight;
use crate::analysis::{ModelRef, StageName};
use crate::market::SourceKind;

/// What a reader must know before the call.
pub(crate) fn cautions(job: &InFlight, forecaster: Option<&ModelRef>) -> Vec<String> {
    let mut cautions = Vec::new();
    let asked = |stage| job.job.options.stages.contains(&stage);
    match &job.forecast {
        None if asked(StageName::FORECAST) => cautions.push("There is no forecast: it failed.".to_owned()),
        Some(forecast) if !forecast.reliable => cautions.push("This forecast is not reliable.".to_owned()),
        _ => {}
    }
    let trained_until = forecaster.and_then(|model| model.trained_until);
    let first = job.dates.first().filter(|_| job.forecast.is_some());
    if let Some((until, _)) = trained_until.zip(first).filter(|(until, first)| until >= *first) {
        cautions.push(format!(
            "Contaminated: the forecaster was trained on texts up to {until}, which may hold the days it forecasts."
        ));
    }
    if job.job.series.source == SourceKind::Demo {
        let last = job.job.series.last().map(|bar| bar.date).unwrap_or_default();
        cautions.push(format!("Demo data: the prices are real and end on {last}."));
    }
    if job.job.news.illustrative {
        cautions.push("Demo data: the headlines are invented and report no real event.".to_owned());
    }
    if asked(StageName::SENTIMENT) && job.job.news.headlines.is_empty() {
        cautions.push("No headlines were found, so the news plays no part.".to_owned());
    }
    cautions
}

//! Prices that may be wrong: jobs come in; those whose prices are not certain fail before a model is opened. What is only warned of
//! gives the reason why a forecast is not reliable.

use crate::analysis::{FailureKind, Sink, StageError, StageName};
use crate::stages::in_flight::InFlight;

/// Doubts that a message names.
const NAMED: usize = 3;

/// Fails the jobs whose prices are not certain. Whether others are left.
pub(in crate::stages) fn refuse_doubtful(jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> bool {
    for job in jobs.iter_mut() {
        if job.has_failed(StageName::FORECAST) {
            continue;
        }
        if let Some(doubts) = doubts(job, true) {
            let message = format!(
                "the prices may be wrong, so nothing is forecast from them: {doubts}. Compare these days with another source, \
                 give right prices in a file (--csv FILE), or use --repair warn to forecast from the prices as they are"
            );
            let error = StageError::new(FailureKind::DoubtfulPrices, message);
            job.fail(StageName::FORECAST, error, sink);
        }
    }
    jobs.iter().any(|job| !job.has_failed(StageName::FORECAST))
}

/// Why a forecast is not reliable although its prices were not refused.
pub(super) fn unmended(job: &InFlight) -> Option<String> {
    doubts(job, false).map(|doubts| format!("the prices may be wrong and were not mended: {doubts}"))
}

/// The doubts about a job's prices in one sentence: those that refuse a forecast, or the others.
fn doubts(job: &InFlight, refuse: bool) -> Option<String> {
    let all = job.job.series.doubts_of(job.job.options.context);
    let texts: Vec<&str> = all
        .filter(|doubt| doubt.refuses == refuse)
        .map(|doubt| doubt.text.as_str())
        .collect();
    let named = texts.get(..NAMED).unwrap_or(&texts).join("; ");
    match texts.len() {
        0 => None,
        count if count > NAMED => Some(format!("{named}; and {} more", count - NAMED)),
        _ => Some(named),
    }
}

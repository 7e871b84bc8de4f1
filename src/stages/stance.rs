//! The stance of a job: its figures go into the rule, the call comes out. No model is asked.

use super::in_flight::InFlight;
use crate::analysis::Forecast;
use crate::grounding::{Outlook, Stance, StanceInputs, stance};

/// What the rule says of a job, from the stages that have run.
pub(crate) fn stance_of(job: &InFlight) -> Stance {
    let counts = job
        .sentiment
        .as_ref()
        .map(|sentiment| sentiment.counts)
        .unwrap_or_default();
    stance(&StanceInputs {
        last_close: job.last_close(),
        currency: &job.job.series.currency,
        forecast: job.forecast.as_ref().and_then(outlook),
        costs: job.job.options.costs,
        positive: counts.positive,
        negative: counts.negative,
        locale: job.job.options.language,
    })
}

/// The forecast at its horizon. A missing quantile is not a number, which the rule answers with no call.
fn outlook(forecast: &Forecast) -> Option<Outlook> {
    let at_horizon = |level: &str| forecast.at_horizon(level).unwrap_or(f64::NAN);
    Some(Outlook {
        date: *forecast.dates.last()?,
        horizon: forecast.dates.len(),
        expected_return: forecast.expected_return,
        low: at_horizon("0.25"),
        high: at_horizon("0.75"),
        reliable: forecast.reliable,
    })
}

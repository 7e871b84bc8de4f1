//! Scores one window: the known history, the forecast and the actual prices come in; the errors of the model and of every
//! baseline go out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::watch::Sampled;
use crate::market::Bar;
use crate::scoring::{self, Distribution, Metrics, MetricsError, Scored, score};

/// A forecast compared with the actual prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoredWindow {
    /// The split day: the last day known to the forecast.
    pub as_of: NaiveDate,
    /// Close on that day.
    pub last_close: f64,
    /// The trading days after the split day.
    pub dates: Vec<NaiveDate>,
    /// The actual closes on those days.
    pub truth: Vec<f64>,
    /// The model's median for each day.
    pub median: Vec<f64>,
    /// Quantile level to one price a day.
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// Sample paths accepted for the forecast.
    pub kept: usize,
    /// Sample paths rejected because of an impossible daily move.
    pub rejected: usize,
    /// Number of prompt tokens.
    pub prompt_tokens: usize,
    /// The model's metrics.
    pub metrics: Metrics,
    /// The metrics of each baseline that the history is long enough for, by name.
    pub baselines: BTreeMap<String, Metrics>,
}

/// Scores a forecast made from `known`. The model and the baselines see the last `context` closes.
///
/// # Errors
///
/// [`MetricsError`] when there is not one finite price for each day.
pub fn score_window(
    known: &[Bar],
    context: usize,
    truth: &[Bar],
    sampled: &Sampled,
) -> Result<ScoredWindow, MetricsError> {
    let closes: Vec<f64> = known[known.len().saturating_sub(context)..]
        .iter()
        .map(|bar| bar.close)
        .collect();
    let actual: Vec<f64> = truth.iter().map(|bar| bar.close).collect();
    let scored = |predicted: &[f64], quantiles: &BTreeMap<String, Vec<f64>>, distribution: Distribution<'_>| {
        score(Scored {
            history: &closes,
            predicted,
            quantiles,
            distribution,
            actual: &actual,
        })
    };
    let metrics = scored(&sampled.median, &sampled.quantiles, Distribution::Paths(&sampled.paths))?;
    let mut compared = BTreeMap::new();
    for (name, forecast) in scoring::all(&closes, actual.len()) {
        // A baseline that diverges has no meaningful errors and is left out; the naive one never diverges.
        let errors = forecast.and_then(|forecast| {
            let members = Distribution::Members(&forecast.members);
            scored(&forecast.median, &forecast.quantiles, members).ok()
        });
        compared.extend(errors.map(|errors| (name.to_owned(), errors)));
    }
    Ok(ScoredWindow {
        as_of: known.last().map(|bar| bar.date).unwrap_or_default(),
        last_close: closes.last().copied().unwrap_or_default(),
        dates: truth.iter().map(|bar| bar.date).collect(),
        truth: actual,
        median: sampled.median.clone(),
        quantiles: sampled.quantiles.clone(),
        kept: sampled.paths.len(),
        rejected: sampled.rejected,
        prompt_tokens: sampled.prompt_tokens,
        metrics,
        baselines: compared,
    })
}

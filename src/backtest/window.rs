//! One window scored: what was known, the forecast and what came in; the errors of the model and of every baseline out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::watch::Sampled;
use crate::market::Bar;
use crate::scoring::{self, Distribution, Metrics, MetricsError, Scored, score};

/// A forecast held against what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoredWindow {
    /// The split day: the last that was known.
    pub as_of: NaiveDate,
    /// Close on that day.
    pub last_close: f64,
    /// The trading days that came.
    pub dates: Vec<NaiveDate>,
    /// Their closes.
    pub truth: Vec<f64>,
    /// The model's median for each.
    pub median: Vec<f64>,
    /// Quantile level to one price a day.
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// Sample paths that made them.
    pub kept: usize,
    /// Sample paths left out for an impossible step.
    pub rejected: usize,
    /// Tokens of the model's prompt.
    pub prompt_tokens: usize,
    /// The model's errors.
    pub metrics: Metrics,
    /// Those of each baseline that the history was long enough for, by name.
    pub baselines: BTreeMap<String, Metrics>,
}

/// Scores a forecast made from `known`, of which the model saw the last `context` closes; so do the baselines.
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
        // A baseline whose prices run away has no errors to compare with; the naive one always has.
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

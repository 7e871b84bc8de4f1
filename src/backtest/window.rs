//! Scores one window: the known history, the forecast and the actual prices come in; the errors of the model and of every
//! baseline go out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::horizon::{HorizonScore, MODEL, Scorable, horizon_scores};
use super::watch::Sampled;
use crate::market::Bar;
use crate::scoring::{
    self, BaselineForecast, Distribution, Metrics, MetricsError, Scored, cone_drift, ewma_t, log_score, members,
    piecewise_density, score,
};

/// A forecast compared with the actual prices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// Those of them that were no list of prices.
    #[serde(default)]
    pub unparsable: usize,
    /// Number of prompt tokens.
    pub prompt_tokens: usize,
    /// The model's metrics.
    pub metrics: Metrics,
    /// The metrics of each baseline that the history is long enough for, by name.
    pub baselines: BTreeMap<String, Metrics>,
    /// Errors and ranked probability scores over the first five days, where the horizon is longer, and over the horizon.
    #[serde(default)]
    pub horizons: Vec<HorizonScore>,
    /// The logarithm of the density that was given to the first day's log return, by the model (`model`) and by the baselines that
    /// state a density; not below that of the floor, 0.0001 a unit of log return.
    #[serde(default)]
    pub log_scores: BTreeMap<String, f64>,
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
    let members = members(&sampled.paths, actual.len());
    let metrics = scored(&sampled.median, &sampled.quantiles, Distribution::Members(&members))?;
    let (mut compared, mut forecasts) = (BTreeMap::new(), BTreeMap::new());
    let drifted = ("cone_drift", cone_drift(&closes, &sampled.median));
    for (name, forecast) in scoring::all(&closes, actual.len()).into_iter().chain([drifted]) {
        // A baseline that diverges has no meaningful errors and is left out; the naive one never diverges.
        let Some(forecast) = forecast else { continue };
        let of_members = Distribution::Members(&forecast.members);
        if let Ok(errors) = scored(&forecast.median, &forecast.quantiles, of_members) {
            compared.insert(name.to_owned(), errors);
            forecasts.insert(name, forecast);
        }
    }
    let last_close = closes.last().copied().unwrap_or_default();
    let quantile = |level: &str| sampled.quantiles.get(level).map(Vec::as_slice);
    let model = Scorable {
        last_close,
        median: &sampled.median,
        band: quantile("0.1").zip(quantile("0.9")),
        members: &members,
    };
    Ok(ScoredWindow {
        as_of: known.last().map(|bar| bar.date).unwrap_or_default(),
        last_close,
        horizons: horizon_scores(model, &forecasts, &actual),
        log_scores: log_scores(&closes, actual.first().copied(), sampled, &forecasts),
        dates: truth.iter().map(|bar| bar.date).collect(),
        truth: actual,
        median: sampled.median.clone(),
        quantiles: sampled.quantiles.clone(),
        kept: sampled.paths.len(),
        rejected: sampled.rejected,
        unparsable: sampled.unparsable,
        prompt_tokens: sampled.prompt_tokens,
        metrics,
        baselines: compared,
    })
}

/// The log scores of the first day.
fn log_scores(
    closes: &[f64],
    first: Option<f64>,
    sampled: &Sampled,
    baselines: &BTreeMap<&'static str, BaselineForecast>,
) -> BTreeMap<String, f64> {
    let Some((last, first)) = closes
        .last()
        .zip(first)
        .filter(|(last, first)| **last > 0.0 && *first > 0.0)
    else {
        return BTreeMap::new();
    };
    let log_return = (first / last).ln();
    let of_model = sampled
        .first_day
        .as_ref()
        .and_then(|day| piecewise_density(&day.edges, &day.probabilities, log_return));
    let stated = baselines
        .iter()
        .filter_map(|(name, forecast)| Some((*name, forecast.first_day?)))
        .chain(ewma_t(closes).map(|day| ("ewma_t", day)))
        .map(|(name, day)| (name, day.density(log_return)));
    of_model
        .map(|density| (MODEL, density))
        .into_iter()
        .chain(stated)
        .map(|(name, density)| (name.to_owned(), log_score(density)))
        .collect()
}

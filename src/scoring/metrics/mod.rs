//! One window scored: the closes that a forecast knew, the forecast (a median, with quantiles and sample paths where it
//! has them) and the truth in; error measures out. Pure; never decides which closes are compared, nor whether a
//! difference is significant.

mod average;
mod distribution;
#[cfg(test)]
mod tests;

pub use self::average::mean;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::distribution::Levels;

/// Errors of a forecast over one window, or their average over several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metrics {
    /// Mean absolute error, price units.
    pub mae: f64,
    /// Root mean squared error, price units.
    pub rmse: f64,
    /// Mean absolute percentage error (Hyndman & Koehler 2006), per cent of the true price; none where a true price is
    /// 0.
    pub mape: Option<f64>,
    /// Symmetric mean absolute percentage error (Makridakis 1993; as in M4, Makridakis et al. 2020): the mean of
    /// 200·|e|/(|y|+|f|), per cent, 0–200. A step on which forecast and truth are both 0 counts 0.
    pub smape: f64,
    /// Mean absolute scaled error (Hyndman & Koehler 2006): the mean absolute error over the mean absolute one-day move
    /// of the closes that the forecast knew. None where these never moved, or are fewer than two.
    pub mase: Option<f64>,
    /// Share of the steps on which forecast and truth moved the same way, per cent, 0–100. The first step moves from
    /// the last known close; a step without movement matches only another one.
    pub directional_accuracy: f64,
    /// 100 when the whole move, from the last known close to the last step, went the way of the truth, else 0; over
    /// several windows the share of them, per cent.
    pub horizon_direction: f64,
    /// Pinball loss (Koenker & Bassett 1978), price units: the mean over the levels and steps. None without quantiles.
    pub pinball: Option<f64>,
    /// Continuous ranked probability score, price units, the mean over the steps. It is E|X−y| − ½E|X−X′|
    /// (Gneiting & Raftery 2007); of sample paths X and X′ are never the same one, so that few paths are not taken for
    /// a worse forecast (the fair score of Ferro 2014); with quantiles alone, twice the mean pinball loss over the levels (Berrisch & Ziel 2023). The two are not on one
    /// scale: over the levels 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 a true normal forecast scores about a fifth lower
    /// by the second.
    pub crps: Option<f64>,
    /// Share of the steps on which the truth lay within the central interval, bounds included, a fraction, under
    /// `"0.5"`, `"0.8"` and `"0.9"`; only those whose two quantiles are there. An interval whose bounds cross holds
    /// nothing.
    #[serde(default)]
    pub coverage: BTreeMap<String, f64>,
    /// Mean width of the same intervals, price units. An interval whose bounds cross has none.
    #[serde(default)]
    pub width: BTreeMap<String, f64>,
}

/// What [`score`] takes: a forecast, what it knew and what came.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// Closes that the forecast knew, oldest first; the last is the last known close.
    pub history: &'a [f64],
    /// The forecast price of each step.
    pub predicted: &'a [f64],
    /// Level (such as `"0.25"`) → a price for each step; may be empty.
    pub quantiles: &'a BTreeMap<String, Vec<f64>>,
    /// The distribution around it.
    pub distribution: Distribution<'a>,
    /// The true price of each step.
    pub actual: &'a [f64],
}

/// What a ranked probability score is taken of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution<'a> {
    /// The quantiles.
    Quantiles,
    /// Independent sample paths, each a price for each step.
    Paths(&'a [Vec<f64>]),
    /// Lists of equally likely prices, one for each step, that stand for the whole distribution.
    Members(&'a [Vec<f64>]),
}

/// A window that cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// Nothing was forecast.
    #[error("there is no step to compare; forecast at least one")]
    Empty,
    /// No last known close.
    #[error("there is no known close to move from; give at least the last one")]
    NoHistory,
    /// Not one price for each step.
    #[error("the {part} holds {found} prices, but {needed} days are there to compare them with")]
    Lengths {
        /// Which list.
        part: Part,
        /// Prices it holds.
        found: usize,
        /// True prices.
        needed: usize,
    },
    /// A price that is not a number, or infinite.
    #[error("step {step} of the {part} holds a price that is no finite number")]
    NotFinite {
        /// Which list.
        part: Part,
        /// The step, from 1.
        step: usize,
    },
    /// A quantile whose name is no level.
    #[error("`{level}` is not the level of a quantile; levels lie between 0 and 1, such as \"0.25\"")]
    Level {
        /// The name.
        level: String,
    },
    /// Prices so large that their errors are no finite numbers.
    #[error("the prices are too large to be compared")]
    TooLarge,
}

/// One of the lists of prices that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The known closes.
    History,
    /// The point forecast.
    Forecast,
    /// A quantile.
    Quantile,
    /// A sample path.
    Path,
    /// The truth.
    Truth,
}

impl std::fmt::Display for Part {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::History => "history",
            Self::Forecast => "forecast",
            Self::Quantile => "quantile",
            Self::Path => "sample path",
            Self::Truth => "truth",
        })
    }
}

/// The errors of one window.
///
/// # Errors
///
/// [`MetricsError`] for lists of different or no length, a price that is not finite, a quantile whose name is no level,
/// and prices whose errors are no finite numbers.
pub fn score(input: Scored<'_>) -> Result<Metrics, MetricsError> {
    let Scored {
        history,
        predicted,
        quantiles,
        distribution,
        actual,
    } = input;
    let lists = match distribution {
        Distribution::Quantiles => &[],
        Distribution::Paths(lists) | Distribution::Members(lists) => lists,
    };
    if actual.is_empty() && predicted.is_empty() {
        return Err(MetricsError::Empty);
    }
    finite(Part::History, history)?;
    let &last_close = history.last().ok_or(MetricsError::NoHistory)?;
    steps(Part::Forecast, predicted, actual.len())?;
    finite(Part::Truth, actual)?;
    for list in lists {
        steps(Part::Path, list, actual.len())?;
    }
    let levels = Levels::parse(quantiles, actual.len())?;

    let mae = average_over(predicted, actual, |forecast, truth| (forecast - truth).abs());
    let pinball = levels.pinball(actual);
    let crps = if lists.is_empty() {
        pinball.map(|loss| 2.0 * loss)
    } else {
        Some(distribution::crps(
            lists,
            actual,
            matches!(distribution, Distribution::Paths(_)),
        ))
    };
    let metrics = Metrics {
        mae,
        rmse: average_over(predicted, actual, |forecast, truth| (forecast - truth).powi(2)).sqrt(),
        mape: (!actual.contains(&0.0))
            .then(|| 100.0 * average_over(predicted, actual, |forecast, truth| ((forecast - truth) / truth).abs())),
        smape: average_over(predicted, actual, symmetric),
        mase: mean_move(history).map(|scale| mae / scale),
        directional_accuracy: 100.0 * same_moves(last_close, predicted, actual),
        horizon_direction: same_direction(last_close, predicted, actual),
        pinball,
        crps,
        coverage: levels.coverage(actual),
        width: levels.width(),
    };
    let errors = [metrics.mae, metrics.rmse, metrics.smape];
    let optional = [metrics.mape, metrics.mase, metrics.pinball, metrics.crps];
    let mut all = errors
        .iter()
        .chain(optional.iter().flatten())
        .chain(metrics.width.values());
    all.all(|error| error.is_finite())
        .then_some(metrics)
        .ok_or(MetricsError::TooLarge)
}

/// One finite price for each step.
fn steps(part: Part, prices: &[f64], needed: usize) -> Result<(), MetricsError> {
    if prices.len() != needed {
        return Err(MetricsError::Lengths {
            part,
            found: prices.len(),
            needed,
        });
    }
    finite(part, prices)
}

fn finite(part: Part, prices: &[f64]) -> Result<(), MetricsError> {
    match prices.iter().position(|price| !price.is_finite()) {
        Some(before) => Err(MetricsError::NotFinite { part, step: before + 1 }),
        None => Ok(()),
    }
}

fn average_over(predicted: &[f64], actual: &[f64], error: impl Fn(f64, f64) -> f64) -> f64 {
    let sum: f64 = predicted
        .iter()
        .zip(actual)
        .map(|(&forecast, &truth)| error(forecast, truth))
        .sum();
    sum / actual.len() as f64
}

/// One term of the symmetric percentage error. The halves keep the sum of two large prices finite.
fn symmetric(forecast: f64, truth: f64) -> f64 {
    let middle = forecast.abs() / 2.0 + truth.abs() / 2.0;
    if middle == 0.0 {
        0.0
    } else {
        100.0 * ((forecast - truth).abs() / middle)
    }
}

/// Mean absolute one-day move; `None` where the closes never move, or are fewer than two.
fn mean_move(closes: &[f64]) -> Option<f64> {
    let moves = closes.len().checked_sub(1).filter(|&moves| moves > 0)?;
    let sum: f64 = closes
        .iter()
        .zip(closes.iter().skip(1))
        .map(|(before, after)| (after - before).abs())
        .sum();
    let scale = sum / moves as f64;
    (scale > 0.0).then_some(scale)
}

/// The share of the steps that move the same way, a fraction.
fn same_moves(last_close: f64, predicted: &[f64], actual: &[f64]) -> f64 {
    let (mut predicted_before, mut actual_before) = (last_close, last_close);
    let mut same = 0_usize;
    for (&forecast, &truth) in predicted.iter().zip(actual) {
        same += usize::from(forecast.partial_cmp(&predicted_before) == truth.partial_cmp(&actual_before));
        (predicted_before, actual_before) = (forecast, truth);
    }
    same as f64 / actual.len() as f64
}

/// 100 when the whole moves have one direction, else 0.
fn same_direction(last_close: f64, predicted: &[f64], actual: &[f64]) -> f64 {
    let whole = |prices: &[f64]| prices.last().and_then(|price| price.partial_cmp(&last_close));
    if whole(predicted) == whole(actual) { 100.0 } else { 0.0 }
}

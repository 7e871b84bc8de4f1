//! Scores one window: the error measures of a forecast against the true prices. Pure; never decides which closes are compared,
//! nor whether a difference is significant.

use std::collections::BTreeMap;

use super::check::{finite, steps};
use super::distribution::{self, Levels};
use super::error::{MetricsError, Part};
use super::figures::Metrics;

/// The input of [`score`]: a forecast, the closes it knew and the true prices.
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

/// The distribution that is scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution<'a> {
    /// The quantiles.
    Quantiles,
    /// Independent sample paths, each a price for each step.
    Paths(&'a [Vec<f64>]),
    /// Lists of equally likely prices, one for each step, that stand for the whole distribution.
    Members(&'a [Vec<f64>]),
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

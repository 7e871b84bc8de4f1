//! The three simple methods of Hyndman & Athanasopoulos (Forecasting: Principles and Practice, 3rd ed. 2021, sections
//! 5.2 and 5.5), on prices, with normal intervals from the spread of their one-step residuals: the square root of the
//! sum of their squares over their number less the parameters.

use super::bands::{self, Step};
use super::{BaselineForecast, enough};

/// Trading days in a week.
const PERIOD: usize = 5;

/// The last close, repeated. The intervals are those of a random walk in prices without drift: standard deviation σ·√h
/// after h steps, σ² the mean squared one-day move. Two closes at least.
pub fn naive(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, 2, horizon) {
        return None;
    }
    let &last = closes.last()?;
    let spread = spread(residuals(closes, 1, 0.0), 0)?;
    let step = |ahead: usize| Step {
        centre: last,
        deviation: spread * (ahead as f64).sqrt(),
    };
    bands::normal(&(1..=horizon).map(step).collect::<Vec<_>>())
}

/// The last close, moved on by the mean one-day move of the history: y + h·(y − y₁)/(T−1). Standard deviation
/// σ·√(h·(1 + h/(T−1))). Three closes at least.
pub fn drift(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, 3, horizon) {
        return None;
    }
    let (&first, &last) = (closes.first()?, closes.last()?);
    let moves = (closes.len() - 1) as f64;
    let slope = (last - first) / moves;
    let spread = spread(residuals(closes, 1, slope), 1)?;
    let step = |ahead: usize| {
        let ahead = ahead as f64;
        Step {
            centre: last + ahead * slope,
            deviation: spread * (ahead * (1.0 + ahead / moves)).sqrt(),
        }
    };
    bands::normal(&(1..=horizon).map(step).collect::<Vec<_>>())
}

/// The last five closes, repeated in their order. Standard deviation σ·√(k+1), k the whole weeks before the step. Six
/// closes at least.
pub fn seasonal_naive(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, PERIOD + 1, horizon) {
        return None;
    }
    let spread = spread(residuals(closes, PERIOD, 0.0), 0)?;
    let week = closes.iter().skip(closes.len() - PERIOD).cycle();
    let steps = week.take(horizon).enumerate().map(|(before, &centre)| {
        let seasons = (before / PERIOD + 1) as f64;
        Step {
            centre,
            deviation: spread * seasons.sqrt(),
        }
    });
    bands::normal(&steps.collect::<Vec<_>>())
}

/// The moves over `lag` days, less the move that is forecast.
fn residuals(closes: &[f64], lag: usize, slope: f64) -> impl Iterator<Item = f64> {
    closes
        .iter()
        .zip(closes.iter().skip(lag))
        .map(move |(before, after)| after - before - slope)
}

fn spread(residuals: impl Iterator<Item = f64>, parameters: usize) -> Option<f64> {
    let (mut squares, mut count) = (0.0, 0_usize);
    for residual in residuals {
        squares += residual * residual;
        count += 1;
    }
    let free = count.checked_sub(parameters).filter(|&free| free > 0)?;
    Some((squares / free as f64).sqrt())
}

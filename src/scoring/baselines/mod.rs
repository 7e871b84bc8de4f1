//! Baselines: forecasts that need no trained model, each a median with a distribution around it. Pure and deterministic; never sees a
//! close after the split day.

mod ar1;
mod bands;
mod day;
mod ets;
mod ewma_t;
mod garch;
mod nelder_mead;
mod simple;
#[cfg(test)]
mod tests;
mod volatility_cone;

pub use self::ar1::ar1;
pub use self::day::DayReturn;
pub use self::ets::{Smoothing, Trend, ets, fit, fixed};
pub use self::ewma_t::ewma_t;
pub use self::garch::{Garch, GarchFit, garch_fit, garch_t};
pub use self::simple::{drift, naive, seasonal_naive};
pub use self::volatility_cone::{cone_drift, cone97, volatility_cone};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A forecast of a baseline; every list holds one price a step, in the unit of the closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineForecast {
    /// The point forecast.
    pub median: Vec<f64>,
    /// The levels 0.05, 0.1, 0.25, 0.5, 0.75, 0.9 and 0.95. A normal band may reach below zero.
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// The same distribution as 100 equally likely prices a step, its quantiles at 0.005, 0.015, …, 0.995. Taken as
    /// sample paths they give a ranked probability score on the scale of a forecaster's own paths; they say nothing
    /// about how one step hangs together with the next.
    pub members: Vec<Vec<f64>>,
    /// The distribution of the first day's log return, of those that state one.
    #[serde(default)]
    pub first_day: Option<DayReturn>,
}

/// Every baseline under its name, always in this order; `None` where the history is too short for it, or not positive
/// and logarithms are taken.
pub fn all(closes: &[f64], horizon: usize) -> Vec<(&'static str, Option<BaselineForecast>)> {
    vec![
        ("naive", naive(closes, horizon)),
        ("drift", drift(closes, horizon)),
        ("seasonal_naive", seasonal_naive(closes, horizon)),
        ("ar1", ar1(closes, horizon)),
        ("volatility_cone", volatility_cone(closes, horizon)),
        ("cone97", cone97(closes, horizon)),
        ("garch_t", garch_t(closes, horizon)),
        ("ets", ets(closes, horizon)),
    ]
}

/// Whether there is a step to forecast, and enough finite closes to do it from.
fn enough(closes: &[f64], fewest: usize, horizon: usize) -> bool {
    horizon > 0 && closes.len() >= fewest && closes.iter().all(|close| close.is_finite())
}

/// One-day log returns; `None` unless every close is positive and finite.
fn log_returns(closes: &[f64]) -> Option<Vec<f64>> {
    let usable = closes.iter().all(|close| close.is_finite() && *close > 0.0);
    usable.then(|| {
        closes
            .iter()
            .zip(closes.iter().skip(1))
            .map(|(before, after)| (after / before).ln())
            .collect()
    })
}

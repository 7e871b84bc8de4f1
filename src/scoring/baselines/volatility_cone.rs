//! A cone around the last close that widens with the recent volatility: closes in, a lognormal forecast out.

use super::bands::{self, Step};
use super::{BaselineForecast, enough, log_returns};

/// Weight of a squared return against that of the day after it.
const DECAY: f64 = 0.94;

/// The last close as the median, and log returns with the standard deviation σ·√h after h steps. σ² is the
/// exponentially weighted mean of the squared daily log returns, their mean taken as zero and λ = 0.94 (RiskMetrics,
/// J.P. Morgan 1996); the weights are made to sum to one over the history there is. Two positive closes at least.
pub fn volatility_cone(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, 2, horizon) {
        return None;
    }
    let &last = closes.last()?;
    let spread = weighted_variance(&log_returns(closes)?).sqrt();
    let step = |ahead: usize| Step {
        centre: 0.0,
        deviation: spread * (ahead as f64).sqrt(),
    };
    bands::lognormal(last, &(1..=horizon).map(step).collect::<Vec<_>>())
}

fn weighted_variance(returns: &[f64]) -> f64 {
    let (mut squares, mut weights) = (0.0, 0.0);
    for value in returns {
        squares = DECAY * squares + value * value;
        weights = DECAY * weights + 1.0;
    }
    squares / weights
}

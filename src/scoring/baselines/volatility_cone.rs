//! Cones around the last close that widen with the recent volatility: closes in, a lognormal forecast out.

use super::bands::{self, Step};
use super::day::DayReturn;
use super::{BaselineForecast, enough, log_returns};

/// Weight of a squared return against that of the day after it: RiskMetrics' value for daily data.
pub(super) const CONE: f64 = 0.94;
/// RiskMetrics' value for monthly data, which looks back about twice as far.
const CONE97: f64 = 0.97;

/// The last close as the median, and log returns with the standard deviation σ·√h after h steps. σ² is the
/// exponentially weighted mean of the squared daily log returns, their mean taken as zero and λ = 0.94 (RiskMetrics,
/// J.P. Morgan 1996); the weights are made to sum to one over the history there is. Two positive closes at least.
pub fn volatility_cone(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    cone(closes, CONE, &vec![*closes.last()?; horizon])
}

/// The same with λ = 0.97.
pub fn cone97(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    cone(closes, CONE97, &vec![*closes.last()?; horizon])
}

/// The volatility cone around another forecast's median: what that forecast's drift alone is worth. `None` also of a median that is
/// not positive.
pub fn cone_drift(closes: &[f64], median: &[f64]) -> Option<BaselineForecast> {
    cone(closes, CONE, median)
}

fn cone(closes: &[f64], decay: f64, median: &[f64]) -> Option<BaselineForecast> {
    if !enough(closes, 2, median.len()) || !median.iter().all(|price| *price > 0.0) {
        return None;
    }
    let &last = closes.last()?;
    let spread = spread_of(&log_returns(closes)?, decay);
    let steps = (1_u32..).zip(median).map(|(ahead, price)| Step {
        centre: (price / last).ln(),
        deviation: spread * f64::from(ahead).sqrt(),
    });
    let mut forecast = bands::lognormal(last, &steps.collect::<Vec<_>>())?;
    forecast.first_day = (spread > 0.0 && median.first() == Some(&last)).then_some(DayReturn {
        deviation: spread,
        freedom: None,
    });
    Some(forecast)
}

/// The exponentially weighted standard deviation of returns around zero.
pub(super) fn spread_of(returns: &[f64], decay: f64) -> f64 {
    let (mut squares, mut weights) = (0.0, 0.0);
    for value in returns {
        squares = decay * squares + value * value;
        weights = decay * weights + 1.0;
    }
    (squares / weights).sqrt()
}

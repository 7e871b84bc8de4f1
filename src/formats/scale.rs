//! The scale of each day: the volatility that was known the day before, an exponentially weighted mean of squared log returns
//! with λ = 0.94 (RiskMetrics 1996). Closes in, a fraction per day out.

use crate::market::simulate::facts::log_returns;

/// Weight of the past in the mean of squares.
const DECAY: f64 = 0.94;

/// The first returns, whose mean square starts the average.
const FIRST: usize = 20;

/// The lowest scale, for series that do not move.
const LOWEST: f64 = 1e-4;

/// The scale of a series as it goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    variance: f64,
}

impl Scale {
    /// The scale before the first of these log returns.
    pub(super) fn before(returns: &[f64]) -> Self {
        let first = &returns[..returns.len().min(FIRST)];
        let squares: f64 = first.iter().map(|value| value * value).sum();
        Scale {
            variance: squares / first.len().max(1) as f64,
        }
    }

    /// The scale after these log returns.
    pub(super) fn after(returns: &[f64]) -> Self {
        let mut scale = Self::before(returns);
        returns.iter().for_each(|&value| scale.add(value));
        scale
    }

    /// The scale whose daily deviation is `daily`.
    pub(super) fn of(daily: f64) -> Self {
        Scale {
            variance: daily * daily,
        }
    }

    /// Deviation of the next day's log return.
    pub(super) fn daily(&self) -> f64 {
        self.variance.sqrt().max(LOWEST)
    }

    /// Takes the next day's log return in.
    pub(super) fn add(&mut self, value: f64) {
        self.variance = DECAY * self.variance + (1.0 - DECAY) * value * value;
    }
}

/// Root mean square of log returns around their mean, a fraction per day.
pub(super) fn deviation(returns: &[f64]) -> f64 {
    let count = returns.len().max(1) as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / count).sqrt()
}

/// The deviation of the log return of the day after these closes, a fraction.
pub(super) fn scale_after(closes: &[f64]) -> f64 {
    Scale::after(&log_returns(closes)).daily()
}

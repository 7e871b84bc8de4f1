//! An autoregression of order one of the log returns: closes in, a lognormal forecast out.

use super::bands::{self, Step};
use super::{BaselineForecast, enough, log_returns};

/// Closes that leave one degree of freedom: three pairs of returns, two parameters.
const FEWEST: usize = 5;
/// Returns that spread less than this are rounding error of a series that grew by a constant factor.
const NOISE: f64 = 1e-12;

/// Log returns r = c + φ·r₋₁ + e by ordinary least squares, iterated over the horizon and summed up. The error of the
/// sum after h steps is Σ e·(1 + φ + … + φʲ) over j = 0 … h−1, so its variance is σ²·Σ(1 + φ + … + φʲ)², with σ² the
/// sum of the squared residuals over their number less two (Box & Jenkins 1970); the uncertainty of c and φ is left
/// out. `None` of fewer than five closes, of one that is not positive, and of |φ| ≥ 1, whose returns would explode.
pub fn ar1(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, FEWEST, horizon) {
        return None;
    }
    let returns = log_returns(closes)?;
    let fit = Fit::of(&returns).filter(|fit| fit.slope.abs() < 1.0)?;
    let (&last_close, &last_return) = (closes.last()?, returns.last()?);

    let (mut expected, mut whole, mut weight, mut squares) = (last_return, 0.0, 0.0, 0.0_f64);
    let mut steps = Vec::with_capacity(horizon);
    for _ in 0..horizon {
        expected = fit.intercept + fit.slope * expected;
        whole += expected;
        weight = 1.0 + fit.slope * weight;
        squares += weight * weight;
        steps.push(Step {
            centre: whole,
            deviation: fit.spread * squares.sqrt(),
        });
    }
    bands::lognormal(last_close, &steps)
}

struct Fit {
    intercept: f64,
    slope: f64,
    spread: f64,
}

impl Fit {
    /// Least squares of each return on the one before; returns that are all the same have no slope.
    fn of(returns: &[f64]) -> Option<Self> {
        let pairs = || returns.iter().zip(returns.iter().skip(1));
        let count = returns.len().checked_sub(1).filter(|&count| count > 2)? as f64;
        let (mean_before, mean_after) = pairs().fold((0.0, 0.0), |(before, after), pair| {
            (before + pair.0 / count, after + pair.1 / count)
        });
        let (mut spread_before, mut together) = (0.0, 0.0);
        for (before, after) in pairs() {
            spread_before += (before - mean_before).powi(2);
            together += (before - mean_before) * (after - mean_after);
        }
        let slope = if spread_before <= count * NOISE * NOISE {
            0.0
        } else {
            together / spread_before
        };
        let intercept = mean_after - slope * mean_before;
        let squares: f64 = pairs()
            .map(|(before, after)| (after - intercept - slope * before).powi(2))
            .sum();
        Some(Self {
            intercept,
            slope,
            spread: (squares / (count - 2.0)).sqrt(),
        })
    }
}

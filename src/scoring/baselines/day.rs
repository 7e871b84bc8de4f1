//! The distribution of one day's log return that a baseline states: normal, or Student's t scaled to its standard deviation.

use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

/// The distribution of the log return of the day after the history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayReturn {
    /// Standard deviation of the log return; its centre is 0.
    pub deviation: f64,
    /// Degrees of freedom of Student's t, more than 2; `None` for the normal distribution.
    pub freedom: Option<f64>,
}

impl DayReturn {
    /// The density at a log return, for each unit of log return.
    pub fn density(&self, log_return: f64) -> f64 {
        let square = (log_return / self.deviation).powi(2);
        let logarithm = match self.freedom {
            None => -0.5 * ((2.0 * std::f64::consts::PI).ln() + square),
            Some(freedom) => ln_constant(freedom) - 0.5 * (freedom + 1.0) * (square / (freedom - 2.0)).ln_1p(),
        };
        logarithm.exp() / self.deviation
    }
}

/// The logarithm of the density of Student's t with variance 1 at 0.
pub(super) fn ln_constant(freedom: f64) -> f64 {
    ln_gamma((freedom + 1.0) / 2.0) - ln_gamma(freedom / 2.0) - 0.5 * (std::f64::consts::PI * (freedom - 2.0)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(day: DayReturn) -> (f64, f64) {
        let step = 1e-4;
        (-40_000..40_000)
            .map(|place| (f64::from(place) + 0.5) * step)
            .fold((0.0, 0.0), |(mass, variance), at| {
                let part = day.density(at) * step;
                (mass + part, variance + at * at * part)
            })
    }

    #[test]
    fn a_density_sums_to_one_and_has_its_standard_deviation() {
        for freedom in [None, Some(6.0), Some(40.0)] {
            let (mass, variance) = whole(DayReturn {
                deviation: 0.2,
                freedom,
            });
            assert!((mass - 1.0).abs() < 1e-4, "{freedom:?}: {mass}");
            assert!((variance.sqrt() - 0.2).abs() < 1e-3, "{freedom:?}: {variance}");
        }
    }

    #[test]
    fn heavy_tails_come_with_few_degrees_of_freedom() {
        let far = |freedom| {
            DayReturn {
                deviation: 0.01,
                freedom,
            }
            .density(0.06)
        };
        assert!(far(Some(3.0)) > far(Some(30.0)) && far(Some(30.0)) > far(None));
    }
}

//! Stale prices (Scholes and Williams, 1977; Lo and MacKinlay, 1990): on a day without a trade the last close is repeated, and the
//! next trade catches up with what the price did meanwhile. It changes closes of another process and draws no price.

use super::random::Random;

/// The parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Stale {
    /// Probability that there is no trade on a day.
    pub probability: f64,
}

impl Stale {
    /// The most days in a row without a trade; a longer run would look like a source that has stopped.
    pub const LONGEST: usize = 10;
}

impl Default for Stale {
    /// One day in ten without a trade: a small company.
    fn default() -> Self {
        Self { probability: 0.1 }
    }
}

impl Stale {
    /// Repeats the last close on the days without a trade. There is a trade on the first day.
    pub(super) fn apply(&self, random: &mut Random, closes: &mut [f64]) {
        let Some((first, rest)) = closes.split_first_mut() else {
            return;
        };
        let (mut last, mut run) = (*first, 0);
        for close in rest {
            if run < Self::LONGEST && random.chance(self.probability) {
                *close = last;
                run += 1;
            } else {
                last = *close;
                run = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::brownian::GeometricBrownian;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, mean_of, squares};

    fn sample(probability: f64, drift: f64) -> Sample {
        let process = GeometricBrownian {
            drift,
            volatility: 0.02,
        };
        Sample::draw(160, 1_500, |random, closes, days| {
            process.fill(1.0, days, random, closes);
            Stale { probability }.apply(random, closes);
        })
    }

    fn share_of_zeros(returns: &[f64]) -> f64 {
        returns.iter().filter(|value| **value == 0.0).count() as f64 / returns.len() as f64
    }

    /// Expected days without a trade after each with one: p + p² + … + p¹⁰.
    fn run(probability: f64) -> f64 {
        (1..=Stale::LONGEST).map(|days| probability.powi(days as i32)).sum()
    }

    #[test]
    fn the_share_of_repeated_closes_is_that_of_days_without_a_trade() {
        for (probability, wrong) in [(0.1, 0.11), (0.5, 0.52), (0.9, 0.92)] {
            let theory = |probability: f64| run(probability) / (1.0 + run(probability));
            sample(probability, 0.0)
                .of(share_of_zeros)
                .agrees(theory(probability), theory(wrong));
        }
    }

    #[test]
    fn at_most_ten_days_in_a_row_repeat_a_close() {
        let mut closes: Vec<f64> = (1..=1_000).map(f64::from).collect();
        Stale { probability: 1.0 }.apply(&mut Random::new(1), &mut closes);
        let longest = closes.chunk_by(|a, b| a == b).map(<[f64]>::len).max();
        // The trade itself, and the ten days that repeat it.
        assert_eq!(longest, Some(11));
        Stale { probability: 1.0 }.apply(&mut Random::new(1), &mut []);
    }

    #[test]
    fn a_trade_catches_up_so_that_no_variance_is_lost() {
        let sample = sample(0.3, 0.0);
        sample.of(|returns| mean_of(&squares(returns))).agrees(4e-4, 4.3e-4);
        // Given a trade, the variance is that of 1 + p + … days.
        let of_trades = sample.of(|returns| {
            let trades: Vec<f64> = returns.iter().copied().filter(|value| *value != 0.0).collect();
            mean_of(&squares(&trades))
        });
        of_trades.agrees(4e-4 * (1.0 + run(0.3)), 4e-4);
    }

    #[test]
    fn a_drift_makes_stale_returns_negatively_correlated() {
        // Lo and MacKinlay (1990): for a price that drifts by m with volatility σ, traded with probability 1 − p, the
        // autocovariance at lag 1 is −m² p and the variance σ² + 2 m² p/(1 − p); the cap on runs does not matter at p = 0.2.
        let (m, p) = (0.02, 0.2);
        let sample = sample(p, m);
        let measured = sample.of(|returns| autocorrelation(returns, 1));
        measured.agrees(-m * m * p / (4e-4 + 2.0 * m * m * p / (1.0 - p)), 0.0);
        sample.of(|returns| moments(returns).mean).agrees(m, m * (1.0 - p));
    }
}

//! Mean reversion: the logarithm of the price is an Ornstein–Uhlenbeck process (Uhlenbeck and Ornstein, 1930; for prices Schwartz,
//! 1997, model 1). The steps of a day are exact, not an approximation.

use super::random::Random;
use super::walk::walk;

/// The parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanReversion {
    /// Days after which half of a deviation from the mean level is expected to be gone, more than 0.
    pub half_life: f64,
    /// Standard deviation of a log return from a known close.
    pub volatility: f64,
}

impl Default for MeanReversion {
    /// A quarter: slow enough to look like a random walk for weeks (Poterba and Summers, 1988, find years in stock prices, Schwartz
    /// about a year in oil and copper), fast enough to be seen in a context of 180 days.
    fn default() -> Self {
        Self {
            half_life: 63.0,
            volatility: 0.015,
        }
    }
}

impl MeanReversion {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let kept = self.kept();
        // The first close is as far from the mean level as any other day's: the level is set from it.
        let mut deviation = self.stationary_deviation() * random.normal();
        walk(closes, first, days, || {
            let log_return = (kept - 1.0) * deviation + self.volatility * random.normal();
            deviation += log_return;
            log_return
        });
    }

    /// The part of a deviation that is expected to be left after a day.
    fn kept(&self) -> f64 {
        libm::exp(-std::f64::consts::LN_2 / self.half_life)
    }

    /// The standard deviation of the logarithm of the price around its mean level: volatility/√(1 − kept²).
    fn stationary_deviation(&self) -> f64 {
        let kept = self.kept();
        self.volatility / (1.0 - kept * kept).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::Sample;

    fn process(half_life: f64) -> MeanReversion {
        MeanReversion {
            half_life,
            volatility: 0.015,
        }
    }

    fn sample(process: &MeanReversion) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    /// The logarithm of the price relative to the first.
    fn levels(returns: &[f64]) -> Vec<f64> {
        returns
            .iter()
            .scan(0.0, |level, log_return| {
                *level += log_return;
                Some(*level)
            })
            .collect()
    }

    #[test]
    fn the_log_price_has_its_stationary_variance_and_half_life() {
        let process = process(10.0);
        let sample = sample(&process);
        let variance = |process: &MeanReversion| process.stationary_deviation().powi(2);
        let measured = sample.of(|returns| moments(&levels(returns)).deviation.powi(2));
        measured.agrees(variance(&process), variance(&self::process(12.0)));
        // The autocorrelation of the log price falls to a half in a half-life, and to a quarter in two.
        for (lag, theory) in [(10, 0.5), (20, 0.25)] {
            let measured = sample.of(|returns| autocorrelation(&levels(returns), lag));
            measured.agrees(theory, 0.5_f64.powf(lag as f64 / 12.0));
        }
    }

    #[test]
    fn returns_are_negatively_correlated() {
        // Returns of an AR(1) level have the autocorrelation −(1 − kept)/2 at lag 1; those of a random walk none.
        let process = process(3.0);
        let measured = sample(&process).of(|returns| autocorrelation(returns, 1));
        measured.agrees(-0.5 * (1.0 - process.kept()), 0.0);
        measured.agrees(-0.5 * (1.0 - process.kept()), -0.5 * (1.0 - self::process(4.0).kept()));
    }

    #[test]
    fn the_first_close_is_no_nearer_to_the_mean_level_than_any_other() {
        // Over many days the mean of the log price, relative to the first, has the stationary variance.
        let process = process(10.0);
        let starts = Sample::draw(1_000, 300, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        });
        let squared = starts.of(|returns| moments(&levels(returns)).mean.powi(2));
        // The mean of 300 days has itself the variance v · 2 · 14.4/300 around the level, less the part it shares with the first.
        let kept = process.kept();
        let v = process.stationary_deviation().powi(2);
        let days = 299.0;
        let shared = kept / ((1.0 - kept) * days);
        let own = ((1.0 + kept) / (1.0 - kept) - 2.0 * kept / ((1.0 - kept).powi(2) * days)) / days;
        // A start at the level itself would leave the variance of the mean alone.
        squared.agrees(v * (1.0 + own - 2.0 * shared), v * own);
    }
}

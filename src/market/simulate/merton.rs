//! Merton's jump diffusion (1976): geometric Brownian motion, and jumps of normal size at Poisson times.

use super::arrivals::Arrivals;
use super::random::Random;
use super::walk::walk;

/// The parameters, a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Merton {
    /// Mean log return, jumps included.
    pub drift: f64,
    /// Standard deviation of a log return without jumps.
    pub volatility: f64,
    /// Expected number of jumps a day, 0 to 100.
    pub intensity: f64,
    /// Mean size of a jump, as a log return.
    pub jump_mean: f64,
    /// Standard deviation of the size.
    pub jump_deviation: f64,
}

impl Default for Merton {
    /// Five jumps a year of 5 %, falls slightly more than rises: rarer and larger than a day's noise, as Merton's abnormal news.
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.017,
            intensity: 0.02,
            jump_mean: -0.005,
            jump_deviation: 0.05,
        }
    }
}

impl Merton {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let mut arrivals = Arrivals::new(self.intensity, random);
        // The jumps' own mean is taken out of the drift.
        let drift = self.drift - self.intensity * self.jump_mean;
        walk(closes, first, days, || {
            let diffusion = drift + self.volatility * random.normal();
            diffusion + arrivals.jumps(random, |random| self.jump_mean + self.jump_deviation * random.normal())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, squares};

    fn process() -> Merton {
        Merton {
            drift: 0.001,
            volatility: 0.01,
            intensity: 0.05,
            jump_mean: -0.02,
            jump_deviation: 0.03,
        }
    }

    fn sample(process: &Merton) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    /// The cumulants of a compound Poisson sum are λ E[Jⁿ]: here of J normal.
    fn variance(merton: &Merton) -> f64 {
        let (m, s) = (merton.jump_mean, merton.jump_deviation);
        merton.volatility.powi(2) + merton.intensity * (m * m + s * s)
    }

    fn skewness(merton: &Merton) -> f64 {
        let (m, s) = (merton.jump_mean, merton.jump_deviation);
        merton.intensity * (m.powi(3) + 3.0 * m * s * s) / variance(merton).powf(1.5)
    }

    fn kurtosis(merton: &Merton) -> f64 {
        let (m, s) = (merton.jump_mean, merton.jump_deviation);
        let fourth = m.powi(4) + 6.0 * m * m * s * s + 3.0 * s.powi(4);
        3.0 + merton.intensity * fourth / variance(merton).powi(2)
    }

    #[test]
    fn the_first_four_moments_are_those_of_a_compound_poisson_sum() {
        let process = process();
        let sample = sample(&process);
        // Without the compensation of the jumps' mean the drift would be 0.
        sample.of(|returns| moments(returns).mean).agrees(0.001, 0.0);
        let often = Merton {
            intensity: 0.065,
            ..self::process()
        };
        let large = Merton {
            jump_deviation: 0.036,
            ..self::process()
        };
        let upward = Merton {
            jump_mean: 0.02,
            ..self::process()
        };
        sample
            .of(|returns| moments(returns).deviation.powi(2))
            .agrees(variance(&process), variance(&often));
        sample
            .of(|returns| moments(returns).kurtosis)
            .agrees(kurtosis(&process), kurtosis(&large));
        sample
            .of(|returns| moments(returns).skewness)
            .agrees(skewness(&process), skewness(&upward));
    }

    #[test]
    fn jumps_come_independently_of_each_other() {
        let sample = sample(&process());
        for lag in [1, 5] {
            sample
                .of(|returns| autocorrelation(&squares(returns), lag))
                .agrees(0.0, 0.03);
        }
    }
}

//! Kou's jump diffusion (2002): geometric Brownian motion, and jumps at Poisson times whose size is exponential, with one mean
//! upward and another downward.

use super::arrivals::Arrivals;
use super::random::Random;
use super::walk::walk;

/// The parameters, a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Kou {
    /// Mean log return, jumps included.
    pub drift: f64,
    /// Standard deviation of a log return without jumps.
    pub volatility: f64,
    /// Expected number of jumps a day, 0 to 100.
    pub intensity: f64,
    /// Probability that a jump goes up.
    pub up_probability: f64,
    /// Mean size of an upward jump, as a log return; 1/η₁ in Kou's notation.
    pub up_mean: f64,
    /// Mean size of a downward jump, positive; 1/η₂.
    pub down_mean: f64,
}

impl Default for Kou {
    /// The jumps with which Kou (2002) illustrates the density of daily returns: ten a year, three in ten upward, means of 2 % and
    /// 4 %; at a stock's volatility.
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.017,
            intensity: 10.0 / 252.0,
            up_probability: 0.3,
            up_mean: 0.02,
            down_mean: 0.04,
        }
    }
}

impl Kou {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let mut arrivals = Arrivals::new(self.intensity, random);
        let jump_mean = self.up_probability * self.up_mean - (1.0 - self.up_probability) * self.down_mean;
        // The jumps' own mean is taken out of the drift.
        let drift = self.drift - self.intensity * jump_mean;
        walk(closes, first, days, || {
            let diffusion = drift + self.volatility * random.normal();
            diffusion + arrivals.jumps(random, |random| self.jump(random))
        });
    }

    fn jump(&self, random: &mut Random) -> f64 {
        if random.chance(self.up_probability) {
            self.up_mean * random.exponential()
        } else {
            -self.down_mean * random.exponential()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::moments;
    use crate::market::simulate::theory::Sample;

    fn process() -> Kou {
        Kou {
            drift: 0.001,
            volatility: 0.01,
            intensity: 0.06,
            up_probability: 0.3,
            up_mean: 0.01,
            down_mean: 0.02,
        }
    }

    /// λ E[Jⁿ], the nth cumulant of a day's jumps; E[Jⁿ] = n! (p uⁿ + (1 − p)(−d)ⁿ).
    fn cumulant(kou: &Kou, order: i32) -> f64 {
        let factorial: f64 = (1..=order).map(f64::from).product();
        let up = kou.up_probability * kou.up_mean.powi(order);
        let down = (1.0 - kou.up_probability) * (-kou.down_mean).powi(order);
        kou.intensity * factorial * (up + down)
    }

    fn variance(kou: &Kou) -> f64 {
        kou.volatility.powi(2) + cumulant(kou, 2)
    }

    fn skewness(kou: &Kou) -> f64 {
        cumulant(kou, 3) / variance(kou).powf(1.5)
    }

    fn kurtosis(kou: &Kou) -> f64 {
        3.0 + cumulant(kou, 4) / variance(kou).powi(2)
    }

    #[test]
    fn the_first_four_moments_are_those_of_double_exponential_jumps() {
        let process = process();
        let sample = Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes);
        });
        // Without the compensation of the jumps' mean the drift would be 0.001 − 0.06 · 0.011.
        sample.of(|returns| moments(returns).mean).agrees(0.001, 0.000_34);
        let often = Kou {
            intensity: 0.08,
            ..self::process()
        };
        let sides_swapped = Kou {
            up_mean: 0.02,
            down_mean: 0.01,
            ..self::process()
        };
        let larger = Kou {
            down_mean: 0.025,
            ..self::process()
        };
        sample
            .of(|returns| moments(returns).deviation.powi(2))
            .agrees(variance(&process), variance(&often));
        sample
            .of(|returns| moments(returns).skewness)
            .agrees(skewness(&process), skewness(&sides_swapped));
        sample
            .of(|returns| moments(returns).kurtosis)
            .agrees(kurtosis(&process), kurtosis(&larger));
    }
}

//! Geometric Brownian motion (Osborne, 1959; Samuelson, 1965): independent normal log returns of one volatility. The process
//! that none of the stylised facts hold for, and the null hypothesis of tests of a forecaster.

use super::random::Random;
use super::walk::walk;

/// The parameters of geometric Brownian motion, a day.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometricBrownian {
    /// Mean log return.
    pub drift: f64,
    /// Standard deviation of a log return.
    pub volatility: f64,
}

impl Default for GeometricBrownian {
    /// A growth of 8 % a year and a volatility of 32 % a year: an ordinary US stock.
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.02,
        }
    }
}

impl GeometricBrownian {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        walk(closes, first, days, || self.drift + self.volatility * random.normal());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, squares};

    fn sample(process: &GeometricBrownian) -> Sample {
        Sample::draw(16, 10_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    #[test]
    fn mean_volatility_and_kurtosis_are_those_of_the_normal_distribution() {
        let sample = sample(&GeometricBrownian {
            drift: 0.001,
            volatility: 0.1,
        });
        // The drift is that of the logarithm: less half the variance it would be 0.001 − 0.005.
        sample.of(|returns| moments(returns).mean).agrees(0.001, -0.004);
        sample.of(|returns| moments(returns).deviation).agrees(0.1, 0.102);
        sample.of(|returns| moments(returns).kurtosis).agrees(3.0, 3.2);
        sample.of(|returns| moments(returns).skewness).agrees(0.0, 0.1);
    }

    #[test]
    fn neither_returns_nor_their_squares_depend_on_earlier_ones() {
        let sample = sample(&GeometricBrownian::default());
        for lag in [1, 5] {
            sample.of(|returns| autocorrelation(returns, lag)).agrees(0.0, 0.03);
            sample
                .of(|returns| autocorrelation(&squares(returns), lag))
                .agrees(0.0, 0.03);
        }
    }
}

//! Heston's model (1993): the variance itself reverts to its mean and diffuses with its own square root. In steps of a day, by the
//! full truncation scheme of Lord, Koekkoek and van Dijk (2010): a variance below zero is carried on and used as zero.

use super::random::Random;
use super::student::Gamma;
use super::walk::walk;

/// The parameters: vₜ₊₁ = vₜ + κ (θ − v⁺ₜ) + ξ √v⁺ₜ wₜ and rₜ = drift + √v⁺ₜ zₜ, with θ the square of the volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct Heston {
    /// Mean log return.
    pub drift: f64,
    /// √θ: standard deviation of a log return over all days.
    pub volatility: f64,
    /// κ: the part of a deviation from the mean variance that is made good in a day; less than 1.
    pub reversion: f64,
    /// ξ/√θ: the daily standard deviation of the variance at its mean, relative to the mean.
    pub volatility_of_volatility: f64,
    /// Correlation of z and w: negative where falls raise the variance.
    pub correlation: f64,
}

impl Default for Heston {
    /// Of the size that Eraker, Johannes and Polson (2003) report for daily index returns (κ ≈ 0.02, ρ ≈ −0.4), at a stock's
    /// volatility.
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.02,
            reversion: 0.023,
            volatility_of_volatility: 0.15,
            correlation: -0.4,
        }
    }
}

impl Heston {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let theta = self.volatility * self.volatility;
        let (kappa, xi) = (self.reversion, self.volatility_of_volatility * self.volatility);
        let rho = self.correlation.clamp(-1.0, 1.0);
        let rest = (1.0 - rho * rho).sqrt();
        // The stationary distribution (Cox, Ingersoll and Ross, 1985): gamma with this shape and mean θ.
        let shape = 2.0 * kappa / (self.volatility_of_volatility * self.volatility_of_volatility);
        let mut v = if shape.is_finite() {
            theta * Gamma::new(shape).draw(random) / shape
        } else {
            theta
        };
        walk(closes, first, days, || {
            let variance = v.max(0.0);
            let deviation = variance.sqrt();
            let z = random.normal();
            let w = rho * z + rest * random.normal();
            v += kappa * (theta - variance) + xi * deviation * w;
            self.drift + deviation * z
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, leverage, moments};
    use crate::market::simulate::theory::{Sample, mean_of, squares};

    /// Feller's condition holds by far (2κ = 0.2 against 0.04), so that truncation is rare and the moments of the scheme without it
    /// apply.
    fn mild(correlation: f64) -> Heston {
        Heston {
            drift: 0.0,
            volatility: 0.02,
            reversion: 0.1,
            volatility_of_volatility: 0.2,
            correlation,
        }
    }

    fn sample(process: &Heston) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    /// Var v/θ² of the scheme in daily steps: η²/(2κ − κ²).
    fn spread(process: &Heston) -> f64 {
        let (kappa, eta) = (process.reversion, process.volatility_of_volatility);
        eta * eta / (2.0 * kappa - kappa * kappa)
    }

    #[test]
    fn the_mean_variance_is_theta_also_where_it_often_touches_zero() {
        let mean_square = |returns: &[f64]| mean_of(&squares(returns));
        sample(&mild(-0.5)).of(mean_square).agrees(4e-4, 4.2e-4);
        // With v used below zero as its mirror image, or set to zero, the mean would be larger than θ.
        let wild = Heston {
            reversion: 0.05,
            volatility_of_volatility: 0.5,
            ..mild(-0.5)
        };
        sample(&wild).of(mean_square).agrees(4e-4, 4.6e-4);
    }

    #[test]
    fn kurtosis_and_correlation_of_squares_are_those_of_theory() {
        let process = mild(0.0);
        let sample = sample(&process);
        let kurtosis = |process: &Heston| 3.0 * (1.0 + spread(process));
        let wrong = Heston {
            volatility_of_volatility: 0.3,
            ..mild(0.0)
        };
        let measured = sample.of(|returns| moments(returns).kurtosis);
        measured.agrees(kurtosis(&process), kurtosis(&wrong));
        // Cov(r²ₜ, r²ₜ₊ₖ) = Var v (1 − κ)ᵏ, and Var r² = 3 Var v + 2 θ².
        let theory = |process: &Heston, lag: i32| {
            spread(process) * (1.0 - process.reversion).powi(lag) / (3.0 * spread(process) + 2.0)
        };
        let faster = Heston {
            reversion: 0.2,
            ..mild(0.0)
        };
        for lag in [1, 5, 10] {
            let measured = sample.of(|returns| autocorrelation(&squares(returns), lag as usize));
            measured.agrees(theory(&process, lag), theory(&faster, lag));
        }
    }

    #[test]
    fn the_sign_of_the_correlation_is_that_of_the_leverage() {
        // corr(rₜ, r²ₜ₊₁) = ρ η/√(3 spread + 2), since Cov = ρ ξ E[v].
        let theory = |process: &Heston| {
            process.correlation * process.volatility_of_volatility / (3.0 * spread(process) + 2.0).sqrt()
        };
        let process = mild(-0.7);
        let measured = sample(&process).of(|returns| leverage(returns, 1));
        measured.agrees(theory(&process), theory(&mild(-0.3)));
        sample(&mild(0.0))
            .of(|returns| leverage(returns, 1))
            .agrees(0.0, theory(&mild(-0.3)));
    }
}

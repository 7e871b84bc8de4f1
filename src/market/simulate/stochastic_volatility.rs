//! Stochastic volatility (Taylor, 1982 and 1986): the logarithm of a day's variance is an autoregression of its own, not a
//! function of past returns. A return may be correlated with the next day's variance (Harvey and Shephard, 1996).

use super::random::Random;
use super::walk::walk;

/// The parameters: hₜ₊₁ = m + φ (hₜ − m) + s ηₜ and rₜ = drift + exp(hₜ/2) zₜ, with m set by the volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct StochasticVolatility {
    /// Mean log return.
    pub drift: f64,
    /// Standard deviation of a log return over all days.
    pub volatility: f64,
    /// φ, the autocorrelation of the logarithm of the variance; less than 1.
    pub persistence: f64,
    /// s, the standard deviation of its daily innovation.
    pub volatility_of_volatility: f64,
    /// Correlation of a day's return with that innovation: negative where falls raise the variance.
    pub correlation: f64,
}

impl Default for StochasticVolatility {
    /// φ and s are of the size that Jacquier, Polson and Rossi (1994) and Kim, Shephard and Chib (1998) report for daily returns;
    /// the correlation is that of a single stock, milder than an index's.
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.02,
            persistence: 0.97,
            volatility_of_volatility: 0.2,
            correlation: -0.3,
        }
    }
}

impl StochasticVolatility {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let spread = self.log_variance_spread();
        // E exp(h) = exp(m + spread/2) is the square of the volatility.
        let mean = 2.0 * libm::log(self.volatility) - 0.5 * spread;
        let mut h = mean + spread.sqrt() * random.normal();
        let (persistence, rho) = (self.persistence, self.correlation.clamp(-1.0, 1.0));
        let with_return = self.volatility_of_volatility * rho;
        let alone = self.volatility_of_volatility * (1.0 - rho * rho).sqrt();
        walk(closes, first, days, || {
            let z = random.normal();
            let log_return = self.drift + libm::exp(0.5 * h) * z;
            h = mean + persistence * (h - mean) + with_return * z + alone * random.normal();
            log_return
        });
    }

    /// The stationary variance of h, s²/(1 − φ²).
    fn log_variance_spread(&self) -> f64 {
        self.volatility_of_volatility * self.volatility_of_volatility / (1.0 - self.persistence * self.persistence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, mean_of, squares};

    fn mild(correlation: f64) -> StochasticVolatility {
        StochasticVolatility {
            drift: 0.0,
            volatility: 0.02,
            persistence: 0.9,
            volatility_of_volatility: 0.25,
            correlation,
        }
    }

    fn sample(process: &StochasticVolatility) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    #[test]
    fn returns_have_the_variance_and_the_kurtosis_of_theory() {
        let process = mild(0.0);
        let sample = sample(&process);
        sample.of(|returns| mean_of(&squares(returns))).agrees(4e-4, 4.2e-4);
        // Taylor (1986): the kurtosis is 3 exp(Var h), here 4.17.
        let theory = |process: &StochasticVolatility| 3.0 * process.log_variance_spread().exp();
        let wrong = StochasticVolatility {
            persistence: 0.93,
            ..mild(0.0)
        };
        let measured = sample.of(|returns| moments(returns).kurtosis);
        measured.agrees(theory(&process), theory(&wrong));
    }

    #[test]
    fn squared_returns_are_correlated_as_theory_says() {
        // Taylor (1986): ρₖ = (exp(φᵏ Var h) − 1)/(3 exp(Var h) − 1), without correlation of return and variance.
        let theory = |process: &StochasticVolatility, lag: i32| {
            let spread = process.log_variance_spread();
            ((spread * process.persistence.powi(lag)).exp() - 1.0) / (3.0 * spread.exp() - 1.0)
        };
        let process = mild(0.0);
        let sample = sample(&process);
        let spread_wrong = StochasticVolatility {
            volatility_of_volatility: 0.18,
            ..mild(0.0)
        };
        for lag in [1, 3, 8] {
            let measured = sample.of(|returns| autocorrelation(&squares(returns), lag as usize));
            measured.agrees(theory(&process, lag), theory(&spread_wrong, lag));
        }
        // At a lag of eight days another persistence with the same variance of h is told apart too.
        let faster = StochasticVolatility {
            persistence: 0.8,
            volatility_of_volatility: (process.log_variance_spread() * (1.0 - 0.64)).sqrt(),
            ..mild(0.0)
        };
        let measured = sample.of(|returns| autocorrelation(&squares(returns), 8));
        measured.agrees(theory(&process, 8), theory(&faster, 8));
        sample.of(|returns| autocorrelation(returns, 1)).agrees(0.0, 0.03);
    }

    #[test]
    fn a_negative_correlation_lets_variance_rise_after_falls() {
        // E[rₜ r²ₜ₊₁] = σ³ s ρ exp(s²/2 + ((φ + ½)²/2 − ¾) Var h), from the moments of the log-normal distribution.
        let theory = |process: &StochasticVolatility| {
            let (s, phi) = (process.volatility_of_volatility, process.persistence);
            let exponent = 0.5 * s * s + (0.5 * (phi + 0.5).powi(2) - 0.75) * process.log_variance_spread();
            process.volatility.powi(3) * s * process.correlation * exponent.exp()
        };
        let process = mild(-0.6);
        let measured = sample(&process).of(|returns| {
            let meeting: Vec<f64> = returns.windows(2).map(|pair| pair[0] * pair[1] * pair[1]).collect();
            mean_of(&meeting)
        });
        measured.agrees(theory(&process), theory(&mild(0.0)));
        measured.agrees(theory(&process), theory(&mild(-0.3)));
    }
}

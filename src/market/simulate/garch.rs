//! GARCH(1,1) (Bollerslev, 1986) and GJR-GARCH(1,1) (Glosten, Jagannathan and Runkle, 1993) with Student-t innovations
//! (Bollerslev, 1987): today's variance follows from yesterday's variance and squared return. In GJR's a fall raises it more than
//! a rise.

use super::random::Random;
use super::student::StudentT;
use super::walk::walk;

/// The largest relative variance of the first day's variance, for parameters under which its stationary value is infinite.
const LARGEST_SPREAD: f64 = 4.0;

/// The parameters of GARCH(1,1): σ²ₜ₊₁ = ω + α ε²ₜ + β σ²ₜ, with ω set by the volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct Garch {
    /// Mean log return.
    pub drift: f64,
    /// Standard deviation of a log return over all days: √(ω/(1 − α − β)).
    pub volatility: f64,
    /// Weight of the last squared return.
    pub alpha: f64,
    /// Weight of the last variance; α + β is less than 1.
    pub beta: f64,
    /// Degrees of freedom of the innovations, more than 2.
    pub degrees_of_freedom: f64,
}

impl Default for Garch {
    /// α + β = 0.98 and tails of six degrees of freedom, as fits of daily stock returns find (Bollerslev, 1987; Engle and Patton,
    /// 2001).
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.02,
            alpha: 0.06,
            beta: 0.92,
            degrees_of_freedom: 6.0,
        }
    }
}

impl Garch {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let symmetric = GjrGarch {
            drift: self.drift,
            volatility: self.volatility,
            alpha: self.alpha,
            leverage: 0.0,
            beta: self.beta,
            degrees_of_freedom: self.degrees_of_freedom,
        };
        symmetric.fill(first, days, random, closes);
    }
}

/// The parameters of GJR-GARCH(1,1): σ²ₜ₊₁ = ω + (α + γ 1[εₜ < 0]) ε²ₜ + β σ²ₜ, with ω set by the volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct GjrGarch {
    /// Mean log return.
    pub drift: f64,
    /// Standard deviation of a log return over all days: √(ω/(1 − α − γ/2 − β)).
    pub volatility: f64,
    /// Weight of the last squared return.
    pub alpha: f64,
    /// γ, the further weight of the last squared return where it was negative.
    pub leverage: f64,
    /// Weight of the last variance; α + γ/2 + β is less than 1.
    pub beta: f64,
    /// Degrees of freedom of the innovations, more than 2.
    pub degrees_of_freedom: f64,
}

impl Default for GjrGarch {
    /// As [`Garch::default`], with most of the weight of a squared return on the negative ones (Engle and Ng, 1993; Engle and
    /// Patton, 2001).
    fn default() -> Self {
        Self {
            drift: 0.0003,
            volatility: 0.02,
            alpha: 0.02,
            leverage: 0.08,
            beta: 0.92,
            degrees_of_freedom: 6.0,
        }
    }
}

impl GjrGarch {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let mut day = self.start(random);
        walk(closes, first, days, || day.next(random));
    }

    /// The process on its first day, with a variance drawn from a log-normal distribution that has the mean and the variance of
    /// the stationary one, so that second and fourth moments of returns are stationary from the start.
    pub(super) fn start(&self, random: &mut Random) -> GjrDay {
        let mean = self.volatility * self.volatility;
        let log_variance = libm::log(1.0 + self.spread());
        let variance = mean * libm::exp(log_variance.sqrt() * random.normal() - 0.5 * log_variance);
        GjrDay {
            drift: self.drift,
            omega: mean * (1.0 - self.persistence()),
            alpha: self.alpha,
            leverage: self.leverage,
            beta: self.beta,
            innovations: StudentT::new(self.degrees_of_freedom),
            variance,
        }
    }

    /// E[g] of the factor g = α z² + γ z² 1[z < 0] + β by which variance carries over.
    fn persistence(&self) -> f64 {
        self.alpha + 0.5 * self.leverage + self.beta
    }

    /// E[g²].
    fn second_moment(&self) -> f64 {
        let (alpha, gamma, beta) = (self.alpha, self.leverage, self.beta);
        StudentT::kurtosis(self.degrees_of_freedom) * (alpha * alpha + alpha * gamma + 0.5 * gamma * gamma)
            + 2.0 * beta * (alpha + 0.5 * gamma)
            + beta * beta
    }

    /// Var σ² / (E σ²)² = (E[g²] − E[g]²)/(1 − E[g²]) (He and Teräsvirta, 1999), up to a bound.
    fn spread(&self) -> f64 {
        let (first, second) = (self.persistence(), self.second_moment());
        if second < 1.0 {
            ((second - first * first) / (1.0 - second)).min(LARGEST_SPREAD)
        } else {
            LARGEST_SPREAD
        }
    }
}

/// GJR-GARCH on one day of its path.
#[derive(Debug)]
pub struct GjrDay {
    drift: f64,
    omega: f64,
    alpha: f64,
    leverage: f64,
    beta: f64,
    innovations: StudentT,
    variance: f64,
}

impl GjrDay {
    /// The log return of this day; then it is the next.
    #[inline]
    pub fn next(&mut self, random: &mut Random) -> f64 {
        let shock = self.variance.sqrt() * self.innovations.draw(random);
        let weight = if shock < 0.0 {
            self.alpha + self.leverage
        } else {
            self.alpha
        };
        self.variance = self.omega + weight * shock * shock + self.beta * self.variance;
        self.drift + shock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, mean_of, squares};

    /// Thin tails and little persistence, so that the sample moments converge quickly.
    fn mild() -> Garch {
        Garch {
            drift: 0.0,
            volatility: 0.02,
            alpha: 0.1,
            beta: 0.8,
            degrees_of_freedom: 12.0,
        }
    }

    fn asymmetric() -> GjrGarch {
        GjrGarch {
            drift: 0.0,
            volatility: 0.02,
            alpha: 0.03,
            leverage: 0.12,
            beta: 0.8,
            degrees_of_freedom: 12.0,
        }
    }

    fn of_garch(process: &Garch) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    fn of_gjr(process: &GjrGarch) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    /// Bollerslev (1986), for innovations of any kurtosis: κ (1 − p²)/(1 − p² − (κ − 1) α²), with p = α + β.
    fn kurtosis(garch: &Garch) -> f64 {
        let innovations = StudentT::kurtosis(garch.degrees_of_freedom);
        let p = garch.alpha + garch.beta;
        innovations * (1.0 - p * p) / (1.0 - p * p - (innovations - 1.0) * garch.alpha * garch.alpha)
    }

    /// Bollerslev (1988): squared returns are an ARMA(1,1), ρₖ = ρ₁ (α + β)ᵏ⁻¹.
    fn autocorrelation_of_squares(garch: &Garch, lag: i32) -> f64 {
        let (alpha, beta) = (garch.alpha, garch.beta);
        let first = alpha * (1.0 - alpha * beta - beta * beta) / (1.0 - 2.0 * alpha * beta - beta * beta);
        first * (alpha + beta).powi(lag - 1)
    }

    #[test]
    fn garch_returns_have_the_variance_and_the_kurtosis_of_theory() {
        let garch = mild();
        let sample = of_garch(&garch);
        sample.of(|returns| moments(returns).mean).agrees(0.0, 0.0003);
        sample.of(mean_square).agrees(4e-4, 4.2e-4);
        let alpha_wrong = Garch {
            alpha: 0.15,
            beta: 0.75,
            ..mild()
        };
        let tails_wrong = Garch {
            degrees_of_freedom: 7.0,
            ..mild()
        };
        let measured = sample.of(|returns| moments(returns).kurtosis);
        measured.agrees(kurtosis(&garch), kurtosis(&alpha_wrong));
        measured.agrees(kurtosis(&garch), kurtosis(&tails_wrong));
    }

    fn mean_square(returns: &[f64]) -> f64 {
        mean_of(&squares(returns))
    }

    #[test]
    fn squared_garch_returns_are_correlated_as_theory_says_and_returns_are_not() {
        let garch = mild();
        let sample = of_garch(&garch);
        let alpha_wrong = Garch {
            alpha: 0.07,
            beta: 0.83,
            ..mild()
        };
        let beta_wrong = Garch { beta: 0.7, ..mild() };
        for lag in [1, 2, 5, 10] {
            let measured = sample.of(|returns| autocorrelation(&squares(returns), lag as usize));
            let theory = autocorrelation_of_squares(&garch, lag);
            measured.agrees(theory, autocorrelation_of_squares(&alpha_wrong, lag));
            // At short lags another persistence is hard to tell.
            if lag >= 5 {
                measured.agrees(theory, autocorrelation_of_squares(&beta_wrong, lag));
            }
        }
        sample.of(|returns| autocorrelation(returns, 1)).agrees(0.0, 0.03);
    }

    /// E[rₜ r²ₜ₊₁]/E|rₜ|³, which is −γ/2 for symmetric innovations: only the negative half of r³ meets γ.
    fn leverage(returns: &[f64]) -> f64 {
        let meeting: f64 = returns.windows(2).map(|pair| pair[0] * pair[1] * pair[1]).sum();
        let cubes: f64 = returns.iter().map(|value| value.abs().powi(3)).sum();
        meeting / cubes
    }

    #[test]
    fn a_fall_raises_the_variance_of_gjr_by_gamma_and_of_garch_not_more_than_a_rise() {
        let sample = of_gjr(&asymmetric());
        // A leverage of the other sign would be at +0.06, none at 0.
        sample.of(leverage).agrees(-0.06, 0.0);
        sample.of(leverage).agrees(-0.06, -0.03);
        of_garch(&mild()).of(leverage).agrees(0.0, -0.03);
    }

    #[test]
    fn gjr_returns_have_the_variance_and_the_kurtosis_of_theory() {
        let gjr = asymmetric();
        let sample = of_gjr(&gjr);
        sample.of(mean_square).agrees(4e-4, 4.2e-4);
        // Without the γ/2 in the persistence, ω would be larger and the variance 0.17/0.11 of this.
        sample.of(mean_square).agrees(4e-4, 4e-4 * 0.17 / 0.11);
        let theory = |gjr: &GjrGarch| StudentT::kurtosis(gjr.degrees_of_freedom) * (1.0 + gjr.spread());
        let measured = sample.of(|returns| moments(returns).kurtosis);
        measured.agrees(
            theory(&gjr),
            theory(&GjrGarch {
                leverage: 0.24,
                beta: 0.74,
                ..asymmetric()
            }),
        );
    }

    #[test]
    fn the_first_day_is_as_volatile_as_the_later_ones() {
        let gjr = asymmetric();
        let mut random = Random::new(8);
        let variances: Vec<f64> = (0..40_000).map(|_| gjr.start(&mut random).variance).collect();
        let mean = mean_of(&variances);
        // The relative standard error of the mean is √(spread/40,000), below 0.003.
        assert!((mean / 4e-4 - 1.0).abs() < 0.012, "{mean}");
    }
}

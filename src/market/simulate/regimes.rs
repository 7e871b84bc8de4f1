//! Markov regimes (Hamilton, 1989): a hidden chain switches between states of different drift and volatility. Rydén, Teräsvirta
//! and Åsbrink (1998) show that two or three such states reproduce most stylised facts of daily returns.

use super::random::Random;
use super::walk::walk;

/// One state of the market.
#[derive(Debug, Clone, PartialEq)]
pub struct Regime {
    /// Mean log return.
    pub drift: f64,
    /// Standard deviation of a log return.
    pub volatility: f64,
    /// Mean number of days before it is left, at least 1; the number is geometric.
    pub mean_days: f64,
}

/// The parameters: three states. A state that is left is followed by one of the other two with equal probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Regimes {
    /// The states.
    pub states: [Regime; 3],
}

impl Default for Regimes {
    /// A long calm state with a positive drift, an ordinary one, and a short one of crisis; volatilities of a stock.
    fn default() -> Self {
        Self {
            states: [(0.0008, 0.012, 120.0), (0.0002, 0.02, 60.0), (-0.003, 0.045, 15.0)].map(
                |(drift, volatility, mean_days)| Regime {
                    drift,
                    volatility,
                    mean_days,
                },
            ),
        }
    }
}

impl Regimes {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let mut state = self.first_state(random);
        walk(closes, first, days, || {
            let regime = &self.states[state];
            let log_return = regime.drift + regime.volatility * random.normal();
            if random.chance(1.0 / regime.mean_days) {
                state = (state + 1 + random.below(2)) % 3;
            }
            log_return
        });
    }

    /// Drawn from the stationary distribution. Each state is entered equally often, so that its share is proportional to the days
    /// it lasts.
    fn first_state(&self, random: &mut Random) -> usize {
        let total: f64 = self.states.iter().map(|state| state.mean_days).sum();
        let mut left = total * random.uniform();
        for (at, state) in self.states.iter().enumerate() {
            left -= state.mean_days;
            if left < 0.0 {
                return at;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, squares};

    fn process() -> Regimes {
        Regimes {
            states: [(0.0, 0.01, 40.0), (0.0, 0.02, 20.0), (0.0, 0.04, 10.0)].map(|(drift, volatility, mean_days)| {
                Regime {
                    drift,
                    volatility,
                    mean_days,
                }
            }),
        }
    }

    fn sample(process: &Regimes) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    /// The expectation of a function of the state over the stationary distribution.
    fn stationary(process: &Regimes, of: impl Fn(&Regime) -> f64) -> f64 {
        let total: f64 = process.states.iter().map(|state| state.mean_days).sum();
        process
            .states
            .iter()
            .map(|state| state.mean_days / total * of(state))
            .sum()
    }

    #[test]
    fn variance_and_kurtosis_are_those_of_the_mixture_of_states() {
        let process = process();
        let sample = sample(&process);
        let variance = |process: &Regimes| stationary(process, |state| state.volatility.powi(2));
        let kurtosis =
            |process: &Regimes| 3.0 * stationary(process, |state| state.volatility.powi(4)) / variance(process).powi(2);
        // A crisis that lasts half as long again.
        let mut wrong = process.clone();
        wrong.states[2].mean_days = 15.0;
        let measured = sample.of(|returns| moments(returns).deviation.powi(2));
        measured.agrees(variance(&process), variance(&wrong));
        let mut wrong = process.clone();
        wrong.states[2].volatility = 0.05;
        sample
            .of(|returns| moments(returns).kurtosis)
            .agrees(kurtosis(&process), kurtosis(&wrong));
    }

    #[test]
    fn drifts_of_the_states_move_the_mean() {
        let mut drifting = process();
        drifting.states[0].drift = 0.004;
        drifting.states[2].drift = -0.008;
        let mean = |process: &Regimes| stationary(process, |state| state.drift);
        let mut wrong = drifting.clone();
        wrong.states[2].drift = 0.0;
        sample(&drifting)
            .of(|returns| moments(returns).mean)
            .agrees(mean(&drifting), mean(&wrong));
    }

    #[test]
    fn squared_returns_are_correlated_as_the_chain_forgets_its_state() {
        // Cov(r²ₜ, r²ₜ₊ₖ) = Σ πᵢ σᵢ² (Pᵏ σ²)ᵢ − (Σ πᵢ σᵢ²)² and Var r² = 3 Σ πᵢ σᵢ⁴ − (Σ πᵢ σᵢ²)².
        let theory = |process: &Regimes, lag: usize| {
            let variances = || process.states.iter().map(|state| state.volatility.powi(2));
            let mut later: Vec<f64> = variances().collect();
            for _ in 0..lag {
                let total: f64 = later.iter().sum();
                later = later
                    .iter()
                    .zip(&process.states)
                    .map(|(own, state)| own + ((total - own) / 2.0 - own) / state.mean_days)
                    .collect();
            }
            let days: f64 = process.states.iter().map(|state| state.mean_days).sum();
            let product: f64 = variances()
                .zip(&later)
                .zip(&process.states)
                .map(|((now, later), state)| state.mean_days / days * now * later)
                .sum();
            let mean = stationary(process, |state| state.volatility.powi(2));
            let fourth = stationary(process, |state| state.volatility.powi(4));
            (product - mean * mean) / (3.0 * fourth - mean * mean)
        };
        let process = process();
        let sample = sample(&process);
        // States that last half as long in the same proportions.
        let mut faster = process.clone();
        for state in &mut faster.states {
            state.mean_days /= 2.0;
        }
        for lag in [3, 10] {
            let measured = sample.of(|returns| autocorrelation(&squares(returns), lag));
            measured.agrees(theory(&process, lag), theory(&faster, lag));
        }
    }
}

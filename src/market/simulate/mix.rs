//! The mix: for every series a process, its parameters and a first close, all drawn from the seed. This is what the data factory
//! calls, millions of times. Keeps nothing between two series.

use super::parameters::{first_close, randomised};
use super::process::ProcessName;
use super::random::Random;

/// No close of [`draw`] is lower, so that prompts with two decimals show prices and not rows of 0.00.
pub const LOWEST_CLOSE: f64 = 0.1;

/// How often each process is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Each process with the sum of its weight and those before it.
    cumulative: Vec<(ProcessName, f64)>,
}

/// Why weights make no mix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MixError {
    /// A weight is negative or no number.
    #[error("the weight of {name} is {weight}; give a number that is not negative")]
    Weight {
        /// The process.
        name: ProcessName,
        /// The weight.
        weight: f64,
    },
    /// No process has a weight.
    #[error("no process of the mix has a weight above zero; name at least one")]
    Empty,
}

impl Default for Mix {
    /// Mostly processes with clusters of volatility, fat tails and leverage, as stocks have them; about one series in eight has
    /// no clusters.
    fn default() -> Self {
        Self::cumulate([
            (ProcessName::GeometricBrownian, 0.03),
            (ProcessName::Garch, 0.09),
            (ProcessName::GjrGarch, 0.30),
            (ProcessName::StochasticVolatility, 0.15),
            (ProcessName::Heston, 0.08),
            (ProcessName::Regimes, 0.10),
            (ProcessName::Merton, 0.04),
            (ProcessName::Kou, 0.04),
            (ProcessName::Earnings, 0.11),
            (ProcessName::MeanReversion, 0.02),
            (ProcessName::Stale, 0.02),
            (ProcessName::Gapped, 0.02),
        ])
    }
}

impl Mix {
    /// A mix with these weights, which need not sum to one.
    ///
    /// # Errors
    /// [`MixError`] for a weight that is negative or no number, or where none is above zero.
    pub fn weighted(weights: &[(ProcessName, f64)]) -> Result<Self, MixError> {
        if let Some(&(name, weight)) = weights
            .iter()
            .find(|(_, weight)| !(weight.is_finite() && *weight >= 0.0))
        {
            return Err(MixError::Weight { name, weight });
        }
        let mix = Self::cumulate(weights.iter().copied().filter(|(_, weight)| *weight > 0.0));
        if mix.cumulative.is_empty() {
            return Err(MixError::Empty);
        }
        Ok(mix)
    }

    /// Only this process, with parameters of its own for every series.
    pub fn only(name: ProcessName) -> Self {
        Self::cumulate([(name, 1.0)])
    }

    /// Each process with its share of the series.
    pub fn shares(&self) -> impl Iterator<Item = (ProcessName, f64)> {
        let total = self.total();
        self.cumulative.iter().scan(0.0, move |before, &(name, sum)| {
            let share = (sum - *before) / total;
            *before = sum;
            Some((name, share))
        })
    }

    fn cumulate(weights: impl IntoIterator<Item = (ProcessName, f64)>) -> Self {
        let mut sum = 0.0;
        let add = |(name, weight)| {
            sum += weight;
            (name, sum)
        };
        Self {
            cumulative: weights.into_iter().map(add).collect(),
        }
    }

    fn total(&self) -> f64 {
        self.cumulative.last().map_or(0.0, |(_, sum)| *sum)
    }

    fn pick(&self, random: &mut Random) -> ProcessName {
        let at = self.total() * random.uniform();
        self.cumulative
            .iter()
            .find(|(_, sum)| at < *sum)
            .map_or(ProcessName::GeometricBrownian, |(name, _)| *name)
    }
}

/// Replaces `closes` by `days` of a series of the mix: its process, parameters and first close are drawn from the seed. Finite, at
/// least [`LOWEST_CLOSE`], and the same for the same arguments, to the last bit, on every machine and in every thread.
///
/// The first close is log-normal within 1 to 1,000. A series that falls below [`LOWEST_CLOSE`] is multiplied by one factor, as by
/// a reverse split, so that its lowest close is that; its returns stay as they were drawn.
pub fn draw(mix: &Mix, seed: u64, days: usize, closes: &mut Vec<f64>) -> ProcessName {
    let mut random = Random::new(seed);
    let name = mix.pick(&mut random);
    let process = randomised(name, &mut random);
    let first = first_close(&mut random);
    process.fill(first, days, &mut random, closes);
    lift(closes);
    name
}

fn lift(closes: &mut [f64]) {
    let lowest = closes.iter().copied().fold(f64::INFINITY, f64::min);
    if lowest < LOWEST_CLOSE {
        let factor = LOWEST_CLOSE / lowest;
        for close in closes {
            // Rounding must not leave the lowest a bit below.
            *close = (*close * factor).max(LOWEST_CLOSE);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::market::simulate::facts::{log_returns, moments};

    #[test]
    fn processes_are_drawn_as_often_as_their_weights_say() {
        let mix = Mix::default();
        let series = 20_000;
        let mut counts = BTreeMap::new();
        let mut closes = Vec::new();
        for seed in 0..series {
            *counts.entry(draw(&mix, seed, 1, &mut closes)).or_insert(0_u32) += 1;
        }
        let shares: Vec<(ProcessName, f64)> = mix.shares().collect();
        assert_eq!(shares.len(), ProcessName::ALL.len());
        assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
        for (name, share) in shares {
            let expected = share * series as f64;
            // Four standard errors of a count.
            let tolerance = 4.0 * (expected * (1.0 - share)).sqrt();
            assert!(
                (f64::from(counts[&name]) - expected).abs() < tolerance,
                "{name}: {}",
                counts[&name]
            );
        }
    }

    #[test]
    fn series_of_every_process_are_prices_with_a_stock_s_volatility() {
        let mut closes = Vec::new();
        for name in ProcessName::ALL {
            let mix = Mix::only(name);
            let mut deviations: Vec<f64> = (0..100)
                .map(|seed| {
                    assert_eq!(draw(&mix, seed, 500, &mut closes), name);
                    assert_eq!(closes.len(), 500);
                    assert!(
                        closes.iter().all(|close| close.is_finite() && *close >= LOWEST_CLOSE),
                        "{name}"
                    );
                    moments(&log_returns(&closes)).deviation
                })
                .collect();
            deviations.sort_by(f64::total_cmp);
            assert!((0.013..0.028).contains(&deviations[50]), "{name}: {}", deviations[50]);
        }
    }

    #[test]
    fn first_closes_are_log_normal_within_their_bounds() {
        let mut closes = Vec::new();
        let mut firsts: Vec<f64> = (0..10_000)
            .map(|seed| {
                draw(&Mix::default(), seed, 1, &mut closes);
                closes[0]
            })
            .collect();
        firsts.sort_by(f64::total_cmp);
        assert!(firsts[0] >= 1.0 && firsts[9_999] <= 1_000.0);
        // The median's standard error is 1.25 · 1.1/√10,000 = 1.4 %, that of the upper quintile, 40 exp(1.1 · 0.8416) = 101, 1.6 %.
        assert!((firsts[5_000] / 40.0 - 1.0).abs() < 0.056, "{}", firsts[5_000]);
        assert!((firsts[8_000] / 101.0 - 1.0).abs() < 0.064, "{}", firsts[8_000]);
    }

    #[test]
    fn a_series_that_falls_too_low_is_lifted_with_its_returns_as_they_were() {
        let mut closes = vec![2.0, 0.02, 0.04];
        lift(&mut closes);
        assert_eq!(closes[1], LOWEST_CLOSE);
        assert!(
            (closes[0] - 10.0).abs() < 1e-12 && (closes[2] - 0.2).abs() < 1e-12,
            "{closes:?}"
        );
        let mut high = vec![0.1, 5.0];
        lift(&mut high);
        assert_eq!(high, [0.1, 5.0]);
        lift(&mut []);
    }

    #[test]
    fn a_draw_depends_on_its_seed_alone() {
        let (mut one, mut other) = (Vec::new(), vec![1.0; 9_000]);
        let mix = Mix::default();
        let name = draw(&mix, 5, 400, &mut one);
        draw(&mix, 6, 100, &mut other);
        assert_eq!(draw(&mix, 5, 400, &mut other), name);
        assert_eq!(one, other);
    }

    #[test]
    fn weights_that_make_no_mix_are_refused_by_name() {
        let weight = |value| Mix::weighted(&[(ProcessName::Kou, value), (ProcessName::Garch, 3.0)]);
        assert_eq!(
            weight(-1.0).unwrap_err().to_string(),
            "the weight of kou is -1; give a number that is not negative"
        );
        assert!(weight(f64::NAN).is_err() && weight(f64::INFINITY).is_err());
        assert_eq!(Mix::weighted(&[(ProcessName::Kou, 0.0)]), Err(MixError::Empty));
        let shares: Vec<_> = weight(1.0).unwrap().shares().collect();
        assert_eq!(shares, [(ProcessName::Kou, 0.25), (ProcessName::Garch, 0.75)]);
    }
}

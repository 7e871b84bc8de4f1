//! Scores of a distribution, given as quantiles or sample paths: pinball loss, continuous ranked probability score, coverage and
//! width. The lists must have been checked: one finite price for each step.

use std::collections::BTreeMap;

use super::check::steps;
use super::error::{MetricsError, Part};

/// The central intervals that are reported: name, lower level, upper level.
const INTERVALS: [(&str, f64, f64); 3] = [("0.5", 0.25, 0.75), ("0.8", 0.1, 0.9), ("0.9", 0.05, 0.95)];
/// Levels nearer than this are the same: `"0.9"` and `"0.90"` are one, as is 1 − 0.1.
const SAME_LEVEL: f64 = 1e-9;

/// Quantiles under their levels, one finite price a step.
pub(super) struct Levels<'a>(Vec<(f64, &'a [f64])>);

impl<'a> Levels<'a> {
    /// Reads the levels and checks the prices.
    pub(super) fn parse(quantiles: &'a BTreeMap<String, Vec<f64>>, needed: usize) -> Result<Self, MetricsError> {
        let mut levels = Vec::with_capacity(quantiles.len());
        for (name, prices) in quantiles {
            let level = name.parse::<f64>().ok().filter(|level| *level > 0.0 && *level < 1.0);
            let level = level.ok_or_else(|| MetricsError::Level { level: name.clone() })?;
            steps(Part::Quantile, prices, needed)?;
            levels.push((level, prices.as_slice()));
        }
        Ok(Self(levels))
    }

    /// Mean pinball loss over levels and steps (Koenker & Bassett 1978); none without a level.
    pub(super) fn pinball(&self, actual: &[f64]) -> Option<f64> {
        let losses = self.0.iter().flat_map(|&(level, prices)| {
            let at = move |(&price, &truth): (&f64, &f64)| pinball(level, price, truth);
            prices.iter().zip(actual).map(at)
        });
        let count = self.0.len() * actual.len();
        (count > 0).then(|| losses.sum::<f64>() / count as f64)
    }

    /// Share of the steps whose truth lay within each interval, bounds included.
    pub(super) fn coverage(&self, actual: &[f64]) -> BTreeMap<String, f64> {
        self.intervals(|low, high| {
            let within = low
                .iter()
                .zip(high)
                .zip(actual)
                .filter(|((low, high), truth)| *low <= *truth && *truth <= *high);
            within.count() as f64 / actual.len() as f64
        })
    }

    /// Mean width of each interval; crossed bounds count as width 0.
    pub(super) fn width(&self) -> BTreeMap<String, f64> {
        self.intervals(|low, high| {
            let widths: f64 = low.iter().zip(high).map(|(low, high)| (high - low).max(0.0)).sum();
            widths / low.len() as f64
        })
    }

    fn intervals(&self, figure: impl Fn(&[f64], &[f64]) -> f64) -> BTreeMap<String, f64> {
        let found = INTERVALS.iter().filter_map(|&(name, low, high)| {
            let figure = figure(self.at(low)?, self.at(high)?);
            Some((name.to_owned(), figure))
        });
        found.collect()
    }

    fn at(&self, wanted: f64) -> Option<&'a [f64]> {
        self.0
            .iter()
            .find(|(level, _)| (level - wanted).abs() < SAME_LEVEL)
            .map(|&(_, prices)| prices)
    }
}

fn pinball(level: f64, price: f64, truth: f64) -> f64 {
    if truth >= price {
        level * (truth - price)
    } else {
        (1.0 - level) * (price - truth)
    }
}

/// Ranked probability score, the mean over the steps; `paths` is not empty. `fair` leaves out the pairs of a path with itself, but
/// for one path alone, whose score is its absolute error.
pub(super) fn crps(paths: &[Vec<f64>], actual: &[f64], fair: bool) -> f64 {
    each_step(paths, actual, fair).sum::<f64>() / actual.len() as f64
}

/// Ranked probability score of each step of equally likely prices that stand for the whole distribution; empty without any.
pub fn crps_of_steps(members: &[Vec<f64>], actual: &[f64]) -> Vec<f64> {
    if members.is_empty() {
        return Vec::new();
    }
    each_step(members, actual, false).collect()
}

fn each_step(paths: &[Vec<f64>], actual: &[f64], fair: bool) -> impl Iterator<Item = f64> {
    let mut errors = Vec::with_capacity(paths.len());
    actual.iter().enumerate().map(move |(step, truth)| {
        errors.clear();
        errors.extend(
            paths
                .iter()
                .filter_map(|path| path.get(step))
                .map(|price| price - truth),
        );
        of_errors(&mut errors, fair)
    })
}

/// E|X−y| − ½E|X−X′| of the errors X−y, in O(n log n): of the sorted errors e₁ ≤ … ≤ eₙ, ½E|X−X′| is
/// Σ (2i−n−1)·eᵢ / n², or / n(n−1) where `fair`. Errors instead of prices keep the digits that two large sums would lose.
fn of_errors(errors: &mut [f64], fair: bool) -> f64 {
    errors.sort_by(f64::total_cmp);
    let count = errors.len() as f64;
    let distance: f64 = errors.iter().map(|error| error.abs()).sum();
    let spread: f64 = errors
        .iter()
        .zip(1..)
        .map(|(error, rank)| (2.0 * f64::from(rank) - count - 1.0) * error)
        .sum();
    let pairs = count * if fair { (count - 1.0).max(1.0) } else { count };
    distance / count - spread / pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, in O(n²).
    fn by_definition(paths: &[f64], truth: f64) -> f64 {
        let count = paths.len() as f64;
        let distance: f64 = paths.iter().map(|price| (price - truth).abs()).sum();
        let pairs: f64 = paths
            .iter()
            .flat_map(|left| paths.iter().map(move |right| (left - right).abs()))
            .sum();
        distance / count - pairs / (2.0 * count * count)
    }

    #[test]
    fn one_path_scores_its_absolute_error() {
        assert_eq!(crps(&[vec![3.0, 5.0]], &[1.0, 9.0], true), 3.0);
    }

    #[test]
    fn two_paths_around_the_truth_score_half_their_distance_from_it() {
        // Errors −1 and 1: E|X−y| = 1, E|X−X′| = 1, so 1 − ½.
        let paths = [vec![9.0], vec![11.0]];
        assert_eq!(crps(&paths, &[10.0], false), 0.5);
        assert_eq!(
            crps(&paths, &[10.0], true),
            0.0,
            "the fair score leaves out each path against itself"
        );
    }

    #[test]
    fn the_median_costs_half_the_absolute_error() {
        assert_eq!(pinball(0.5, 10.0, 12.0), 1.0);
        assert!((pinball(0.9, 10.0, 12.0) - 1.8).abs() < 1e-12);
        assert!((pinball(0.9, 12.0, 10.0) - 0.2).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn sorting_scores_as_the_definition_does(
            prices in proptest::collection::vec(-1_000.0..1_000.0_f64, 1..40),
            truth in -1_000.0..1_000.0_f64,
        ) {
            let paths: Vec<Vec<f64>> = prices.iter().map(|&price| vec![price]).collect();
            let (sorted, defined) = (crps(&paths, &[truth], false), by_definition(&prices, truth));
            prop_assert!((sorted - defined).abs() < 1e-9, "{sorted} is not {defined}");
            prop_assert!(sorted >= -1e-9);
        }

        #[test]
        fn no_price_costs_less_than_the_quantile_of_a_sample(
            mut sample in proptest::collection::vec(0.0..100.0_f64, 1..30),
            other in 0.0..100.0_f64,
            level in 0.01..0.99_f64,
        ) {
            let cost = |price: f64| sample.iter().map(|&truth| pinball(level, price, truth)).sum::<f64>();
            let at_other = cost(other);
            let at_best = sample.iter().map(|&price| cost(price)).fold(f64::INFINITY, f64::min);
            prop_assert!(at_best <= at_other + 1e-9);
            sample.sort_by(f64::total_cmp);
            let rank = (level * sample.len() as f64).ceil() as usize;
            let quantile = sample.get(rank.saturating_sub(1)).copied().unwrap_or_default();
            let at_quantile = sample.iter().map(|&truth| pinball(level, quantile, truth)).sum::<f64>();
            prop_assert!(at_quantile <= at_best + 1e-9, "{at_quantile} at the quantile, {at_best} at best");
        }
    }
}

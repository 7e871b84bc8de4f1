//! From sample paths to a forecast: rejects and counts impossible paths and summarises the others by quantiles.

use std::collections::BTreeMap;

use crate::analysis::{Direction, QUANTILE_LEVELS};
use crate::grounding::bounded;
use crate::indicators::quantile;
use crate::market::simulate::facts::log_returns;
use crate::models::Calibration;

/// A daily move beyond this many standard deviations of the series' own daily log returns is impossible.
const IMPOSSIBLE_DEVIATIONS: f64 = 6.0;

/// Moves up to this log return are always possible, because a series that hardly moved says little about what is possible.
const ALWAYS_POSSIBLE: f64 = 0.02;

/// A median that moves by less than this fraction is neutral.
const NEUTRAL: f64 = 0.01;

/// The largest absolute daily log return that a path may have after these closes.
pub(super) fn largest_step(closes: &[f64]) -> f64 {
    let returns = log_returns(closes);
    if returns.len() < 2 {
        return f64::INFINITY;
    }
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (IMPOSSIBLE_DEVIATIONS * variance.sqrt()).max(ALWAYS_POSSIBLE)
}

/// Whether every daily move of a path, including the first from the last close, is at most `largest`.
pub(super) fn is_possible(path: &[f64], last_close: f64, largest: f64) -> bool {
    let mut previous = last_close;
    path.iter().all(|&price| {
        let step = (price / previous).ln().abs();
        previous = price;
        step <= largest
    })
}

/// For each quantile level, one price a day over all paths, rounded to ten significant digits. `paths` must not be empty and
/// have equal lengths.
pub(super) fn quantiles(paths: &[Vec<f64>]) -> BTreeMap<String, Vec<f64>> {
    let horizon = paths.first().map_or(0, Vec::len);
    let mut by_level: BTreeMap<String, Vec<f64>> = QUANTILE_LEVELS
        .iter()
        .map(|(name, _)| ((*name).to_owned(), Vec::new()))
        .collect();
    for day in 0..horizon {
        let mut prices: Vec<f64> = paths.iter().map(|path| path[day]).collect();
        prices.sort_by(f64::total_cmp);
        for (name, level) in QUANTILE_LEVELS {
            if let Some(series) = by_level.get_mut(name) {
                series.push(bounded(quantile(&prices, level)));
            }
        }
    }
    by_level
}

/// Calibrates the paths of a forecast, prices after `last_close`: on each day, the deviations of the log prices from their median
/// are multiplied by the day's factor, and the calibration's share of the median's move is kept.
pub(super) fn calibrate(paths: &mut [Option<Vec<f64>>], last_close: f64, calibration: &Calibration) {
    let horizon = paths.iter().flatten().map(Vec::len).min().unwrap_or(0);
    for day in 0..horizon {
        let mut moves: Vec<f64> = paths
            .iter()
            .flatten()
            .map(|path| (path[day] / last_close).ln())
            .collect();
        moves.sort_by(f64::total_cmp);
        let (median, width) = (quantile(&moves, 0.5), calibration.width(day + 1));
        for path in paths.iter_mut().flatten() {
            let deviation = (path[day] / last_close).ln() - median;
            path[day] = bounded(last_close * (calibration.drift * median + width * deviation).exp());
        }
    }
}

/// The direction of an expected return.
pub(super) fn direction(expected_return: f64) -> Direction {
    if expected_return > NEUTRAL {
        Direction::Bullish
    } else if expected_return < -NEUTRAL {
        Direction::Bearish
    } else {
        Direction::Neutral
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        // numpy.quantile([10, 20, 30, 40], [0.05, 0.25, 0.5, 0.9]) = 11.5, 17.5, 25, 37
        let sorted = [10.0, 20.0, 30.0, 40.0];
        for (level, expected) in [(0.05, 11.5), (0.25, 17.5), (0.5, 25.0), (0.9, 37.0)] {
            assert!((quantile(&sorted, level) - expected).abs() < 1e-12);
        }
        assert!((quantile(&[7.0], 0.9) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_keep_the_precision_of_the_prices_whatever_their_level() {
        for scale in [0.000_012_34, 1.0, 673_054.56] {
            let paths: Vec<Vec<f64>> = (0..4)
                .map(|path| vec![scale * (1.0 + f64::from(path) / 100.0)])
                .collect();
            let found = quantiles(&paths);
            for (level, factor) in [("0.05", 1.0015), ("0.5", 1.015), ("0.9", 1.027)] {
                let (quantile, expected) = (found[level][0], scale * factor);
                assert!(
                    (quantile / expected - 1.0).abs() < 1e-9,
                    "{level}: {quantile} is not {expected}"
                );
            }
        }
    }

    #[test]
    fn quantiles_never_cross() {
        let paths: Vec<Vec<f64>> = (0..7)
            .map(|n| (0..5).map(|day| 100.0 + f64::from((n * 37 + day * 11) % 23)).collect())
            .collect();
        let by_level = quantiles(&paths);
        for pair in QUANTILE_LEVELS.windows(2) {
            let (lower, upper) = (&by_level[pair[0].0], &by_level[pair[1].0]);
            assert_eq!((lower.len(), upper.len()), (5, 5));
            assert!(
                lower.iter().zip(upper).all(|(low, high)| low <= high),
                "{pair:?}: {lower:?} {upper:?}"
            );
        }
    }

    #[test]
    fn a_path_with_an_impossible_step_is_rejected_also_when_it_is_the_first() {
        let closes: Vec<f64> = (0..60).map(|day| 100.0 * (1.0 + 0.01 * f64::from(day % 3))).collect();
        let largest = largest_step(&closes);
        assert!(is_possible(&[101.0, 102.0, 100.5], 100.0, largest));
        assert!(!is_possible(&[150.0, 151.0], 100.0, largest));
        assert!(!is_possible(&[101.0, 10.1], 100.0, largest));
    }

    #[test]
    fn a_series_that_never_moved_still_admits_a_small_step() {
        assert!((largest_step(&[50.0; 40]) - ALWAYS_POSSIBLE).abs() < 1e-12);
    }

    #[test]
    fn calibration_widens_around_the_median_and_keeps_a_share_of_its_move() {
        let last = 100.0_f64;
        let moves = [-0.02, 0.01, 0.03];
        let mut paths: Vec<Option<Vec<f64>>> = moves.iter().map(|value: &f64| Some(vec![last * value.exp()])).collect();
        paths.push(None);
        let calibration = Calibration {
            widths: vec![(1, 1.5)],
            drift: 0.5,
        };
        calibrate(&mut paths, last, &calibration);
        let found: Vec<f64> = paths.iter().flatten().map(|path| (path[0] / last).ln()).collect();
        for (found, expected) in found.iter().zip([-0.04, 0.005, 0.035]) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert!(paths[3].is_none());
    }

    #[test]
    fn direction_has_a_neutral_band() {
        assert_eq!(direction(0.02), Direction::Bullish);
        assert_eq!(direction(-0.005), Direction::Neutral);
        assert_eq!(direction(-0.02), Direction::Bearish);
    }
}

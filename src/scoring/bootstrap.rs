//! Bootstrap confidence intervals of figures over windows. Windows that share days are drawn in blocks; the same seed always
//! gives the same interval.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::random::SplitMix64;
use crate::indicators::quantile;

/// A confidence interval, in the unit of its figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// Windows in a block: at least as many as share days.
    pub block: usize,
    /// Resamples to draw.
    pub resamples: usize,
    /// Confidence, a fraction.
    pub level: f64,
    /// Where the draws start.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            block: 1,
            resamples: 2_000,
            level: 0.95,
            seed: 0,
        }
    }
}

/// Confidence interval of the mean of one figure a window; `None` as [`interval`].
pub fn mean_interval(figures: &[f64], resampling: Resampling) -> Option<Interval> {
    let count = figures.len() as f64;
    interval(figures.len(), resampling, |windows| {
        windows.iter().filter_map(|&window| figures.get(window)).sum::<f64>() / count
    })
}

/// Percentile interval (Efron & Tibshirani 1993) of any statistic over `windows` windows by the circular block
/// bootstrap (Politis & Romano 1992): each resample is made of blocks of neighbouring windows, which run on from the
/// last window to the first, and cut to `windows` of them. The statistic is given their indices. The bounds are
/// interpolated between order statistics (Hyndman & Fan 1996, type 7).
///
/// `None` where fewer than two blocks fit, for one block alone is always the same sample; without a resample or a level
/// between 0 and 1; and where the statistic is not finite.
pub fn interval(
    windows: usize,
    resampling: Resampling,
    mut statistic: impl FnMut(&[usize]) -> f64,
) -> Option<Interval> {
    let Resampling {
        block,
        resamples,
        level,
        seed,
    } = resampling;
    let fits = block > 0 && windows / block >= 2;
    if !fits || resamples == 0 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let mut draws = SplitMix64(seed);
    let mut drawn = Vec::with_capacity(windows + block);
    let mut figures = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        drawn.clear();
        while drawn.len() < windows {
            let start = draws.below(windows);
            drawn.extend((start..start + block).map(|window| window % windows));
        }
        drawn.truncate(windows);
        figures.push(statistic(&drawn));
    }
    if figures.iter().any(|figure| !figure.is_finite()) {
        return None;
    }
    figures.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Some(Interval {
        low: quantile(&figures, tail),
        high: quantile(&figures, 1.0 - tail),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn seeded(block: usize, seed: u64) -> Resampling {
        Resampling {
            block,
            seed,
            ..Resampling::default()
        }
    }

    #[test]
    fn one_seed_has_one_interval() {
        let figures: Vec<f64> = (0..50).map(|window| f64::from(window * window % 17)).collect();
        assert_eq!(
            mean_interval(&figures, seeded(3, 7)),
            mean_interval(&figures, seeded(3, 7))
        );
        assert_ne!(
            mean_interval(&figures, seeded(3, 7)),
            mean_interval(&figures, seeded(3, 8))
        );
    }

    #[test]
    fn too_few_windows_have_no_interval() {
        assert_eq!(mean_interval(&[1.0], seeded(1, 0)), None);
        assert_eq!(mean_interval(&[], seeded(1, 0)), None);
        assert_eq!(mean_interval(&[1.0, 2.0, 3.0], seeded(2, 0)), None);
        assert_eq!(mean_interval(&[1.0, 2.0, 3.0], seeded(0, 0)), None);
        assert_eq!(mean_interval(&[1.0, f64::NAN, 3.0], seeded(1, 0)), None);
        assert!(mean_interval(&[1.0, 2.0], seeded(1, 0)).is_some());
    }

    #[test]
    fn windows_that_move_together_are_less_sure() {
        // Runs of ten equal figures: a block of one takes them for a hundred windows, a block of ten for ten.
        let figures: Vec<f64> = (0..100).map(|window| f64::from(window / 10 % 2)).collect();
        let wide = |block| {
            mean_interval(&figures, seeded(block, 1))
                .map(|found| found.high - found.low)
                .unwrap()
        };
        assert!(wide(10) > 1.5 * wide(1), "{} and {}", wide(10), wide(1));
    }

    #[test]
    fn blocks_run_on_from_the_last_window_to_the_first() {
        let mut wrapped = 0;
        interval(5, seeded(2, 3), |drawn| {
            assert_eq!(drawn.len(), 5);
            for pair in drawn.chunks_exact(2) {
                assert_eq!(pair[1], (pair[0] + 1) % 5);
                wrapped += usize::from(pair[1] == 0);
            }
            0.0
        });
        assert!(wrapped > 100, "{wrapped}");
    }

    #[test]
    fn the_interval_of_a_normal_mean_is_that_of_theory() {
        // A sum of twelve draws less six is nearly normal with variance 1: ±1.96/√400.
        let mut draws = SplitMix64(9);
        let mut normal = || (0..12).map(|_| draws.next() as f64 / 2.0_f64.powi(64)).sum::<f64>() - 6.0;
        let figures: Vec<f64> = (0..400).map(|_| normal()).collect();
        let found = mean_interval(&figures, seeded(1, 2)).unwrap();
        let half = (found.high - found.low) / 2.0;
        assert!((half / 0.098 - 1.0).abs() < 0.12, "{half}");
    }

    proptest! {
        #[test]
        fn an_interval_lies_within_the_figures(figures in proptest::collection::vec(-10.0..10.0_f64, 4..40), block in 1..3_usize, seed: u64) {
            let found = mean_interval(&figures, Resampling { resamples: 50, ..seeded(block, seed) }).unwrap();
            let (least, most) = figures.iter().fold((f64::MAX, f64::MIN), |(least, most), &figure| (least.min(figure), most.max(figure)));
            prop_assert!(least - 1e-9 <= found.low && found.low <= found.high && found.high <= most + 1e-9);
        }
    }
}

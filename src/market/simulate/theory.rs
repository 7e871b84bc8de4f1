//! For tests: a statistic over independent series of a process, with its standard error, against its theory. Knows no process.

use super::facts::log_returns;
use super::random::Random;

/// Independent series of one process, as log returns.
pub struct Sample(Vec<Vec<f64>>);

impl Sample {
    /// Draws series of a number of days with the seeds 0, 1, 2, …
    pub fn draw(series: u64, days: usize, fill: impl Fn(&mut Random, &mut Vec<f64>, usize)) -> Self {
        let of_seed = |seed| {
            let mut closes = Vec::new();
            fill(&mut Random::new(seed), &mut closes, days);
            assert_eq!(closes.len(), days);
            log_returns(&closes)
        };
        Self((0..series).map(of_seed).collect())
    }

    /// The mean over the series of a statistic of one.
    pub fn of(&self, statistic: impl Fn(&[f64]) -> f64) -> Measured {
        let values: Vec<f64> = self.0.iter().map(|returns| statistic(returns)).collect();
        let mean = mean_of(&values);
        let count = values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Measured {
            mean,
            standard_error: (variance / count).sqrt(),
        }
    }
}

/// A mean over independent series.
#[derive(Debug)]
pub struct Measured {
    mean: f64,
    standard_error: f64,
}

impl Measured {
    /// Holds when the theory is within four standard errors of what was measured, and what the theory would be under a wrong
    /// parameter is not: the tolerance is wide enough for chance and narrow enough for that mistake.
    #[track_caller]
    pub fn agrees(&self, theory: f64, with_wrong_parameter: f64) {
        let tolerance = 4.0 * self.standard_error;
        assert!((self.mean - theory).abs() < tolerance, "{self:?}, in theory {theory}");
        assert!(
            (self.mean - with_wrong_parameter).abs() > tolerance,
            "{self:?} does not tell {theory} from {with_wrong_parameter}"
        );
    }
}

/// The arithmetic mean.
pub fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Each value squared.
pub fn squares(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value * value).collect()
}

/// The largest distance between the distribution function of a sample and a given one (Kolmogorov, 1933).
pub fn distance(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let count = sample.len() as f64;
    let gap = |(below, &x): (usize, &f64)| {
        let at = cdf(x);
        (at - below as f64 / count).max((below + 1) as f64 / count - at)
    };
    sample.iter().enumerate().map(gap).fold(0.0, f64::max)
}

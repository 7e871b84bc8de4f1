//! The likelihood of log returns under GARCH(1,1) with Student's t. Squared returns in, a logarithm out.

use crate::scoring::baselines::day::ln_constant;

/// Parameters of GARCH(1,1) with standardised Student t: the variance of a day is ω + α·r² + β·v of the day before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Garch {
    /// Squared log return a day.
    pub omega: f64,
    /// Weight of the last squared return.
    pub alpha: f64,
    /// Weight of the last variance.
    pub beta: f64,
    /// Degrees of freedom of the returns over their standard deviation, more than 2.
    pub freedom: f64,
}

/// Weight of a square against that of the day before it, and the squares used, in the variance before the first day.
const BACKCAST: (f64, usize) = (0.94, 75);

/// Terms that are multiplied before a logarithm is taken: one logarithm for so many days.
const AT_ONCE: usize = 8;

impl Garch {
    /// The variance of a day from the square and the variance of the day before.
    pub(super) fn next(&self, square: f64, variance: f64) -> f64 {
        self.omega + self.alpha * square + self.beta * variance
    }

    /// The log-likelihood of log returns whose mean is zero.
    pub fn log_likelihood(&self, returns: &[f64]) -> f64 {
        let squares: Vec<f64> = returns.iter().map(|value| value * value).collect();
        self.of_squares(&squares, backcast(&squares)).0
    }

    /// The log-likelihood of returns with these squares, and the variance of the day after them. `before` stands for square and
    /// variance of the day before the first ([`backcast`]).
    pub(super) fn of_squares(&self, squares: &[f64], before: f64) -> (f64, f64) {
        let tail = 1.0 / (self.freedom - 2.0);
        let mut variance = self.next(before, before);
        let (mut scales, mut tails) = (0.0, 0.0);
        for days in squares.chunks(AT_ONCE) {
            let (mut scale, mut spread) = (1.0, 1.0);
            for square in days {
                scale *= variance;
                spread *= 1.0 + square * tail / variance;
                variance = self.next(*square, variance);
            }
            scales += scale.ln();
            tails += spread.ln();
        }
        let whole = squares.len() as f64 * ln_constant(self.freedom) - 0.5 * (scales + (self.freedom + 1.0) * tails);
        (whole, variance)
    }
}

/// The variance before the first day: an exponentially weighted mean of the first squares, the earliest weighing most, as the `arch`
/// package has it.
pub(super) fn backcast(squares: &[f64]) -> f64 {
    let (mut sum, mut weights, mut weight) = (0.0, 0.0, 1.0);
    for square in squares.iter().take(BACKCAST.1) {
        sum += weight * square;
        weights += weight;
        weight *= BACKCAST.0;
    }
    sum / weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::baselines::day::DayReturn;

    #[test]
    fn the_likelihood_is_the_sum_of_the_days_densities() {
        let model = Garch {
            omega: 0.05,
            alpha: 0.1,
            beta: 0.85,
            freedom: 5.0,
        };
        let returns: Vec<f64> = (0..45).map(|day| f64::from(day * day % 11) / 4.0 - 1.2).collect();
        let squares: Vec<f64> = returns.iter().map(|value| value * value).collect();
        let mut variance: f64 = model.next(0.9, 0.9);
        let mut sum = 0.0;
        for (value, square) in returns.iter().zip(&squares) {
            let day = DayReturn {
                deviation: variance.sqrt(),
                freedom: Some(5.0),
            };
            sum += day.density(*value).ln();
            variance = model.next(*square, variance);
        }
        let (found, last) = model.of_squares(&squares, 0.9);
        assert!((found - sum).abs() < 1e-9, "{found} is not {sum}");
        assert!((last - variance).abs() < 1e-12);
    }
}

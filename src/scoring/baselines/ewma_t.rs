//! The volatility cone with t tails, for one day: closes in, the distribution of the next log return out.

use super::day::{DayReturn, ln_constant};
use super::volatility_cone::{CONE, spread_of};
use super::{enough, log_returns};

/// Returns before the first that is standardised: with fewer, the weighted variance is not yet settled.
const WARM_UP: usize = 20;
/// The fewest standardised returns to fit the degrees of freedom to.
const FEWEST: usize = 30;
/// Degrees of freedom between which the most likely is sought; with 200 the distribution is all but normal.
const FREEDOM: (f64, f64) = (2.1, 200.0);
/// Places of the first search.
const PLACES: u32 = 24;

/// Student's t with the volatility cone's standard deviation (λ = 0.94). The degrees of freedom are the most likely ones of the
/// context's returns, each divided by the standard deviation known the day before. `None` of fewer than 51 closes, of one that is
/// not positive, and of closes that do not move.
pub fn ewma_t(closes: &[f64]) -> Option<DayReturn> {
    if !enough(closes, WARM_UP + FEWEST + 1, 1) {
        return None;
    }
    let returns = log_returns(closes)?;
    let squares: Vec<f64> = (WARM_UP..returns.len())
        .filter_map(|day| {
            let spread = spread_of(returns.get(..day)?, CONE);
            (spread > 0.0).then_some((returns.get(day)? / spread).powi(2))
        })
        .collect();
    let deviation = spread_of(&returns, CONE);
    (deviation > 0.0 && squares.len() >= FEWEST).then(|| DayReturn {
        deviation,
        freedom: Some(most_likely_freedom(&squares)),
    })
}

/// The degrees of freedom under which returns with these squares, of variance 1, are most likely: the best of a grid, then a
/// golden-section search between its neighbours (Kiefer 1953).
fn most_likely_freedom(squares: &[f64]) -> f64 {
    let (low, high) = ((FREEDOM.0 - 2.0).ln(), (FREEDOM.1 - 2.0).ln());
    let step = (high - low) / f64::from(PLACES);
    let cost = |place: f64| -log_likelihood(squares, 2.0 + place.exp());
    let best = (0..=PLACES)
        .map(|number| low + step * f64::from(number))
        .min_by(|one, other| cost(*one).total_cmp(&cost(*other)))
        .unwrap_or(low);
    let (mut left, mut right) = ((best - step).max(low), (best + step).min(high));
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..30 {
        let (near, far) = (right - golden * (right - left), left + golden * (right - left));
        if cost(near) < cost(far) {
            right = far;
        } else {
            left = near;
        }
    }
    2.0 + ((left + right) / 2.0).exp()
}

fn log_likelihood(squares: &[f64], freedom: f64) -> f64 {
    let tails: f64 = squares.iter().map(|square| (square / (freedom - 2.0)).ln_1p()).sum();
    ln_constant(freedom) * squares.len() as f64 - 0.5 * (freedom + 1.0) * tails
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scoring::random::SplitMix64;

    #[test]
    fn the_degrees_of_freedom_of_a_long_sample_are_found() {
        let mut draws = SplitMix64(11);
        let scale = (3.0_f64 / 5.0).sqrt();
        let squares: Vec<f64> = (0..20_000).map(|_| (scale * draws.student(5.0)).powi(2)).collect();
        let found = most_likely_freedom(&squares);
        assert!((found - 5.0).abs() < 0.4, "{found}");
    }

    #[test]
    fn closes_that_stand_still_have_no_distribution() {
        assert_eq!(ewma_t(&[7.0; 120]), None);
        let moving: Vec<f64> = (0..120).map(|day| 100.0 + f64::from(day * day % 7)).collect();
        let day = ewma_t(&moving).unwrap();
        assert!(day.deviation > 0.0 && day.freedom.unwrap() > 2.0);
        assert_eq!(ewma_t(&moving[..50]), None);
    }
}

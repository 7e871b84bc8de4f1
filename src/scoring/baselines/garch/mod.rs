//! GARCH(1,1) with standardised Student t (Bollerslev 1987): closes in, a forecast by simulation out.

mod fit;
mod likelihood;

pub use self::fit::{GarchFit, garch_fit};
pub use self::likelihood::Garch;

use super::bands;
use super::day::DayReturn;
use super::{BaselineForecast, enough, log_returns};
use crate::scoring::random::SplitMix64;

/// Simulated paths. Each counts twice: the model knows no up or down, so a path's mirror image is as likely as the path, and has the
/// same variances.
const PATHS: usize = 2_000;
/// The fewest closes: as many returns as [`garch_fit`] needs.
const FEWEST: usize = 51;

/// Zero mean, parameters of maximum likelihood on the log returns of `closes`, and 4,000 simulated paths of the next `horizon` days
/// that are the same for the same closes. The median is the last close. `None` of fewer than 51 closes, of one that is not positive,
/// and of closes that do not move.
pub fn garch_t(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, FEWEST, horizon) {
        return None;
    }
    let fit = garch_fit(&log_returns(closes)?)?;
    let &last = closes.last()?;
    let mut forecast = bands::forecast(&distances(&fit, horizon), |sorted, place| {
        let signed = if place.level < 0.5 {
            -mirrored(sorted, 1.0 - place.level)
        } else {
            mirrored(sorted, place.level)
        };
        last * signed.exp()
    })?;
    forecast.first_day = Some(DayReturn {
        deviation: fit.next_variance.sqrt(),
        freedom: Some(fit.model.freedom),
    });
    Some(forecast)
}

/// For each step the distances of the simulated log prices from the last close, sorted.
fn distances(fit: &GarchFit, horizon: usize) -> Vec<Vec<f64>> {
    let Garch { freedom, .. } = fit.model;
    let unit = ((freedom - 2.0) / freedom).sqrt();
    let mut draws = SplitMix64(0);
    let mut steps = vec![Vec::with_capacity(PATHS); horizon];
    for _ in 0..PATHS {
        let (mut log_return, mut variance) = (0.0_f64, fit.next_variance);
        for step in &mut steps {
            let shock = variance.sqrt() * unit * draws.student(freedom);
            log_return += shock;
            step.push(log_return.abs());
            variance = fit.model.next(shock * shock, variance);
        }
    }
    for step in &mut steps {
        step.sort_by(f64::total_cmp);
    }
    steps
}

/// The quantile, at a level of ½ or more, of the sorted distances and their mirror images: Hazen's, which puts the k-th of n at
/// (k − ½)/n.
fn mirrored(sorted: &[f64], level: f64) -> f64 {
    let place = (2.0 * level - 1.0) * sorted.len() as f64 - 0.5;
    let at = |index: usize| sorted.get(index.min(sorted.len() - 1)).copied().unwrap_or_default();
    if place < 0.0 {
        // Between the smallest distance and its mirror image lies zero.
        return at(0) * (2.0 * place + 1.0);
    }
    let below = place.floor();
    let part = place - below;
    at(below as usize) * (1.0 - part) + at(below as usize + 1) * part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Closes of a GARCH(1,1) with t returns.
    fn simulated(model: Garch, days: usize, seed: u64) -> Vec<f64> {
        let mut draws = SplitMix64(seed);
        let unit = ((model.freedom - 2.0) / model.freedom).sqrt();
        let (mut log, mut variance) = (0.0_f64, model.omega / (1.0 - model.alpha - model.beta));
        let mut closes = vec![100.0];
        for _ in 0..days {
            let shock = variance.sqrt() * unit * draws.student(model.freedom);
            log += shock;
            closes.push(100.0 * log.exp());
            variance = model.next(shock * shock, variance);
        }
        closes
    }

    const TRUTH: Garch = Garch {
        omega: 4e-6,
        alpha: 0.08,
        beta: 0.9,
        freedom: 6.0,
    };

    #[test]
    fn the_parameters_of_a_long_series_are_found_again() {
        let closes = simulated(TRUTH, 12_000, 3);
        let model = garch_fit(&log_returns(&closes).unwrap()).unwrap().model;
        assert!((model.alpha - 0.08).abs() < 0.02, "{model:?}");
        assert!((model.alpha + model.beta - 0.98).abs() < 0.012, "{model:?}");
        assert!((model.freedom - 6.0).abs() < 1.0, "{model:?}");
    }

    #[test]
    fn the_same_closes_give_the_same_forecast_around_the_last_close() {
        let closes = simulated(TRUTH, 180, 8);
        let forecast = garch_t(&closes, 5).unwrap();
        assert_eq!(Some(forecast.clone()), garch_t(&closes, 5));
        let last = closes.last().unwrap();
        assert!(forecast.median.iter().all(|price| (price / last - 1.0).abs() < 1e-12));
        let (low, high) = (&forecast.quantiles["0.1"], &forecast.quantiles["0.9"]);
        for (low, high) in low.iter().zip(high) {
            assert!((low * high / (last * last) - 1.0).abs() < 1e-9, "even in logarithms");
        }
        assert!(high.last().unwrap() > high.first().unwrap());
    }

    #[test]
    fn the_first_step_has_the_quantiles_of_students_t() {
        let closes = simulated(TRUTH, 180, 21);
        let forecast = garch_t(&closes, 1).unwrap();
        let day = forecast.first_day.unwrap();
        // The mass of the density between the last close and the upper quartile is a quarter.
        let quartile = (forecast.quantiles["0.75"][0] / closes.last().unwrap()).ln();
        let step = quartile / 1_000.0;
        let mass: f64 = (0..1_000)
            .map(|place| day.density((f64::from(place) + 0.5) * step) * step)
            .sum();
        assert!((mass - 0.25).abs() < 0.02, "{mass}");
    }

    #[test]
    fn what_cannot_be_fitted_has_no_forecast() {
        assert_eq!(garch_t(&[5.0; 200], 3), None);
        assert_eq!(garch_t(&simulated(TRUTH, 49, 1), 3), None);
        assert!(garch_t(&simulated(TRUTH, 50, 1), 3).is_some());
        let mut broken = simulated(TRUTH, 180, 1);
        broken[90] = -1.0;
        assert_eq!(garch_t(&broken, 3), None);
        // One jump among closes that stand still is still a distribution.
        let jump: Vec<f64> = (0..100).map(|day| if day < 50 { 10.0 } else { 11.0 }).collect();
        assert!(garch_t(&jump, 30).is_none_or(|forecast| forecast.median.len() == 30));
    }

    #[test]
    fn quantiles_of_mirrored_distances_meet_at_zero() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(mirrored(&sorted, 0.5), 0.0);
        // Eight values −8 … 8: Hazen's quantile at 13/16 is the 7th, 4.
        assert!((mirrored(&sorted, 13.0 / 16.0) - 4.0).abs() < 1e-12);
        assert_eq!(mirrored(&sorted, 1.0), 8.0);
    }
}

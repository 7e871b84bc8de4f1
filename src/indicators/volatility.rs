//! Volatility: the standard deviation of the last 21 daily log returns, and its rank among all earlier values of the same series.

use super::averages::{self, quantile};
use super::finite::finite;
use super::stats::VolatilityClass;

/// Log returns in one figure: about a month of trading days.
const WINDOW: usize = 21;
/// Weight of yesterday's variance, for daily returns.
const LAMBDA: f64 = 0.94;
/// Trading days in a year.
const YEAR: f64 = 252.0;
/// Fewer rolling values than this (a quarter of a year) make no meaningful terciles.
const ENOUGH: usize = 63;
/// A daily figure below this is rounding error of a series that grew by a constant factor.
const NOISE: f64 = 1e-12;

/// Sample standard deviation of the last 21 daily log returns, a fraction per day; `None` of fewer than 22 closes.
pub(super) fn latest(closes: &[f64]) -> Option<f64> {
    spread(&closes[closes.len().checked_sub(WINDOW + 1)?..])
}

/// Square root of the exponentially weighted mean of squared log returns, λ = 0.94, that begins with the first (RiskMetrics
/// 1996), a fraction per day; `None` of fewer than 22 closes.
pub(super) fn ewma(closes: &[f64]) -> Option<f64> {
    if closes.len() <= WINDOW {
        return None;
    }
    let mut squares = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln().powi(2));
    let first = squares.next()?;
    let variance = squares.fold(first, |before, square| LAMBDA * before + (1.0 - LAMBDA) * square);
    finite(variance.sqrt())
}

/// Annualises a daily figure: times √252.
pub(super) fn a_year(daily: f64) -> f64 {
    daily * YEAR.sqrt()
}

/// The class of the latest value by the terciles of all rolling values, itself included. A series whose volatility never changed
/// is normal. `None` for fewer than 84 closes, which give 63 rolling values.
pub(super) fn class(closes: &[f64]) -> Option<VolatilityClass> {
    let mut rolling: Vec<f64> = closes.windows(WINDOW + 1).filter_map(spread).collect();
    if rolling.len() < ENOUGH {
        return None;
    }
    let now = *rolling.last()?;
    rolling.sort_by(f64::total_cmp);
    Some(match now {
        low if low < quantile(&rolling, 1.0 / 3.0) => VolatilityClass::Low,
        high if high > quantile(&rolling, 2.0 / 3.0) => VolatilityClass::High,
        _ => VolatilityClass::Normal,
    })
}

/// Sample standard deviation of all daily log returns, a fraction per day; `None` of fewer than three closes.
pub(crate) fn daily(closes: &[f64]) -> Option<f64> {
    spread(closes).and_then(finite)
}

fn spread(closes: &[f64]) -> Option<f64> {
    let returns: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    averages::std_dev(&returns).map(|figure| if figure < NOISE { 0.0 } else { figure })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closes that alternate between 100 and 100·e^step, so that each log return is ±step.
    fn zigzag(bars: usize, step: f64) -> Vec<f64> {
        (0..bars)
            .map(|day| if day % 2 == 0 { 100.0 } else { 100.0 * step.exp() })
            .collect()
    }

    #[test]
    fn twenty_one_alternating_returns_give_the_spread_worked_out_by_hand() {
        // Eleven of +s and ten of −s: mean s/21, squares 21·s² − 21·(s/21)² = s²·(21 − 1/21), over 20.
        let step = 0.02;
        let by_hand = step * ((21.0 - 1.0 / 21.0) / 20.0_f64).sqrt();
        let figure = latest(&zigzag(22, step)).unwrap_or_default();
        assert!((figure - by_hand).abs() < 1e-12, "{figure} is not {by_hand}");
        assert!((a_year(figure) - by_hand * 15.874_507_866_387_544).abs() < 1e-12);
    }

    #[test]
    fn twenty_one_closes_are_one_too_few() {
        assert_eq!(latest(&zigzag(21, 0.02)), None);
    }

    #[test]
    fn constant_growth_has_no_volatility_at_all() {
        let closes: Vec<f64> = (0..200).map(|day| 50.0 * 1.01_f64.powi(day)).collect();
        assert_eq!(latest(&closes), Some(0.0));
        assert_eq!(class(&closes), Some(VolatilityClass::Normal));
    }

    #[test]
    fn a_calm_end_after_a_wild_past_is_low_and_the_reverse_is_high() {
        let wild = zigzag(120, 0.05);
        let calm = zigzag(40, 0.001);
        let calming: Vec<f64> = wild.iter().chain(&calm).copied().collect();
        let waking: Vec<f64> = zigzag(120, 0.001).iter().chain(&zigzag(40, 0.05)).copied().collect();
        assert_eq!(class(&calming), Some(VolatilityClass::Low));
        assert_eq!(class(&waking), Some(VolatilityClass::High));
    }

    #[test]
    fn a_short_history_has_a_figure_but_no_class() {
        assert!(latest(&zigzag(83, 0.01)).is_some());
        assert_eq!(class(&zigzag(83, 0.01)), None);
        assert!(class(&zigzag(84, 0.01)).is_some());
    }
}

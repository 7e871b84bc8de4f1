//! Fits the calibration of a forecaster on a validation period: scored windows of its uncalibrated forecasts come in, the width of
//! the bands and the share of the drift to keep go out. Pure.

use super::window::ScoredWindow;
use crate::models::Calibration;

/// The days at which a width is fitted, as far as the horizon reaches.
const DAYS: [usize; 6] = [1, 2, 5, 10, 20, 30];

/// The share of the closes that the band between the quantiles 0.1 and 0.9 is to hold.
const COVERED: f64 = 0.8;

/// Fewest windows for a fit.
const FEWEST: usize = 100;

/// A window's day in log returns since the last close.
struct Day {
    truth: f64,
    median: f64,
    /// The band's lower and upper deviation from the median, both positive.
    below: f64,
    above: f64,
}

/// The calibration that makes the 80 % band of these windows hold 80 % of the closes on each of a few days, around the share of the
/// median's move that has the smallest absolute error; `None` for too few windows. Widths are fitted by coverage and not by the
/// ranked probability score, which is so flat that it shrinks the bands.
pub fn calibrate(windows: &[&ScoredWindow]) -> Option<Calibration> {
    let horizon = windows.iter().map(|window| window.truth.len()).max()?;
    if windows.len() < FEWEST {
        return None;
    }
    let drift = drift(windows, horizon)?;
    let days = DAYS.into_iter().filter(|day| *day < horizon).chain([horizon.min(90)]);
    let widths = days.filter_map(|day| {
        let mut factors: Vec<f64> = windows
            .iter()
            .filter_map(|window| day_of(window, day))
            .map(|day| needed(&day, drift))
            .collect();
        let width = quantile(&mut factors, COVERED)?;
        Some((u16::try_from(day).ok()?, rounded(width)))
    });
    Some(Calibration {
        widths: widths.collect(),
        drift,
    })
}

/// The factor of the band that just holds the close.
fn needed(day: &Day, drift: f64) -> f64 {
    let deviation = day.truth - drift * day.median;
    if deviation >= 0.0 {
        deviation / day.above
    } else {
        -deviation / day.below
    }
}

/// The share of the median's move, in tenths, with the smallest absolute error in units of the band over all days. Of equal ones
/// the smallest.
fn drift(windows: &[&ScoredWindow], horizon: usize) -> Option<f64> {
    let days: Vec<Day> = windows
        .iter()
        .flat_map(|window| (1..=horizon).filter_map(|day| day_of(window, day)))
        .collect();
    let error = |tenths: u32| -> f64 {
        let share = f64::from(tenths) / 10.0;
        days.iter()
            .map(|day| (day.truth - share * day.median).abs() / (day.above + day.below))
            .sum()
    };
    let best = (0..=10_u32).min_by(|one, other| error(*one).total_cmp(&error(*other)))?;
    Some(f64::from(best) / 10.0)
}

/// A day of a window, counted from 1; `None` where the band has no width.
fn day_of(window: &ScoredWindow, day: usize) -> Option<Day> {
    let of = |prices: &[f64]| Some((prices.get(day - 1)? / window.last_close).ln());
    let median = of(&window.median)?;
    let below = median - of(window.quantiles.get("0.1")?)?;
    let above = of(window.quantiles.get("0.9")?)? - median;
    (below > 0.0 && above > 0.0).then_some(Day {
        truth: of(&window.truth)?,
        median,
        below,
        above,
    })
}

/// The quantile of a set, by linear interpolation.
fn quantile(values: &mut [f64], level: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| crate::indicators::quantile(values, level))
}

/// Three decimals: more say nothing.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;

    /// A window whose band reaches from −1 % to +1 % around a median of `median`, and whose closes all move by `truth`.
    fn window(median: f64, truth: f64) -> ScoredWindow {
        let prices = |value: f64| vec![100.0 * value.exp(); 5];
        ScoredWindow {
            last_close: 100.0,
            truth: prices(truth),
            median: prices(median),
            quantiles: BTreeMap::from([
                ("0.1".to_owned(), prices(median - 0.01)),
                ("0.9".to_owned(), prices(median + 0.01)),
            ]),
            ..ScoredWindow::default()
        }
    }

    #[test]
    fn the_width_is_the_factor_that_holds_four_fifths_of_the_closes() {
        let windows: Vec<ScoredWindow> = (0..200)
            .map(|number| {
                let size = 0.02 * f64::from(number / 2) / 100.0;
                window(0.0, if number % 2 == 0 { size } else { -size })
            })
            .collect();
        let fitted = calibrate(&windows.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(fitted.widths.iter().map(|(day, _)| *day).collect::<Vec<_>>(), [1, 2, 5]);
        for (_, width) in &fitted.widths {
            assert!((width - 1.6).abs() < 0.03, "{width}");
        }
    }

    #[test]
    fn a_drift_that_only_misleads_is_dropped_and_one_that_holds_is_kept() {
        let of = |median: f64, truth: f64| -> f64 {
            let windows: Vec<ScoredWindow> = (0..120).map(|_| window(median, truth)).collect();
            calibrate(&windows.iter().collect::<Vec<_>>()).unwrap().drift
        };
        assert!(of(0.01, -0.02) < 1e-12);
        assert!((of(0.01, 0.01) - 1.0).abs() < 1e-12);
        assert!((of(0.01, 0.004) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn few_windows_give_no_calibration() {
        let one = window(0.0, 0.01);
        assert!(calibrate(&[&one; 20]).is_none());
    }
}

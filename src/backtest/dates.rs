//! Means over the windows of many tickers, with intervals and tests that know that stocks move together: the windows of one date are
//! drawn together, whatever their ticker. Windows come in, figures go out.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::ScoredWindow;
use crate::scoring::{Interval, Resampling, Test, diebold_mariano, interval};

/// Calendar days for each trading day.
const CALENDAR_DAYS: f64 = 365.25 / 252.0;

/// Periods that share days with each other: a window that begins in one ends at the latest in the next.
const OVERLAP: usize = 2;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figure {
    /// The figure over all windows.
    pub value: f64,
    /// Its interval from a block bootstrap over dates; `None` with too few dates.
    pub interval: Option<Interval>,
}

/// Windows in periods of the calendar, each as long as a window looks ahead.
pub(super) struct Dates<'a> {
    periods: Vec<Vec<&'a ScoredWindow>>,
}

impl<'a> Dates<'a> {
    /// Sorts windows that look `horizon` trading days ahead by the date of their split. The periods are the same for every set of
    /// windows; one without a window is left out.
    pub fn of(windows: impl IntoIterator<Item = &'a ScoredWindow>, horizon: usize) -> Self {
        let length = (horizon as f64 * CALENDAR_DAYS).ceil().max(1.0) as i32;
        let mut periods: BTreeMap<i32, Vec<&ScoredWindow>> = BTreeMap::new();
        for window in windows {
            let period = window.as_of.num_days_from_ce().div_euclid(length);
            periods.entry(period).or_default().push(window);
        }
        Dates {
            periods: periods.into_values().collect(),
        }
    }

    /// Every window.
    pub fn windows(&self) -> impl Iterator<Item = &'a ScoredWindow> {
        self.periods.iter().flatten().copied()
    }

    /// The first split day and the last day that was compared.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.windows().map(|window| window.as_of).min()?;
        let last = self.windows().filter_map(|window| window.dates.last()).max()?;
        Some((first, *last))
    }

    /// The sum of one figure over the sum of another; windows without them are left out. `None` where none has them, or the second
    /// sum is 0.
    ///
    /// The interval is that of [`interval`]: blocks of neighbouring periods with all their windows (Künsch 1989), at least two periods
    /// long, since a window looks into the next period, and growing with the third root of their number.
    pub fn ratio(&self, pair: impl Fn(&ScoredWindow) -> Option<(f64, f64)>) -> Option<Figure> {
        let sums: Vec<(f64, f64)> = self
            .periods
            .iter()
            .map(|windows| {
                let pairs = windows.iter().filter_map(|window| pair(window));
                pairs.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
            })
            .filter(|(_, below)| *below != 0.0)
            .collect();
        let over = |drawn: &mut dyn Iterator<Item = usize>| {
            let drawn = drawn.filter_map(|period| sums.get(period));
            let whole = drawn.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            whole.0 / whole.1
        };
        let value = over(&mut (0..sums.len()));
        value.is_finite().then(|| Figure {
            value,
            interval: interval(sums.len(), resampling(sums.len()), |drawn| {
                over(&mut drawn.iter().copied())
            }),
        })
    }

    /// The mean of a figure over the windows that have it.
    pub fn mean(&self, figure: impl Fn(&ScoredWindow) -> Option<f64>) -> Option<Figure> {
        self.ratio(|window| Some((figure(window)?, 1.0)))
    }

    /// The Diebold–Mariano test on the mean losses of each period: the windows of a period count once, however many tickers they come
    /// from.
    pub fn test(&self, losses: impl Fn(&ScoredWindow) -> Option<(f64, f64)>) -> Option<Test> {
        let means = self.periods.iter().filter_map(|windows| {
            let losses: Vec<(f64, f64)> = windows.iter().filter_map(|window| losses(window)).collect();
            let count = losses.len() as f64;
            let sum = losses
                .iter()
                .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            (count > 0.0).then_some((sum.0 / count, sum.1 / count))
        });
        let (model, other): (Vec<f64>, Vec<f64>) = means.unzip();
        diebold_mariano(&model, &other, OVERLAP)
    }
}

fn resampling(periods: usize) -> Resampling {
    Resampling {
        block: OVERLAP.max((periods as f64).cbrt().ceil() as usize),
        ..Resampling::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::backtest::tests::window_on;

    /// Forty dates 30 days apart; on each, `tickers` windows with the same error, which the date decides.
    fn together(tickers: u64) -> Vec<ScoredWindow> {
        (0..40_u64)
            .flat_map(|date| {
                (0..tickers).map(move |_| window_on(30 * date, 100.0, 100.0 + (date * 7 % 5) as f64, 103.0))
            })
            .collect()
    }

    fn error(window: &ScoredWindow) -> Option<(f64, f64)> {
        Some((window.metrics.mae, 3.0))
    }

    #[test]
    fn more_tickers_that_move_together_say_no_more() {
        let (one, many) = (together(1), together(50));
        let (one, many) = (Dates::of(&one, 20), Dates::of(&many, 20));
        let (of_one, of_many) = (one.ratio(error).unwrap(), many.ratio(error).unwrap());
        assert!((of_one.value - of_many.value).abs() < 1e-12);
        let wide = |figure: Figure| figure.interval.map(|interval| interval.high - interval.low).unwrap();
        assert!((wide(of_one) - wide(of_many)).abs() < 1e-12, "{of_one:?} {of_many:?}");
        assert!(wide(of_one) > 0.0);
        let test = |dates: &Dates<'_>| dates.test(error).map(|test| test.p_value).unwrap();
        assert!((test(&one) - test(&many)).abs() < 1e-9);
    }

    #[test]
    fn a_ratio_is_that_of_the_sums_and_skips_what_a_window_lacks() {
        let windows = together(1);
        let dates = Dates::of(&windows, 20);
        let mean = windows.iter().map(|window| window.metrics.mae).sum::<f64>() / 40.0;
        let found = dates.mean(|window| Some(window.metrics.mae)).unwrap();
        assert!((found.value - mean).abs() < 1e-12);
        assert!(
            found
                .interval
                .is_some_and(|interval| interval.low < mean && mean < interval.high)
        );
        let some = dates.mean(|window| (window.metrics.mae > 0.5).then_some(1.0)).unwrap();
        assert_eq!(some.value, 1.0);
        assert_eq!(dates.mean(|_| None), None);
        assert_eq!(Dates::of([], 5).mean(|_| Some(1.0)), None);
        assert_eq!(Dates::of(&windows[..1], 5).mean(|_| Some(1.0)).unwrap().interval, None);
    }
}

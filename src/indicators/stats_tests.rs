//! Tests of [`stats`](crate::indicators::stats) as a whole: figures worked out by hand, short and flat histories, and properties
//! that hold for every history.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::indicators::VolatilityClass;

fn day(number: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2012, 1, 2).unwrap() + Days::new(number as u64)
}

fn bars(closes: &[f64]) -> Vec<Bar> {
    closes
        .iter()
        .enumerate()
        .map(|(number, close)| Bar {
            date: day(number),
            open: Some(*close),
            high: Some(close * 1.01),
            low: Some(close * 0.99),
            close: *close,
            volume: Some(0),
        })
        .collect()
}

fn figures(stats: &Stats) -> Vec<Option<f64>> {
    let prices = [
        stats.mean,
        stats.std_dev,
        stats.sma_50,
        stats.sma_200,
        stats.support,
        stats.resistance,
    ];
    [prices.to_vec(), fractions(stats)].concat()
}

fn fractions(stats: &Stats) -> Vec<Option<f64>> {
    vec![
        stats.return_1d,
        stats.return_5d,
        stats.return_21d,
        stats.volatility_daily,
        stats.volatility_annual,
        stats.rsi_14,
        stats.drawdown,
    ]
}

#[test]
fn five_closes_give_the_figures_worked_out_by_hand() {
    // Window of four: 120, 90, 100, 96. Mean 101.5; squares 342.25 + 132.25 + 2.25 + 30.25 = 507; 507 / 3 = 169.
    let stats = stats(&bars(&[100.0, 120.0, 90.0, 100.0, 96.0]), 4);
    assert_eq!(stats.bars, 5);
    assert_eq!(stats.mean, Some(101.5));
    assert_eq!(stats.std_dev, Some(13.0));
    assert_eq!(stats.trend, Some(Trend::Downward), "96 against 120");
    assert_eq!(stats.return_1d, Some(96.0 / 100.0 - 1.0));
    assert_eq!(stats.return_5d, None);
    assert_eq!(stats.drawdown, Some(96.0 / 120.0 - 1.0));
    assert_eq!(stats.sma_50, None);
    assert_eq!(stats.volatility_daily, None);
}

#[test]
fn a_rise_of_a_dollar_a_day_gives_its_averages_and_returns() {
    let closes: Vec<f64> = (1..=250).map(f64::from).collect();
    let stats = stats(&bars(&closes), 10);
    assert_eq!(stats.mean, Some(245.5), "the mean of 241 to 250");
    assert_eq!(stats.sma_50, Some(225.5), "the mean of 201 to 250");
    assert_eq!(stats.sma_200, Some(150.5), "the mean of 51 to 250");
    assert_eq!(stats.sma_50_above_200, Some(true));
    assert_eq!(stats.return_5d, Some(250.0 / 245.0 - 1.0));
    assert_eq!(stats.return_21d, Some(250.0 / 229.0 - 1.0));
    assert_eq!(stats.rsi_14, Some(100.0));
    assert_eq!(stats.drawdown, Some(0.0));
    assert_eq!(stats.trend, Some(Trend::Stable), "250 against 241 is 3.7 %");
    assert_eq!(
        stats.volatility_class,
        Some(VolatilityClass::Low),
        "the same dollar is a smaller share every day"
    );
}

#[test]
fn exactly_five_per_cent_is_still_stable() {
    assert_eq!(trend(&[100.0, 105.0]), Some(Trend::Stable));
    assert_eq!(trend(&[100.0, 105.1]), Some(Trend::Upward));
    assert_eq!(trend(&[100.0, 94.9]), Some(Trend::Downward));
}

#[test]
fn no_bar_gives_no_figure() {
    let stats = stats(&[], 180);
    assert_eq!(stats.bars, 0);
    assert!(figures(&stats).iter().all(Option::is_none));
    assert_eq!(
        (stats.trend, stats.volatility_class, stats.sma_50_above_200),
        (None, None, None)
    );
}

#[test]
fn one_bar_gives_a_mean_and_nothing_that_needs_two() {
    let stats = stats(&bars(&[42.0]), 180);
    assert_eq!((stats.mean, stats.drawdown), (Some(42.0), Some(0.0)));
    assert_eq!((stats.std_dev, stats.trend, stats.return_1d), (None, None, None));
}

#[test]
fn two_bars_give_a_return_a_spread_and_a_trend() {
    let stats = stats(&bars(&[40.0, 50.0]), 180);
    assert_eq!((stats.return_1d, stats.trend), (Some(0.25), Some(Trend::Upward)));
    assert_eq!(stats.std_dev, Some(50.0_f64.sqrt()));
}

#[test]
fn a_price_that_never_moved_has_no_volatility_no_levels_and_stands_in_the_middle() {
    let stats = stats(&bars(&[10.0; 300]), 180);
    assert_eq!(
        (stats.std_dev, stats.volatility_daily, stats.return_21d),
        (Some(0.0), Some(0.0), Some(0.0))
    );
    assert_eq!((stats.rsi_14, stats.trend), (Some(50.0), Some(Trend::Stable)));
    assert_eq!(stats.volatility_class, Some(VolatilityClass::Normal));
    assert_eq!((stats.support, stats.resistance), (None, None));
}

#[test]
fn an_empty_window_leaves_out_what_describes_the_window() {
    let stats = stats(&bars(&[1.0, 2.0, 3.0]), 0);
    assert_eq!((stats.mean, stats.trend, stats.drawdown), (None, None, None));
    assert_eq!(stats.return_1d, Some(0.5));
}

fn closes() -> impl Strategy<Value = Vec<f64>> {
    (1.0_f64..1000.0, proptest::collection::vec(-0.08_f64..0.08, 0..320)).prop_map(|(start, steps)| {
        let mut close = start;
        std::iter::once(start)
            .chain(steps.into_iter().map(|step| {
                close *= step.exp();
                close
            }))
            .collect()
    })
}

fn close_to(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => (left - right).abs() <= 1e-9 * left.abs().max(1.0),
        _ => false,
    }
}

proptest! {
    #[test]
    fn every_figure_is_finite_and_in_its_range(closes in closes(), context in 0_usize..400) {
        let stats = stats(&bars(&closes), context);
        for figure in figures(&stats).into_iter().flatten() {
            prop_assert!(figure.is_finite());
        }
        let last = *closes.last().unwrap();
        prop_assert!(stats.rsi_14.is_none_or(|index| (0.0..=100.0).contains(&index)));
        prop_assert!(stats.drawdown.is_none_or(|fall| (-1.0..=0.0).contains(&fall)));
        prop_assert!(stats.support.is_none_or(|level| level < last));
        prop_assert!(stats.resistance.is_none_or(|level| level > last));
    }

    #[test]
    fn ten_times_the_prices_are_ten_times_the_levels_and_the_same_fractions(closes in closes()) {
        let tenfold: Vec<f64> = closes.iter().map(|close| close * 10.0).collect();
        let (one, ten) = (stats(&bars(&closes), 180), stats(&bars(&tenfold), 180));
        for (plain, scaled) in fractions(&one).into_iter().zip(fractions(&ten)) {
            prop_assert!(close_to(plain, scaled), "{plain:?} {scaled:?}");
        }
        let prices = |of: &Stats| [of.mean, of.std_dev, of.sma_50, of.sma_200, of.support, of.resistance];
        for (plain, scaled) in prices(&one).into_iter().zip(prices(&ten)) {
            prop_assert!(close_to(plain.map(|price| price * 10.0), scaled), "{plain:?} {scaled:?}");
        }
        prop_assert_eq!((one.trend, one.sma_50_above_200), (ten.trend, ten.sma_50_above_200));
    }

    #[test]
    fn later_bars_change_nothing_of_what_is_computed_until_a_date(closes in closes(), keep in 1_usize..320) {
        let keep = keep.min(closes.len());
        let mut history = bars(&closes);
        let before = stats(&history[..keep], 180);
        history.retain(|bar| bar.date <= day(keep - 1));
        prop_assert_eq!(before, stats(&history, 180));
    }
}

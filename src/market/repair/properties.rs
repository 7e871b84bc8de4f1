//! What holds for any bars: repair ends, leaves only prices, and finds nothing more to mend in what it has mended.

#![allow(clippy::unwrap_used)]

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::examined;
use super::planted::{of_bars, of_closes, scale};
use crate::market::series::{Bar, Dividend, Series, Split};
use crate::market::ticker::Ticker;

/// Bars at any prices that a number can be, on days with gaps.
fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
    let price = prop_oneof![
        Just(f64::NAN),
        Just(0.0),
        Just(-1.0),
        Just(f64::INFINITY),
        Just(1e-300),
        Just(1e300),
        Just(1.0),
        Just(100.0),
        Just(0.01),
        Just(2.0),
        0.5..2.0,
    ];
    let cell = proptest::option::of(price.clone());
    let volume = proptest::option::of(0..20_000_u64);
    let row = (1..40_u64, price, cell.clone(), cell.clone(), cell, volume);
    proptest::collection::vec(row, 0..80).prop_map(|rows| {
        let mut date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let bar = |(days, close, open, high, low, volume)| {
            date = date + Days::new(days);
            Bar {
                date,
                open,
                high,
                low,
                close,
                volume,
            }
        };
        rows.into_iter().map(bar).collect()
    })
}

fn any_series() -> impl Strategy<Value = Series> {
    let ratio = prop_oneof![Just(2.0), Just(0.1), Just(100.0), Just(0.0), Just(f64::NAN), Just(-1.0)];
    let event = (0..3_000_u64, ratio);
    let currency = prop_oneof![Just("USD"), Just("GBP"), Just("KWD")];
    (any_bars(), proptest::collection::vec(event, 0..4), currency).prop_map(|(bars, events, currency)| {
        let mut series = Series::of_bars(Ticker::parse("ACME").unwrap(), bars);
        series.currency = currency.to_owned();
        for (days, ratio) in events {
            let date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(days);
            series.events.splits.push(Split { date, ratio });
            series.events.dividends.push(Dividend { date, of_price: ratio });
        }
        series
    })
}

proptest! {
    #[test]
    fn any_bars_are_examined_and_what_was_mended_stays(series in any_series()) {
        let (mended, _) = examined(&series);
        prop_assert!(mended.bars.iter().all(|bar| bar.close.is_finite() && bar.close > 0.0));
        prop_assert!(mended.bars.windows(2).all(|pair| pair[0].date < pair[1].date));
        let (again, findings) = examined(&mended);
        prop_assert_eq!(&again.bars, &mended.bars);
        prop_assert!(findings.iter().all(|finding| finding.done.is_none()), "{:?}", findings);
    }

    #[test]
    fn mending_a_clean_series_changes_nothing(seed in 1_000..1_000_000_u64) {
        let series = of_bars(seed);
        let (mended, findings) = examined(&series);
        prop_assert!(findings.iter().all(|finding| finding.done.is_none()), "{:?}", findings);
        prop_assert_eq!(mended, series);
    }

    #[test]
    fn a_planted_block_comes_back_as_it_was(seed in 0..200_u64, at in 100..1_000_usize, days in 1..100_usize) {
        let clean = of_closes(seed);
        let mut planted = clean.clone();
        scale(&mut planted.bars[at..at + days], 100.0);
        let (mended, _) = examined(&planted);
        let largest = clean.bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln().abs()).fold(0.0, f64::max);
        prop_assume!(largest < 0.4);
        prop_assert!(mended.bars.iter().zip(&clean.bars).all(|(bar, before)| (bar.close / before.close - 1.0).abs() < 1e-12));
        prop_assert_eq!(examined(&mended).0.bars, mended.bars);
    }
}

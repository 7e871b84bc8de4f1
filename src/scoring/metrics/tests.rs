//! A window scored by hand, at its edges, and at random.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn quantiles(bands: &[(&str, &[f64])]) -> BTreeMap<String, Vec<f64>> {
    bands
        .iter()
        .map(|&(level, prices)| (level.to_owned(), prices.to_vec()))
        .collect()
}

fn point(history: &[f64], predicted: &[f64], actual: &[f64]) -> Result<Metrics, MetricsError> {
    score(Scored {
        history,
        predicted,
        quantiles: &BTreeMap::new(),
        distribution: Distribution::Quantiles,
        actual,
    })
}

fn banded(bands: &[(&str, &[f64])], actual: &[f64]) -> Result<Metrics, MetricsError> {
    let quantiles = quantiles(bands);
    score(Scored {
        history: &[1.0, 2.0],
        predicted: actual,
        quantiles: &quantiles,
        distribution: Distribution::Quantiles,
        actual,
    })
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs().max(1.0)
}

#[test]
fn the_errors_are_those_computed_by_hand() {
    // Errors 2, 0, 4, 1: MAE 7/4, RMSE √(21/4), MAPE 1.55 %. Moves from 100: forecast +, −, +, −; truth 0, +, +, −.
    // Known closes move by 1, 2, 3: scale 2, MASE 7/8. Whole moves: 99 and 100 from 100, down and flat.
    let scored = point(
        &[98.0, 99.0, 97.0, 100.0],
        &[102.0, 101.0, 121.0, 99.0],
        &[100.0, 101.0, 125.0, 100.0],
    )
    .unwrap();
    assert!(
        near(scored.mae, 1.75) && near(scored.rmse, 5.25_f64.sqrt()),
        "{scored:?}"
    );
    assert!(
        near(scored.mape.unwrap(), 1.55) && near(scored.mase.unwrap(), 0.875),
        "{scored:?}"
    );
    assert!(
        near(scored.smape, (400.0 / 202.0 + 800.0 / 246.0 + 200.0 / 199.0) / 4.0),
        "{scored:?}"
    );
    assert_eq!((scored.directional_accuracy, scored.horizon_direction), (50.0, 0.0));
    assert_eq!(
        (scored.pinball, scored.crps, scored.coverage.len(), scored.width.len()),
        (None, None, 0, 0)
    );
}

#[test]
fn a_true_price_of_zero_leaves_the_percentage_open() {
    let scored = point(&[1.0, 2.0], &[0.0, 1.0], &[0.0, 0.0]).unwrap();
    assert_eq!((scored.mape, scored.smape, scored.mae), (None, 100.0, 0.5));
}

#[test]
fn closes_that_never_moved_give_no_scale() {
    assert_eq!(point(&[5.0, 5.0, 5.0], &[6.0], &[7.0]).unwrap().mase, None);
    assert_eq!(point(&[5.0], &[6.0], &[7.0]).unwrap().mase, None);
    assert_eq!(point(&[5.0, 6.0], &[6.0], &[7.0]).unwrap().mase, Some(1.0));
}

#[test]
fn flat_matches_only_flat_on_a_step_and_over_the_horizon() {
    let direction = |predicted: &[f64], actual: &[f64]| {
        let scored = point(&[10.0], predicted, actual).unwrap();
        (scored.directional_accuracy, scored.horizon_direction)
    };
    assert_eq!(direction(&[10.0], &[10.0]), (100.0, 100.0));
    assert_eq!(direction(&[10.0], &[11.0]), (0.0, 0.0));
    assert_eq!(direction(&[11.0, 10.0], &[9.0, 10.0]), (0.0, 100.0));
    assert_eq!(direction(&[11.0, 12.0], &[11.0, 9.0]), (50.0, 0.0));
}

#[test]
fn intervals_count_their_bounds() {
    let scored = banded(
        &[("0.25", &[1.0, 1.0, 1.0]), ("0.75", &[3.0, 3.0, 3.0])],
        &[1.0, 3.0, 3.5],
    )
    .unwrap();
    assert_eq!(scored.coverage, BTreeMap::from([("0.5".to_owned(), 2.0 / 3.0)]));
    assert_eq!(scored.width, BTreeMap::from([("0.5".to_owned(), 2.0)]));
    // 0.25: 0, 0.5, 0.625; 0.75: 0.5, 0, 0.375; six of them.
    assert!(
        near(scored.pinball.unwrap(), 2.0 / 6.0) && near(scored.crps.unwrap(), 4.0 / 6.0),
        "{scored:?}"
    );
}

#[test]
fn crossed_bounds_hold_nothing_and_have_no_width() {
    let scored = banded(&[("0.1", &[3.0, 1.0]), ("0.9", &[1.0, 3.0])], &[2.0, 2.0]).unwrap();
    assert_eq!(
        (scored.coverage.get("0.8"), scored.width.get("0.8")),
        (Some(&0.5), Some(&1.0))
    );
}

#[test]
fn a_level_may_be_written_with_more_digits() {
    let scored = banded(&[("0.050", &[1.0]), ("0.95", &[3.0])], &[2.0]).unwrap();
    assert_eq!(scored.coverage.get("0.9"), Some(&1.0));
}

#[test]
fn paths_score_before_quantiles_do() {
    let quantiles = quantiles(&[("0.5", &[10.0])]);
    let paths = [vec![9.0], vec![11.0]];
    let scored = score(Scored {
        history: &[9.0],
        predicted: &[10.0],
        quantiles: &quantiles,
        distribution: Distribution::Members(&paths),
        actual: &[10.0],
    });
    assert_eq!(scored.unwrap().crps, Some(0.5));
}

#[test]
fn what_cannot_be_scored_is_named() {
    let refused = |history: &[f64], predicted: &[f64], actual: &[f64]| point(history, predicted, actual).unwrap_err();
    assert_eq!(refused(&[1.0], &[], &[]), MetricsError::Empty);
    assert_eq!(refused(&[], &[1.0], &[1.0]), MetricsError::NoHistory);
    let lengths = MetricsError::Lengths {
        part: Part::Forecast,
        found: 1,
        needed: 2,
    };
    assert_eq!(refused(&[1.0], &[1.0], &[1.0, 2.0]), lengths);
    assert!(
        lengths.to_string().contains("the forecast holds 1 prices, but 2 days"),
        "{lengths}"
    );
    let at = |part, step| MetricsError::NotFinite { part, step };
    assert_eq!(refused(&[1.0], &[1.0, f64::NAN], &[1.0, 2.0]), at(Part::Forecast, 2));
    assert_eq!(refused(&[1.0], &[1.0], &[f64::INFINITY]), at(Part::Truth, 1));
    assert_eq!(refused(&[1.0, f64::NAN], &[1.0], &[1.0]), at(Part::History, 2));
    assert_eq!(refused(&[1.0], &[f64::MAX], &[-f64::MAX]), MetricsError::TooLarge);
    let level = |level: &str| MetricsError::Level {
        level: level.to_owned(),
    };
    assert_eq!(banded(&[("median", &[1.0])], &[1.0]).unwrap_err(), level("median"));
    assert_eq!(banded(&[("1", &[1.0])], &[1.0]).unwrap_err(), level("1"));
    assert_eq!(banded(&[("NaN", &[1.0])], &[1.0]).unwrap_err(), level("NaN"));
    let short = MetricsError::Lengths {
        part: Part::Quantile,
        found: 0,
        needed: 1,
    };
    assert_eq!(banded(&[("0.5", &[])], &[1.0]).unwrap_err(), short);
    let paths = [vec![1.0, f64::NAN]];
    let path = Scored {
        history: &[1.0],
        predicted: &[1.0, 1.0],
        quantiles: &BTreeMap::new(),
        distribution: Distribution::Members(&paths),
        actual: &[1.0, 1.0],
    };
    assert_eq!(score(path).unwrap_err(), at(Part::Path, 2));
}

#[test]
fn metrics_survive_the_way_through_json() {
    let scored = banded(&[("0.25", &[1.0]), ("0.75", &[3.0])], &[2.1]).unwrap();
    let text = serde_json::to_string(&scored).unwrap();
    assert_eq!(serde_json::from_str::<Metrics>(&text).unwrap(), scored);
}

fn pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((1.0..1_000.0_f64, 1.0..1_000.0_f64), 1..40)
}

proptest! {
    #[test]
    fn a_perfect_forecast_has_no_error_and_every_direction(pairs in pairs(), last in 1.0..1_000.0_f64) {
        let (_, actual): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scored = point(&[last + 1.0, last], &actual, &actual).unwrap();
        prop_assert_eq!((scored.mae, scored.rmse, scored.mape, scored.smape, scored.mase), (0.0, 0.0, Some(0.0), 0.0, Some(0.0)));
        prop_assert_eq!((scored.directional_accuracy, scored.horizon_direction), (100.0, 100.0));
    }

    #[test]
    fn a_scale_of_prices_leaves_every_relative_figure(pairs in pairs(), last in 1.0..1_000.0_f64, power in -3..6_i32) {
        // A power of two scales without rounding, so that no tie between two prices appears or disappears.
        let factor = 2.0_f64.powi(power);
        let (predicted, actual): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scaled = |prices: &[f64]| prices.iter().map(|price| price * factor).collect::<Vec<_>>();
        let before = point(&[last + 1.0, last], &predicted, &actual).unwrap();
        let after = point(&scaled(&[last + 1.0, last]), &scaled(&predicted), &scaled(&actual)).unwrap();
        prop_assert!(near(after.mae, before.mae * factor) && near(after.rmse, before.rmse * factor));
        prop_assert!(near(after.smape, before.smape) && near(after.mape.unwrap(), before.mape.unwrap()));
        prop_assert!(near(after.mase.unwrap(), before.mase.unwrap()));
        prop_assert_eq!(after.directional_accuracy, before.directional_accuracy);
        prop_assert_eq!(after.horizon_direction, before.horizon_direction);
    }

    #[test]
    fn errors_keep_their_bounds(pairs in pairs()) {
        let (predicted, actual): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scored = point(&[1.0], &predicted, &actual).unwrap();
        prop_assert!(scored.rmse >= scored.mae * (1.0 - 1e-12));
        prop_assert!((0.0..=200.0).contains(&scored.smape));
        prop_assert!((0.0..=100.0).contains(&scored.directional_accuracy));
    }

    #[test]
    fn the_score_of_many_levels_is_near_that_of_the_paths_they_come_from(
        mut prices in proptest::collection::vec(90.0..110.0_f64, 99..100),
        truth in 80.0..120.0_f64,
    ) {
        prices.sort_by(f64::total_cmp);
        let bands = (1..).zip(&prices).map(|(rank, &price)| (format!("{}", f64::from(rank) / 100.0), vec![price])).collect();
        let paths: Vec<Vec<f64>> = prices.iter().map(|&price| vec![price]).collect();
        let of = |paths: &[Vec<f64>]| {
            score(Scored { history: &[100.0], predicted: &[100.0], quantiles: &bands, distribution: Distribution::Members(paths), actual: &[truth] }).unwrap().crps.unwrap()
        };
        prop_assert!((of(&paths) - of(&[])).abs() < 0.25, "{} and {}", of(&paths), of(&[]));
    }
}

//! The errors of a forecast and of the naive forecast over one window. Pure; the caller decides which bars are compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::metrics::{Distribution, Metrics, MetricsError, Scored, score};

/// A forecast's errors beside those of the naive one, which repeats the last known close.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The model's forecast.
    pub model: Metrics,
    /// The naive forecast.
    pub naive: Metrics,
    /// Which of them was closer in this window.
    pub verdict: WindowVerdict,
}

/// A model against the naive forecast in one window, by mean absolute error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum WindowVerdict {
    /// The model's error is smaller by more than 1 %.
    #[serde(rename = "beats_naive")]
    Beats,
    /// Within 1 % of each other.
    #[serde(rename = "ties_naive")]
    Ties,
    /// The model's error is larger by more than 1 %.
    #[serde(rename = "loses_to_naive")]
    Loses,
}

/// Part of the naive error within which a model's error counts as the same, a fraction.
const TIE: f64 = 0.01;

/// The errors of `predicted` and of the naive forecast, one price a step after the last known close, and which was closer.
///
/// # Errors
///
/// As [`score`].
pub fn compare(last_close: f64, predicted: &[f64], actual: &[f64]) -> Result<Comparison, MetricsError> {
    let of = |predicted: &[f64]| {
        score(Scored {
            history: &[last_close],
            predicted,
            quantiles: &BTreeMap::new(),
            distribution: Distribution::Quantiles,
            actual,
        })
    };
    let (model, naive) = (of(predicted)?, of(&vec![last_close; actual.len()])?);
    Ok(Comparison {
        verdict: verdict(model.mae, naive.mae),
        model,
        naive,
    })
}

fn verdict(model: f64, naive: f64) -> WindowVerdict {
    if (model - naive).abs() <= naive * TIE {
        WindowVerdict::Ties
    } else if model < naive {
        WindowVerdict::Beats
    } else {
        WindowVerdict::Loses
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::scoring::metrics::Part;

    fn score(last_close: f64, predicted: &[f64], actual: &[f64]) -> Result<Metrics, MetricsError> {
        compare(last_close, predicted, actual).map(|compared| compared.model)
    }

    fn prices(steps: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(1.0..1_000.0_f64, steps)
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * right.abs().max(1.0)
    }

    #[test]
    fn the_errors_are_those_computed_by_hand() {
        // Errors 2, 0, 4, 1: MAE 7/4; squares 4 + 0 + 16 + 1 = 21, RMSE √(21/4);
        // relative 2/100 + 0 + 4/125 + 1/100 = 0.062, MAPE 1.55 %. Moves from 100: forecast +, −, +, −; truth 0, +, +, −.
        let scored = score(100.0, &[102.0, 101.0, 121.0, 99.0], &[100.0, 101.0, 125.0, 100.0]).unwrap();
        assert!(near(scored.mae, 1.75), "{scored:?}");
        assert!(near(scored.rmse, 5.25_f64.sqrt()), "{scored:?}");
        assert!(near(scored.mape.unwrap(), 1.55), "{scored:?}");
        assert!(near(scored.directional_accuracy, 50.0), "{scored:?}");
    }

    #[test]
    fn direction_counts_from_the_first_step_and_flat_matches_only_flat() {
        let direction =
            |predicted: &[f64], actual: &[f64]| score(10.0, predicted, actual).unwrap().directional_accuracy;
        assert_eq!(direction(&[11.0], &[12.0]), 100.0);
        assert_eq!(direction(&[11.0], &[9.0]), 0.0);
        assert_eq!(direction(&[10.0], &[10.0]), 100.0);
        assert_eq!(direction(&[10.0], &[11.0]), 0.0);
        assert_eq!(direction(&[11.0, 11.0], &[10.0, 10.0]), 50.0);
    }

    #[test]
    fn the_naive_forecast_repeats_the_last_close() {
        let compared = compare(100.0, &[101.0, 102.0], &[102.0, 104.0]).unwrap();
        assert_eq!((compared.model.mae, compared.naive.mae), (1.5, 3.0));
        assert_eq!(compared.naive.directional_accuracy, 0.0);
        assert_eq!(compared.verdict, WindowVerdict::Beats);
    }

    #[test]
    fn a_verdict_within_one_per_cent_is_a_tie() {
        assert_eq!(verdict(1.0, 2.0), WindowVerdict::Beats);
        assert_eq!(verdict(198.5, 200.0), WindowVerdict::Ties);
        assert_eq!(verdict(201.5, 200.0), WindowVerdict::Ties);
        assert_eq!(verdict(203.0, 200.0), WindowVerdict::Loses);
        assert_eq!(verdict(0.0, 0.0), WindowVerdict::Ties);
        assert_eq!(verdict(0.1, 0.0), WindowVerdict::Loses);
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        let refused = |predicted: &[f64], actual: &[f64]| score(10.0, predicted, actual).unwrap_err();
        assert_eq!(refused(&[], &[]), MetricsError::Empty);
        let lengths = MetricsError::Lengths {
            part: Part::Forecast,
            found: 1,
            needed: 2,
        };
        let not_finite = |part: Part, step: usize| MetricsError::NotFinite { part, step };
        assert_eq!(refused(&[1.0], &[1.0, 2.0]), lengths);
        assert_eq!(refused(&[1.0, f64::NAN], &[1.0, 2.0]), not_finite(Part::Forecast, 2));
        assert_eq!(refused(&[1.0], &[f64::INFINITY]), not_finite(Part::Truth, 1));
        assert_eq!(refused(&[f64::MAX], &[-f64::MAX]), MetricsError::TooLarge);
        assert_eq!(
            score(f64::NAN, &[1.0], &[1.0]).unwrap_err(),
            not_finite(Part::History, 1)
        );
        // A true price of zero has no percentage, and every other error.
        let scored = score(10.0, &[1.0], &[0.0]).unwrap();
        assert_eq!((scored.mape, scored.mae), (None, 1.0));
    }

    #[test]
    fn a_verdict_is_a_word_for_programs() {
        let word = |verdict: WindowVerdict| serde_json::to_value(verdict).unwrap();
        assert_eq!(word(WindowVerdict::Loses), "loses_to_naive");
    }

    proptest! {
        #[test]
        fn a_perfect_forecast_has_no_error_and_every_direction(last in 1.0..1_000.0_f64, actual in prices(1..40)) {
            let scored = score(last, &actual, &actual).unwrap();
            prop_assert_eq!((scored.mae, scored.rmse, scored.mape, scored.directional_accuracy), (0.0, 0.0, Some(0.0), 100.0));
        }

        #[test]
        fn prices_scaled_by_a_factor_scale_the_errors_and_leave_the_percentages(
            last in 1.0..1_000.0_f64,
            pairs in proptest::collection::vec((1.0..1_000.0_f64, 1.0..1_000.0_f64), 1..40),
            power in -3..6_i32,
        ) {
            // A power of two scales without rounding, so that no tie between two prices appears or disappears.
            let factor = 2.0_f64.powi(power);
            let (predicted, actual): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let scaled = |prices: &[f64]| prices.iter().map(|price| price * factor).collect::<Vec<_>>();
            let before = score(last, &predicted, &actual).unwrap();
            let after = score(last * factor, &scaled(&predicted), &scaled(&actual)).unwrap();
            prop_assert!(near(after.mae, before.mae * factor) && near(after.rmse, before.rmse * factor));
            prop_assert!(near(after.mape.unwrap(), before.mape.unwrap()));
            prop_assert_eq!(after.directional_accuracy, before.directional_accuracy);
        }

        #[test]
        fn the_root_mean_square_is_never_below_the_mean(last in 1.0..1_000.0_f64, predicted in prices(5..6), actual in prices(5..6)) {
            let scored = score(last, &predicted, &actual).unwrap();
            prop_assert!(scored.rmse >= scored.mae * (1.0 - 1e-12));
        }
    }
}

//! How far a forecast lay from what came: two lists of prices in, error measures out, for the model and for the naive
//! forecast beside it. Pure; which bars are compared is decided elsewhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Errors of a forecast over one window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metrics {
    /// Mean absolute error, price units.
    pub mae: f64,
    /// Root mean squared error, price units.
    pub rmse: f64,
    /// Mean absolute percentage error (Hyndman & Koehler 2006), per cent of the true price.
    pub mape: f64,
    /// Share of the steps on which forecast and truth moved the same way, per cent, 0–100. The first step moves from the
    /// last known close; a step without movement matches only another one.
    pub directional_accuracy: f64,
}

/// A forecast's errors beside those of the naive one, which repeats the last known close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The model's forecast.
    pub model: Metrics,
    /// The naive forecast.
    pub naive: Metrics,
    /// Which of them was closer in this window.
    pub verdict: Verdict,
}

/// A model against the naive forecast in one window, by mean absolute error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The model's error is smaller by more than 1 %.
    BeatsNaive,
    /// Within 1 % of each other.
    TiesNaive,
    /// The model's error is larger by more than 1 %.
    LosesToNaive,
}

/// Prices that cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccuracyError {
    /// Nothing was forecast.
    #[error("there is no step to compare; forecast at least one")]
    Empty,
    /// Not one price for each day.
    #[error("{predicted} prices were forecast, but {actual} days are there to compare them with")]
    Lengths {
        /// Prices forecast.
        predicted: usize,
        /// True prices.
        actual: usize,
    },
    /// A price that is not a number, infinite, or a true price of zero.
    #[error("step {step} holds a price that cannot be compared: prices are finite, and true ones are not zero")]
    Price {
        /// The step, from 1; 0 is the last known close.
        step: usize,
    },
    /// Prices so large that their errors are no finite numbers.
    #[error("the prices are too large to be compared")]
    TooLarge,
}

/// Part of the naive error within which a model's error counts as the same, a fraction.
const TIE: f64 = 0.01;

/// The errors of `predicted` against `actual`, one price a step, after the last known close `last_close`.
///
/// # Errors
///
/// [`AccuracyError`] for lists of different or no length, and for prices that are not finite or, where true, zero.
pub fn score(last_close: f64, predicted: &[f64], actual: &[f64]) -> Result<Metrics, AccuracyError> {
    if predicted.len() != actual.len() {
        return Err(AccuracyError::Lengths {
            predicted: predicted.len(),
            actual: actual.len(),
        });
    }
    if actual.is_empty() {
        return Err(AccuracyError::Empty);
    }
    if !last_close.is_finite() {
        return Err(AccuracyError::Price { step: 0 });
    }
    let (mut absolute, mut squared, mut relative, mut same) = (0.0, 0.0, 0.0, 0_usize);
    let (mut predicted_before, mut actual_before) = (last_close, last_close);
    for ((&forecast, &truth), step) in predicted.iter().zip(actual).zip(1..) {
        if !forecast.is_finite() || !truth.is_finite() || truth == 0.0 {
            return Err(AccuracyError::Price { step });
        }
        let error = (forecast - truth).abs();
        absolute += error;
        squared += error * error;
        relative += error / truth.abs();
        same += usize::from(forecast.partial_cmp(&predicted_before) == truth.partial_cmp(&actual_before));
        (predicted_before, actual_before) = (forecast, truth);
    }
    let steps = actual.len() as f64;
    let metrics = Metrics {
        mae: absolute / steps,
        rmse: (squared / steps).sqrt(),
        mape: relative / steps * 100.0,
        directional_accuracy: same as f64 / steps * 100.0,
    };
    let finite = [metrics.mae, metrics.rmse, metrics.mape]
        .iter()
        .all(|error| error.is_finite());
    finite.then_some(metrics).ok_or(AccuracyError::TooLarge)
}

/// The errors of `predicted` and of the naive forecast, and which was closer.
///
/// # Errors
///
/// As [`score`].
pub fn compare(last_close: f64, predicted: &[f64], actual: &[f64]) -> Result<Comparison, AccuracyError> {
    let model = score(last_close, predicted, actual)?;
    let naive = score(last_close, &vec![last_close; actual.len()], actual)?;
    Ok(Comparison {
        model,
        naive,
        verdict: verdict(model.mae, naive.mae),
    })
}

fn verdict(model: f64, naive: f64) -> Verdict {
    if (model - naive).abs() <= naive * TIE {
        Verdict::TiesNaive
    } else if model < naive {
        Verdict::BeatsNaive
    } else {
        Verdict::LosesToNaive
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

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
        assert!(near(scored.mape, 1.55), "{scored:?}");
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
        assert_eq!(compared.verdict, Verdict::BeatsNaive);
    }

    #[test]
    fn a_verdict_within_one_per_cent_is_a_tie() {
        assert_eq!(verdict(1.0, 2.0), Verdict::BeatsNaive);
        assert_eq!(verdict(198.5, 200.0), Verdict::TiesNaive);
        assert_eq!(verdict(201.5, 200.0), Verdict::TiesNaive);
        assert_eq!(verdict(203.0, 200.0), Verdict::LosesToNaive);
        assert_eq!(verdict(0.0, 0.0), Verdict::TiesNaive);
        assert_eq!(verdict(0.1, 0.0), Verdict::LosesToNaive);
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        let refused = |predicted: &[f64], actual: &[f64]| score(10.0, predicted, actual).unwrap_err();
        assert_eq!(refused(&[], &[]), AccuracyError::Empty);
        let lengths = AccuracyError::Lengths {
            predicted: 1,
            actual: 2,
        };
        assert_eq!(refused(&[1.0], &[1.0, 2.0]), lengths);
        assert_eq!(refused(&[1.0, f64::NAN], &[1.0, 2.0]), AccuracyError::Price { step: 2 });
        assert_eq!(refused(&[1.0], &[0.0]), AccuracyError::Price { step: 1 });
        assert_eq!(refused(&[1.0], &[f64::INFINITY]), AccuracyError::Price { step: 1 });
        assert_eq!(refused(&[f64::MAX], &[-f64::MAX]), AccuracyError::TooLarge);
        assert_eq!(
            score(f64::NAN, &[1.0], &[1.0]).unwrap_err(),
            AccuracyError::Price { step: 0 }
        );
    }

    #[test]
    fn a_verdict_is_a_word_for_programs() {
        let word = |verdict: Verdict| serde_json::to_value(verdict).unwrap();
        assert_eq!(word(Verdict::LosesToNaive), "loses_to_naive");
    }

    proptest! {
        #[test]
        fn a_perfect_forecast_has_no_error_and_every_direction(last in 1.0..1_000.0_f64, actual in prices(1..40)) {
            let scored = score(last, &actual, &actual).unwrap();
            prop_assert_eq!((scored.mae, scored.rmse, scored.mape, scored.directional_accuracy), (0.0, 0.0, 0.0, 100.0));
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
            prop_assert!(near(after.mape, before.mape));
            prop_assert_eq!(after.directional_accuracy, before.directional_accuracy);
        }

        #[test]
        fn the_root_mean_square_is_never_below_the_mean(last in 1.0..1_000.0_f64, predicted in prices(5..6), actual in prices(5..6)) {
            let scored = score(last, &predicted, &actual).unwrap();
            prop_assert!(scored.rmse >= scored.mae * (1.0 - 1e-12));
        }
    }
}

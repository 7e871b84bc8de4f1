//! One window: a price history in; what was known on the split day, and what came after it, out.

use super::{BacktestError, Comparison, compare};
use crate::market::{Bar, Series};

/// A history cut in two at the split day.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The bars up to and including the split day; at least one.
    pub context: Series,
    /// The bars after it, one for each day to forecast.
    pub truth: Vec<Bar>,
}

impl Window {
    /// The true closes, one a step.
    pub fn closes(&self) -> Vec<f64> {
        self.truth.iter().map(|bar| bar.close).collect()
    }

    /// The errors of a forecast of this window, one price a step, beside those of the naive one.
    ///
    /// # Errors
    ///
    /// [`BacktestError::Accuracy`] when there is not one finite price for each step.
    pub fn compare(&self, predicted: &[f64]) -> Result<Comparison, BacktestError> {
        let last_close = self.context.last().map_or(f64::NAN, |bar| bar.close);
        Ok(compare(last_close, predicted, &self.closes())?)
    }
}

/// Cuts off the last `horizon` bars of `series`; at least `fewest_context` bars (and at least one) must be left before them.
///
/// # Errors
///
/// [`BacktestError::TooFewBars`] with how many there are and are needed; [`BacktestError::NoHorizon`].
pub fn split(series: &Series, horizon: usize, fewest_context: usize) -> Result<Window, BacktestError> {
    if horizon == 0 {
        return Err(BacktestError::NoHorizon);
    }
    let found = series.bars.len();
    let needed = horizon.saturating_add(fewest_context.max(1));
    if found < needed {
        return Err(BacktestError::TooFewBars { horizon, found, needed });
    }
    let mut context = series.clone();
    let truth = context.bars.split_off(found - horizon);
    Ok(Window { context, truth })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;
    use crate::backtest::{AccuracyError, Verdict};
    use crate::market::{SourceKind, Ticker};

    fn series(closes: impl IntoIterator<Item = f64>) -> Series {
        let first = NaiveDate::from_ymd_opt(2013, 1, 1).unwrap();
        let bar = |(day, close)| Bar {
            date: first + Days::new(day),
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        };
        Series {
            ticker: Ticker::parse("AAPL").unwrap(),
            company: Some("Apple Inc.".into()),
            currency: "USD".into(),
            exchange: None,
            bars: (0..).zip(closes).map(bar).collect(),
            source: SourceKind::Demo,
            warnings: vec!["one day was skipped".into()],
        }
    }

    #[test]
    fn the_split_day_is_the_last_that_is_known() {
        let window = split(&series([1.0, 2.0, 3.0, 4.0, 5.0]), 2, 3).unwrap();
        assert_eq!(window.context.closes(), [1.0, 2.0, 3.0]);
        assert_eq!(window.closes(), [4.0, 5.0]);
        assert_eq!(window.context.warnings, ["one day was skipped"]);
    }

    #[test]
    fn too_few_bars_are_counted_in_the_error() {
        let error = split(&series([1.0, 2.0, 3.0, 4.0]), 2, 3).unwrap_err();
        let wanted = BacktestError::TooFewBars {
            horizon: 2,
            found: 4,
            needed: 5,
        };
        assert_eq!(error, wanted);
        assert!(error.to_string().contains("needs 5 bars, and there are 4"), "{error}");
        assert!(split(&series([]), usize::MAX, usize::MAX).is_err());
        assert!(split(&series([1.0]), 1, 0).is_err());
        assert_eq!(split(&series([1.0, 2.0]), 0, 1).unwrap_err(), BacktestError::NoHorizon);
    }

    #[test]
    fn a_window_scores_a_forecast_from_its_own_last_close() {
        let window = split(&series([90.0, 100.0, 102.0, 104.0]), 2, 2).unwrap();
        let compared = window.compare(&[102.0, 104.0]).unwrap();
        assert_eq!((compared.model.mae, compared.naive.mae), (0.0, 3.0));
        assert_eq!(compared.verdict, Verdict::BeatsNaive);
        let lengths = AccuracyError::Lengths {
            predicted: 1,
            actual: 2,
        };
        assert_eq!(window.compare(&[1.0]).unwrap_err(), BacktestError::Accuracy(lengths));
    }

    proptest! {
        #[test]
        fn context_and_truth_put_together_are_the_history(count in 1..60_usize, horizon in 1..40_usize, fewest in 0..40_usize) {
            let whole = series((1..=count).map(|close| close as f64));
            match split(&whole, horizon, fewest) {
                Ok(window) => {
                    prop_assert!(window.context.bars.len() >= fewest.max(1));
                    prop_assert_eq!(window.truth.len(), horizon);
                    prop_assert_eq!([window.context.bars, window.truth].concat(), whole.bars);
                }
                Err(_) => prop_assert!(count < horizon + fewest.max(1)),
            }
        }
    }
}

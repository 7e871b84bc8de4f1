//! Rolling origins: a price history comes in, split days go out. A forecast sees only data up to the split day and is compared
//! with the data after it. Nothing here looks at prices.

use chrono::NaiveDate;

use super::BacktestError;
use crate::market::{Bar, Doubt, Series};

/// Which windows of a history to test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origins {
    /// Trading days to forecast from each origin.
    pub horizon: usize,
    /// Number of origins; with `from`, the most there may be.
    pub count: usize,
    /// Trading days from one origin to the next.
    pub stride: usize,
    /// The newest split day; if it is no trading day, the trading day before. By default the newest day followed by a whole
    /// horizon.
    pub as_of: Option<NaiveDate>,
    /// No split day is earlier.
    pub from: Option<NaiveDate>,
    /// No day that is compared with a forecast is later.
    pub until: Option<NaiveDate>,
    /// The fewest bars up to and including the first split day; at least one.
    pub fewest_context: usize,
}

/// One origin: a history divided at its split day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Bars up to and including the split day.
    known: usize,
    horizon: usize,
}

impl Window {
    /// The data known on the split day: the newest `bars` bars up to and including it.
    pub fn context(&self, series: &Series, bars: usize) -> Series {
        let known = self.known.min(series.bars.len());
        let bars = &series.bars[known.saturating_sub(bars.max(1))..known];
        let first = bars.first().map_or(NaiveDate::MAX, |bar| bar.date);
        let last = bars.last().map_or(NaiveDate::MIN, |bar| bar.date);
        let concerns = |doubt: &&Doubt| doubt.to > first && doubt.to <= last;
        Series {
            bars: bars.to_vec(),
            ticker: series.ticker.clone(),
            company: series.company.clone(),
            currency: series.currency.clone(),
            exchange: series.exchange.clone(),
            source: series.source,
            warnings: series.warnings.clone(),
            events: series.events.between(first, last),
            doubts: series.doubts.iter().filter(concerns).cloned().collect(),
        }
    }

    /// The actual bars: one for each day to forecast.
    pub fn truth<'a>(&self, series: &'a Series) -> &'a [Bar] {
        let known = self.known.min(series.bars.len());
        &series.bars[known..series.bars.len().min(known + self.horizon)]
    }
}

/// The windows in `series`, oldest first.
///
/// # Errors
///
/// [`BacktestError::TooFewBars`] with the bars found and needed; [`BacktestError::NothingAfter`] when the as-of date is not
/// followed by a whole horizon; [`BacktestError::NoneBetween`] when none lies between the two days; [`BacktestError::Empty`] for no
/// day or no window.
pub fn windows(series: &Series, origins: &Origins) -> Result<Vec<Window>, BacktestError> {
    let Origins {
        horizon,
        mut count,
        stride,
        ..
    } = *origins;
    if horizon == 0 || count == 0 || stride == 0 {
        return Err(BacktestError::Empty);
    }
    // Bars after the last day to compare do not count.
    let bars = match origins.until {
        Some(until) => &series.bars[..series.bars.partition_point(|bar| bar.date <= until)],
        None => &series.bars[..],
    };
    let found = bars.len();
    if let Some(from) = origins.from {
        count = count.min(fitting(bars, origins, from).ok_or(BacktestError::NoneBetween {
            horizon,
            context: origins.fewest_context.max(1),
            from,
            until: origins.until.or(bars.last().map(|bar| bar.date)).unwrap_or(from),
        })?);
    }
    let too_few = |needed: usize| BacktestError::TooFewBars {
        horizon,
        origins: count,
        found,
        needed,
    };
    let before = origins
        .fewest_context
        .max(1)
        .saturating_add((count - 1).saturating_mul(stride));
    let newest_known = match origins.as_of {
        None => found
            .checked_sub(horizon)
            .ok_or_else(|| too_few(before.saturating_add(horizon)))?,
        Some(as_of) => {
            let known = bars.partition_point(|bar| bar.date <= as_of);
            if found - known < horizon {
                return Err(BacktestError::NothingAfter {
                    as_of,
                    after: found - known,
                    horizon,
                });
            }
            known
        }
    };
    if newest_known < before {
        return Err(too_few(before.saturating_add(found - newest_known)));
    }
    let split = |number: usize| newest_known - (count - 1 - number) * stride;
    Ok((0..count)
        .map(|number| Window {
            known: split(number),
            horizon,
        })
        .collect())
}

/// How many windows whose split days are `from` or later fit into `bars`; `None` for none.
fn fitting(bars: &[Bar], origins: &Origins, from: NaiveDate) -> Option<usize> {
    let until = |day: NaiveDate| bars.partition_point(|bar| bar.date <= day);
    let newest = bars.len().checked_sub(origins.horizon)?;
    let newest = origins.as_of.map_or(newest, |as_of| newest.min(until(as_of)));
    let oldest = (bars.partition_point(|bar| bar.date < from) + 1).max(origins.fewest_context);
    Some(newest.checked_sub(oldest)? / origins.stride + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::market::{SourceKind, Ticker};

    fn series(count: usize) -> Series {
        let first = NaiveDate::from_ymd_opt(2013, 1, 1).unwrap();
        let bar = |day: usize| Bar {
            date: first + Days::new(day as u64),
            open: None,
            high: None,
            low: None,
            close: day as f64 + 1.0,
            volume: None,
        };
        Series {
            ticker: Ticker::parse("AAPL").unwrap(),
            company: Some("Apple Inc.".into()),
            currency: "USD".into(),
            exchange: None,
            bars: (0..count).map(bar).collect(),
            source: SourceKind::Demo,
            warnings: vec!["one day was skipped".into()],
            events: crate::market::Events::default(),
            doubts: Vec::new(),
        }
    }

    fn one(horizon: usize) -> Origins {
        Origins {
            horizon,
            count: 1,
            stride: 1,
            as_of: None,
            from: None,
            until: None,
            fewest_context: 1,
        }
    }

    #[test]
    fn the_split_day_is_the_last_that_is_known() {
        let series = series(5);
        let window = windows(&series, &one(2)).unwrap()[0];
        assert_eq!(window.context(&series, 10).closes(), [1.0, 2.0, 3.0]);
        assert_eq!(window.context(&series, 2).closes(), [2.0, 3.0]);
        assert_eq!(window.context(&series, 2).warnings, ["one day was skipped"]);
        let truth: Vec<f64> = window.truth(&series).iter().map(|bar| bar.close).collect();
        assert_eq!(truth, [4.0, 5.0]);
    }

    #[test]
    fn an_as_of_date_is_the_newest_split_day() {
        let series = series(10);
        let as_of = Some(series.bars[5].date);
        let origins = Origins {
            count: 2,
            stride: 3,
            as_of,
            ..one(2)
        };
        let splits: Vec<f64> = windows(&series, &origins)
            .unwrap()
            .iter()
            .map(|window| window.context(&series, 100).bars.last().unwrap().close)
            .collect();
        assert_eq!(splits, [3.0, 6.0]);
        let too_new = Origins {
            as_of: Some(series.bars[8].date),
            ..one(2)
        };
        let error = windows(&series, &too_new).unwrap_err();
        assert!(matches!(error, BacktestError::NothingAfter { after: 1, .. }), "{error}");
    }

    #[test]
    fn two_days_bound_the_split_days_and_the_days_that_are_compared() {
        let series = series(20);
        let splits = |from: usize, until: usize, count: usize| -> Result<Vec<f64>, BacktestError> {
            let origins = Origins {
                count,
                stride: 3,
                from: Some(series.bars[from].date),
                until: Some(series.bars[until].date),
                fewest_context: 2,
                ..one(2)
            };
            let windows = windows(&series, &origins)?;
            let last = |window: &Window| window.truth(&series).last().map(|bar| bar.date);
            assert!(
                windows
                    .iter()
                    .all(|window| last(window) <= Some(series.bars[until].date))
            );
            Ok(windows
                .iter()
                .map(|window| *window.context(&series, 1).closes().last().unwrap())
                .collect())
        };
        // Closes are the numbers of the bars from 1; the newest split leaves two bars up to `until`.
        assert_eq!(splits(4, 14, 100).unwrap(), [7.0, 10.0, 13.0]);
        assert_eq!(splits(6, 14, 100).unwrap(), [7.0, 10.0, 13.0]);
        assert_eq!(splits(4, 14, 2).unwrap(), [10.0, 13.0]);
        assert_eq!(splits(0, 3, 100).unwrap(), [2.0], "two bars must be known");
        let error = splits(10, 11, 5).unwrap_err();
        assert!(matches!(error, BacktestError::NoneBetween { .. }), "{error}");
    }

    #[test]
    fn too_few_bars_are_counted_in_the_error() {
        let origins = Origins {
            count: 3,
            stride: 2,
            fewest_context: 3,
            ..one(2)
        };
        let error = windows(&series(8), &origins).unwrap_err();
        assert!(error.to_string().contains("needs 9 bars, and there are 8"), "{error}");
        assert!(windows(&series(9), &origins).is_ok());
        assert!(windows(&series(0), &one(usize::MAX)).is_err());
        assert_eq!(windows(&series(3), &one(0)).unwrap_err(), BacktestError::Empty);
    }

    proptest! {
        #[test]
        fn every_window_is_a_neighbouring_pair_of_past_and_future(
            bars in 1..80_usize, horizon in 1..20_usize, count in 1..10_usize, stride in 1..10_usize, fewest in 0..20_usize,
        ) {
            let series = series(bars);
            let origins = Origins { horizon, count, stride, fewest_context: fewest, ..one(1) };
            match windows(&series, &origins) {
                Ok(windows) => {
                    prop_assert_eq!(windows.len(), count);
                    for window in &windows {
                        let (context, truth) = (window.context(&series, usize::MAX), window.truth(&series));
                        prop_assert!(context.bars.len() >= fewest.max(1));
                        prop_assert_eq!(truth.len(), horizon);
                        prop_assert_eq!(context.bars.last().unwrap().close + 1.0, truth[0].close);
                    }
                    prop_assert_eq!(windows[count - 1].truth(&series).last(), series.bars.last());
                }
                Err(_) => prop_assert!(bars < horizon + fewest.max(1) + (count - 1) * stride),
            }
        }
    }
}

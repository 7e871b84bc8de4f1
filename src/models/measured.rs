//! What a backtest measured of a forecaster, as its manifest states it. Plain data.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The figures of a backtest over the days 1 to `horizon` of its windows, over all tickers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Trading days.
    pub horizon: usize,
    /// Windows.
    pub windows: usize,
    /// Tickers.
    pub tickers: usize,
    /// The first split day.
    pub from: NaiveDate,
    /// The last day compared with a forecast.
    pub until: NaiveDate,
    /// The model's mean absolute error over the naive forecast's.
    pub error_to_naive: f64,
    /// The p-value of the difference of the two errors; `None` with too few windows for a test.
    pub p_value: Option<f64>,
    /// Share of the closes inside the model's 80 % band.
    pub coverage80: f64,
    /// The model's continuous ranked probability score over that of the volatility cone.
    pub crps_to_cone: f64,
}

impl Measured {
    /// The first thing that is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if self.horizon == 0 || self.windows == 0 || self.tickers == 0 {
            return Some("horizon, windows and tickers must be at least 1".into());
        }
        if self.until < self.from {
            return Some("until must not be before from".into());
        }
        if !(positive(self.error_to_naive) && positive(self.crps_to_cone)) {
            return Some("error_to_naive and crps_to_cone must be positive".into());
        }
        let share = |value: f64| (0.0..=1.0).contains(&value);
        (!share(self.coverage80) || self.p_value.is_some_and(|p| !share(p)))
            .then(|| "coverage80 and p_value must lie between 0 and 1".into())
    }
}

//! The result of stage 1: quantiles over the sample paths. Plain data; prices in the series' currency, returns as fractions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The result of stage 1: quantiles over the accepted sample paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The trading days forecast, `horizon` of them.
    #[schema(min_items = 1, max_items = 90)]
    pub dates: Vec<NaiveDate>,
    /// Median close for each date.
    #[schema(min_items = 1, max_items = 90)]
    pub median: Vec<f64>,
    /// For each quantile level (`0.05`, `0.1`, `0.25`, `0.5`, `0.75`, `0.9`, `0.95`) one price a date.
    #[schema(schema_with = super::field_schemas::quantiles)]
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// Sample paths requested from the model.
    #[schema(minimum = 1)]
    pub samples: usize,
    /// Paths rejected because of an impossible daily move; the quantiles come from the other `samples - rejected`.
    pub rejected: usize,
    /// Where the median at the horizon lies relative to the last close.
    pub direction: Direction,
    /// Median at the horizon over the last close, minus one.
    #[schema(exclusive_minimum = -1)]
    pub expected_return: f64,
    /// Name of the prompt format.
    #[schema(min_length = 1)]
    pub prompt_format: String,
    /// Whether enough paths were accepted, and a backtest of the model over this horizon tied naive in error and held its bands.
    pub reliable: bool,
    /// Why the forecast is not reliable, and other remarks.
    pub warnings: Vec<String>,
}

impl Forecast {
    /// The price of a quantile level on the last day.
    pub fn at_horizon(&self, level: &str) -> Option<f64> {
        self.quantiles.get(level)?.last().copied()
    }
}

/// The model's own distribution of the first day's log return: between two neighbouring edges every return is equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FirstDay {
    /// Log returns in ascending order, one more than there are probabilities.
    pub edges: Vec<f64>,
    /// The probability of each stretch between two edges; they sum to 1.
    pub probabilities: Vec<f64>,
}

/// The direction of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up by more than 1 %.
    Bullish,
    /// Within ±1 %.
    Neutral,
    /// Down by more than 1 %.
    Bearish,
}

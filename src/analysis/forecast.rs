//! What stage 1 found: quantiles over the sample paths. Plain data; prices in the series' currency, returns as fractions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What stage 1 found: quantiles over the accepted sample paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The trading days forecast, `horizon` of them.
    #[schema(min_items = 1, max_items = 90)]
    pub dates: Vec<NaiveDate>,
    /// Median close for each date.
    #[schema(min_items = 1, max_items = 90)]
    pub median: Vec<f64>,
    /// Quantile level (`0.05`, `0.1`, `0.25`, `0.5`, `0.75`, `0.9`, `0.95`) to one price a date.
    #[schema(schema_with = super::field_schemas::quantiles)]
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// Paths that were asked of the model.
    #[schema(minimum = 1)]
    pub samples: usize,
    /// Paths rejected for an impossible step; `samples - rejected` made the quantiles.
    pub rejected: usize,
    /// Where the median ends against the last close.
    pub direction: Direction,
    /// Median at the horizon over the last close, minus one.
    #[schema(exclusive_minimum = -1)]
    pub expected_return: f64,
    /// Name of the prompt format the model was asked in.
    #[schema(min_length = 1)]
    pub prompt_format: String,
    /// Whether enough paths survived, from a model made for the task.
    pub reliable: bool,
    /// Why not, and what else to know.
    pub warnings: Vec<String>,
}

/// Where a forecast points.
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

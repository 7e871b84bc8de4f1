//! The arguments of the built-in tools. Their schemas are made from these types.

use serde::Deserialize;
use utoipa::ToSchema;

/// What to analyse or to forecast.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Security {
    /// The symbol, such as AAPL
    #[schema(min_length = 1, max_length = 32)]
    pub(super) ticker: String,
    /// Trading days to forecast
    #[schema(minimum = 1, maximum = 90, nullable = false)]
    pub(super) horizon_days: Option<i64>,
}

/// Headlines to read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Headlines {
    /// The headlines
    #[schema(min_items = 1, max_items = 20, value_type = Vec<String>)]
    pub(super) headlines: Vec<String>,
}

/// What to test.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tested {
    /// The symbol, such as AAPL
    #[schema(min_length = 1, max_length = 32)]
    pub(super) ticker: String,
    /// Trading days to forecast in each window
    #[schema(minimum = 1, maximum = 90, nullable = false)]
    pub(super) horizon_days: Option<i64>,
    /// How many windows of the past to forecast
    #[schema(minimum = 2, maximum = 20, nullable = false)]
    pub(super) windows: Option<i64>,
}

/// Whose record to look up.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Only the forecasts of this symbol
    #[schema(min_length = 1, max_length = 32, nullable = false)]
    pub(super) ticker: Option<String>,
}

/// What to look for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// A company's name or a part of it, or the beginning of a symbol
    #[schema(min_length = 1, max_length = 100)]
    pub(super) query: String,
}

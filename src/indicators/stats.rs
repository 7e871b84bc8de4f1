//! The figures computed from a price history. Plain data.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Statistics of a price history up to its last bar. A figure that the history is too short for is `None`, never made up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stats {
    /// How many bars the figures were computed from.
    pub bars: usize,
    /// Mean of the closes in the context window, price units.
    #[schema(exclusive_minimum = 0)]
    pub mean: Option<f64>,
    /// Sample standard deviation (n − 1) of the closes in the context window, price units.
    #[schema(minimum = 0)]
    pub std_dev: Option<f64>,
    /// Last close against the first of the context window: `stable` within ±5 %.
    pub trend: Option<Trend>,
    /// Simple return over the last bar, a fraction.
    #[schema(exclusive_minimum = -1)]
    pub return_1d: Option<f64>,
    /// Simple return over the last 5 bars, a fraction.
    #[schema(exclusive_minimum = -1)]
    pub return_5d: Option<f64>,
    /// Simple return over the last 21 bars, a fraction.
    #[schema(exclusive_minimum = -1)]
    pub return_21d: Option<f64>,
    /// Sample standard deviation of the last 21 daily log returns, a fraction per day.
    #[schema(minimum = 0)]
    pub volatility_daily: Option<f64>,
    /// Square root of the exponentially weighted mean of squared daily log returns, λ = 0.94 (RiskMetrics 1996), a fraction per
    /// day.
    #[schema(minimum = 0)]
    pub volatility_ewma: Option<f64>,
    /// `volatility_daily` × √252, a fraction per year.
    #[schema(minimum = 0)]
    pub volatility_annual: Option<f64>,
    /// The volatility against the series' own history (terciles of the rolling 21-day figure).
    pub volatility_class: Option<VolatilityClass>,
    /// Simple moving average of the last 50 closes.
    #[schema(exclusive_minimum = 0)]
    pub sma_50: Option<f64>,
    /// Simple moving average of the last 200 closes.
    #[schema(exclusive_minimum = 0)]
    pub sma_200: Option<f64>,
    /// Whether `sma_50` lies above `sma_200`.
    pub sma_50_above_200: Option<bool>,
    /// The last day on which one of the two averages crossed the other.
    pub sma_cross: Option<Cross>,
    /// Return over the eleven months that ended a month ago: close 21 bars before the last over that 252 bars before it, minus
    /// one (Jegadeesh & Titman 1993).
    #[schema(exclusive_minimum = -1)]
    pub momentum_12_1: Option<f64>,
    /// Relative strength index over 14 bars, Wilder's smoothing (Wilder 1978), 0–100.
    #[schema(minimum = 0, maximum = 100)]
    pub rsi_14: Option<f64>,
    /// Last close against the highest close so far in the window, a fraction ≤ 0.
    #[schema(exclusive_minimum = -1, maximum = 0)]
    pub drawdown: Option<f64>,
    /// Nearest level below the last close where the price turned up more than once.
    #[schema(exclusive_minimum = 0)]
    pub support: Option<f64>,
    /// How often the price turned there.
    #[schema(minimum = 2)]
    pub support_touches: Option<usize>,
    /// Support over the last close, minus one: a fraction below zero.
    #[schema(exclusive_minimum = -1, exclusive_maximum = 0)]
    pub support_distance: Option<f64>,
    /// Nearest level above the last close where the price turned down more than once.
    #[schema(exclusive_minimum = 0)]
    pub resistance: Option<f64>,
    /// How often the price turned there.
    #[schema(minimum = 2)]
    pub resistance_touches: Option<usize>,
    /// Resistance over the last close, minus one: a fraction above zero.
    #[schema(exclusive_minimum = 0)]
    pub resistance_distance: Option<f64>,
    /// Last open over the close before it, minus one, a fraction.
    #[schema(exclusive_minimum = -1)]
    pub gap: Option<f64>,
    /// Days of the window whose low lay above the high of the day before.
    pub gaps_up: Option<usize>,
    /// Days of the window whose high lay below the low of the day before.
    pub gaps_down: Option<usize>,
    /// Mean volume of the last 21 bars over that of the last 63.
    #[schema(minimum = 0)]
    pub volume_ratio: Option<f64>,
    /// The same as a word: `stable` within ±5 %.
    pub volume_trend: Option<Trend>,
}

/// A moving average crossing another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cross {
    /// Which way.
    pub kind: CrossKind,
    /// The first day on the other side.
    pub date: NaiveDate,
}

/// Which way the 50-day average crossed the 200-day one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CrossKind {
    /// Upwards.
    Golden,
    /// Downwards.
    Death,
}

/// Direction of the context window as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trend {
    /// More than 5 % up.
    Upward,
    /// Within ±5 %.
    Stable,
    /// More than 5 % down.
    Downward,
}

/// Volatility against the series' own history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum VolatilityClass {
    /// In the lowest third.
    Low,
    /// In the middle third.
    Normal,
    /// In the highest third.
    High,
}

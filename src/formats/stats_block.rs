//! The block of statistics in `stats-v2` and `scaled-v3` prompts: computes the variables of both templates from the series'
//! statistics. A missing statistic is `NULL`.

use serde::Serialize;

use super::series_format::{AnswerShape, SeriesWindow};
use crate::indicators::{Trend, VolatilityClass};

/// The variables of both templates.
#[derive(Serialize)]
pub(super) struct StatsBlock<'a> {
    ticker: &'a str,
    volatility: &'static str,
    trend: &'static str,
    rsi: String,
    ma50_over_ma200: &'static str,
    support: String,
    resistance: String,
    context_days: usize,
    prices: String,
    horizon: usize,
}

impl<'a> StatsBlock<'a> {
    /// The block of a series; `number` writes its prices and levels.
    pub(super) fn new(series: &SeriesWindow<'a>, answer: &AnswerShape, number: impl Fn(f64) -> String) -> Self {
        let stats = series.stats;
        let level = |value: Option<f64>| value.map_or("NULL".to_owned(), &number);
        StatsBlock {
            ticker: series.ticker,
            volatility: stats.volatility_class.map_or("NULL", volatility_word),
            trend: stats.trend.map_or("NULL", trend_word),
            rsi: stats.rsi_14.map_or("NULL".to_owned(), |rsi| format!("{rsi:.0}")),
            ma50_over_ma200: stats
                .sma_50_above_200
                .map_or("NULL", |above| if above { "TRUE" } else { "FALSE" }),
            support: level(stats.support),
            resistance: level(stats.resistance),
            context_days: series.closes.len(),
            prices: series
                .closes
                .iter()
                .map(|&close| number(close))
                .collect::<Vec<_>>()
                .join(", "),
            horizon: answer.horizon,
        }
    }
}

/// The word of a class of volatility.
pub(super) fn volatility_word(class: VolatilityClass) -> &'static str {
    match class {
        VolatilityClass::Low => "LOW",
        VolatilityClass::Normal => "NORMAL",
        VolatilityClass::High => "HIGH",
    }
}

/// The word of a trend.
pub(super) fn trend_word(trend: Trend) -> &'static str {
    match trend {
        Trend::Upward => "BULLISH",
        Trend::Stable => "NEUTRAL",
        Trend::Downward => "BEARISH",
    }
}

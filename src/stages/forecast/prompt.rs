//! The forecast prompt: bars and figures in, text in the model's own format out. A prompt is never cut: where a context does
//! not fit, whole prices are left out, oldest first.

use serde::Serialize;

use crate::features::{Stats, Trend, VolatilityClass};
use crate::models::PromptFormat;
use crate::prompt::{PromptError, Template, render};

/// What goes into a forecast prompt.
pub(super) struct ForecastPrompt<'a> {
    pub(super) ticker: &'a str,
    /// Closes of the context window, oldest first.
    pub(super) closes: &'a [f64],
    pub(super) stats: &'a Stats,
    pub(super) horizon: usize,
}

/// The formats that can be asked in; a manifest may name one that this version does not render yet.
pub(super) fn supports(format: PromptFormat) -> bool {
    matches!(format, PromptFormat::SeedV1 | PromptFormat::StatsV2)
}

/// Renders the prompt.
pub(super) fn forecast_prompt(format: PromptFormat, input: &ForecastPrompt<'_>) -> Result<String, PromptError> {
    let prices = input
        .closes
        .iter()
        .map(|close| format!("{close:.2}"))
        .collect::<Vec<_>>()
        .join(", ");
    let rendered = match format {
        PromptFormat::SeedV1 => {
            let (mean, std_dev, trend) = window_statistics(input.closes);
            let context = SeedV1 {
                ticker: input.ticker,
                mean: format!("{mean:.2}"),
                std_dev: format!("{std_dev:.2}"),
                trend,
                context_days: input.closes.len(),
                prices,
                horizon: input.horizon,
            };
            render(Template::ForecastSeedV1, &context)?
        }
        PromptFormat::StatsV2 | PromptFormat::ScaledV3 => {
            let stats = input.stats;
            let number =
                |value: Option<f64>, decimals: usize| value.map_or("NULL".to_owned(), |v| format!("{v:.decimals$}"));
            let context = StatsV2 {
                ticker: input.ticker,
                volatility: stats.volatility_class.map_or("NULL", volatility_word),
                trend: stats.trend.map_or("NULL", trend_word),
                rsi: number(stats.rsi_14, 0),
                ma50_over_ma200: stats
                    .sma_50_above_200
                    .map_or("NULL", |above| if above { "TRUE" } else { "FALSE" }),
                support: number(stats.support, 2),
                resistance: number(stats.resistance, 2),
                context_days: input.closes.len(),
                prices,
                horizon: input.horizon,
            };
            render(Template::ForecastStatsV2, &context)?
        }
    };
    // The files end with a line end; the model continues right after the colon.
    Ok(rendered.trim_end().to_owned())
}

#[derive(Serialize)]
struct SeedV1<'a> {
    ticker: &'a str,
    mean: String,
    std_dev: String,
    trend: &'static str,
    context_days: usize,
    prices: String,
    horizon: usize,
}

#[derive(Serialize)]
struct StatsV2<'a> {
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

/// Mean, standard deviation and trend of exactly the prices that are in the prompt.
fn window_statistics(closes: &[f64]) -> (f64, f64, &'static str) {
    let count = closes.len().max(1) as f64;
    let mean = closes.iter().sum::<f64>() / count;
    let variance = closes.iter().map(|close| (close - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let change = match (closes.first(), closes.last()) {
        (Some(first), Some(last)) if *first > 0.0 => last / first - 1.0,
        _ => 0.0,
    };
    let trend = if change > 0.05 {
        "upward"
    } else if change < -0.05 {
        "downward"
    } else {
        "stable"
    };
    (mean, variance.sqrt(), trend)
}

fn volatility_word(class: VolatilityClass) -> &'static str {
    match class {
        VolatilityClass::Low => "LOW",
        VolatilityClass::Normal => "NORMAL",
        VolatilityClass::High => "HIGH",
    }
}

fn trend_word(trend: Trend) -> &'static str {
    match trend {
        Trend::Upward => "BULLISH",
        Trend::Stable => "NEUTRAL",
        Trend::Downward => "BEARISH",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::features;
    use crate::market::Bar;

    fn rendered(format: PromptFormat) -> String {
        let bars: Vec<Bar> = (0..8)
            .map(|day| Bar {
                date: chrono::NaiveDate::from_ymd_opt(2013, 2, 4 + day).unwrap(),
                open: None,
                high: None,
                low: None,
                close: 100.0 + f64::from(day) * 1.25,
                volume: None,
            })
            .collect();
        let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        let stats = features::stats(&bars, 8);
        forecast_prompt(
            format,
            &ForecastPrompt {
                ticker: "TEST",
                closes: &closes,
                stats: &stats,
                horizon: 5,
            },
        )
        .unwrap()
    }

    #[test]
    fn the_whole_seed_v1_prompt() {
        insta::assert_snapshot!(rendered(PromptFormat::SeedV1), @r"
        TASK: Continue the series of daily closing prices.
        STOCK: TEST
        STATISTICS: mean=104.38, std_dev=3.06, trend=upward
        CONTEXT_DAYS: 8
        DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
        Predict the next 5 closing prices.
        PREDICTION:
        ");
    }

    #[test]
    fn the_whole_stats_v2_prompt() {
        insta::assert_snapshot!(rendered(PromptFormat::StatsV2), @r"
        STOCK: TEST
        STATS: {VOLATILITY: NULL, TREND: BULLISH, RSI: NULL, MA50_X_MA200: NULL, SUPPORT: NULL, RESISTANCE: NULL}
        CONTEXT_DAYS: 8
        HORIZON: 5
        DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
        PREDICTION:
        ");
    }
}

//! The forecast prompt: bars and figures in, text in the model's own format out. A prompt is never cut: where a context does
//! not fit, whole prices are left out, oldest first.

use serde::Serialize;

use crate::indicators::{Stats, Trend, VolatilityClass};
use crate::models::PromptFormat;
use crate::prompt::{PromptError, Template, render};

/// What goes into a forecast prompt.
pub(crate) struct ForecastPrompt<'a> {
    pub(crate) ticker: &'a str,
    /// Closes of the context window, oldest first.
    pub(crate) closes: &'a [f64],
    pub(crate) stats: &'a Stats,
    pub(crate) horizon: usize,
    /// The reporter's summary of the history, for `summary-v0`.
    pub(crate) summary: &'a str,
}

/// What the last close is in a scaled prompt: a price between half and twice of it has three digits, one token where a
/// vocabulary groups digits by three, and a step is two thousandths of it.
const LAST_CLOSE_SCALED: f64 = 500.0;

/// A price in the integers of a scaled prompt, at least 1.
pub(super) fn scaled(price: f64, last_close: f64) -> u32 {
    (price / last_close * LAST_CLOSE_SCALED)
        .round()
        .clamp(1.0, f64::from(u32::MAX)) as u32
}

/// The other way.
pub(super) fn unscaled(integer: u32, last_close: f64) -> f64 {
    f64::from(integer) * last_close / LAST_CLOSE_SCALED
}

/// Renders the prompt.
pub(crate) fn forecast_prompt(format: PromptFormat, input: &ForecastPrompt<'_>) -> Result<String, PromptError> {
    let last_close = input.closes.last().copied().unwrap_or(1.0);
    let number = |price: f64| match format {
        PromptFormat::ScaledV3 => scaled(price, last_close).to_string(),
        _ => format!("{price:.2}"),
    };
    let prices = input
        .closes
        .iter()
        .map(|&close| number(close))
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
            let level = |value: Option<f64>| value.map_or("NULL".to_owned(), number);
            let context = StatsBlock {
                ticker: input.ticker,
                volatility: stats.volatility_class.map_or("NULL", volatility_word),
                trend: stats.trend.map_or("NULL", trend_word),
                rsi: stats.rsi_14.map_or("NULL".to_owned(), |rsi| format!("{rsi:.0}")),
                ma50_over_ma200: stats
                    .sma_50_above_200
                    .map_or("NULL", |above| if above { "TRUE" } else { "FALSE" }),
                support: level(stats.support),
                resistance: level(stats.resistance),
                context_days: input.closes.len(),
                prices,
                horizon: input.horizon,
            };
            let template = if format == PromptFormat::ScaledV3 {
                Template::ForecastScaledV3
            } else {
                Template::ForecastStatsV2
            };
            render(template, &context)?
        }
        PromptFormat::SummaryV0 => {
            let context = SummaryV0 {
                ticker: input.ticker,
                summary: input.summary,
                context_days: input.closes.len(),
                prices,
                horizon: input.horizon,
            };
            render(Template::ForecastSummaryV0, &context)?
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

/// `stats-v2` and, with scaled levels and prices, `scaled-v3`.
#[derive(Serialize)]
struct StatsBlock<'a> {
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

#[derive(Serialize)]
struct SummaryV0<'a> {
    ticker: &'a str,
    summary: &'a str,
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
    use proptest::prelude::*;

    use super::*;

    use crate::indicators;
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
        let stats = indicators::stats(&bars, 8);
        forecast_prompt(
            format,
            &ForecastPrompt {
                ticker: "TEST",
                closes: &closes,
                stats: &stats,
                horizon: 5,
                summary: "The price rose day after day.",
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

    #[test]
    fn the_whole_scaled_v3_prompt() {
        insta::assert_snapshot!(rendered(PromptFormat::ScaledV3), @r"
        STOCK: TEST
        SCALE: 500 is the last close
        STATS: {VOLATILITY: NULL, TREND: BULLISH, RSI: NULL, MA50_X_MA200: NULL, SUPPORT: NULL, RESISTANCE: NULL}
        CONTEXT_DAYS: 8
        HORIZON: 5
        DATA: [460, 466, 471, 477, 483, 489, 494, 500]
        PREDICTION:
        ");
    }

    #[test]
    fn the_whole_summary_v0_prompt() {
        insta::assert_snapshot!(rendered(PromptFormat::SummaryV0), @r"
        STOCK: TEST
        SUMMARY: The price rose day after day.
        CONTEXT_DAYS: 8
        HORIZON: 5
        DATA: [100.00, 101.25, 102.50, 103.75, 105.00, 106.25, 107.50, 108.75]
        PREDICTION:
        ");
    }

    proptest! {
        #[test]
        fn a_prompt_holds_every_price_and_is_a_function_of_its_inputs(
            cents in proptest::collection::vec(1..10_000_000_u32, 2..400),
            horizon in 1..=90_usize,
            format in proptest::sample::select(PromptFormat::ALL),
        ) {
            let closes: Vec<f64> = cents.iter().map(|&cents| f64::from(cents) / 100.0).collect();
            let stats = indicators::stats(&[], 0);
            let input = ForecastPrompt { ticker: "TEST", closes: &closes, stats: &stats, horizon, summary: "Flat." };
            let prompt = forecast_prompt(format, &input).unwrap();
            prop_assert_eq!(&prompt, &forecast_prompt(format, &input).unwrap());
            let list = prompt.split_once("DATA: [").unwrap().1.split_once(']').unwrap().0;
            let last = *closes.last().unwrap();
            let back: Vec<f64> = list.split(", ").map(|price| price.parse().unwrap()).collect();
            let shown: Vec<f64> = match format {
                PromptFormat::ScaledV3 => closes.iter().map(|&close| f64::from(scaled(close, last))).collect(),
                _ => closes,
            };
            prop_assert_eq!(back, shown);
            prop_assert!(prompt.ends_with("PREDICTION:"));
        }
    }
}

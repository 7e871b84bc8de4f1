//! `seed-v1`: prices with two decimals and statistics in prose, the format that the seed's adapters were trained on. Its prompt
//! must never change, because the adapters learned exactly this one.

use serde::Serialize;

use super::price_list;
use super::series_format::{AnswerGrammar, AnswerShape, FormatError, SeriesFormat, SeriesWindow};
use super::two_decimals::{self, TwoDecimals, number};
use crate::prompt::{Template, render};

/// The `seed-v1` format.
pub struct SeedV1;

impl SeriesFormat for SeedV1 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        two_decimals::check(series.closes)?;
        let (mean, std_dev, trend) = window_statistics(series.closes);
        let context = Context {
            ticker: series.ticker,
            mean: number(mean),
            std_dev: number(std_dev),
            trend,
            context_days: series.closes.len(),
            prices: two_decimals::list(series.closes),
            horizon: answer.horizon,
        };
        let prompt = render(Template::ForecastSeedV1, &context)?;
        Ok(price_list::opened(&prompt, answer, &number(answer.last_close)))
    }

    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError> {
        price_list::target(answer, &TwoDecimals::of(answer), path)
    }

    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar {
        price_list::grammar(answer, &TwoDecimals::of(answer))
    }

    fn decode(&self, answer: &AnswerShape, text: &str) -> Result<Vec<f64>, FormatError> {
        price_list::decode(answer, &TwoDecimals::of(answer), text)
    }
}

#[derive(Serialize)]
struct Context<'a> {
    ticker: &'a str,
    mean: String,
    std_dev: String,
    trend: &'static str,
    context_days: usize,
    prices: String,
    horizon: usize,
}

/// Mean, standard deviation and trend of the prices in the prompt.
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

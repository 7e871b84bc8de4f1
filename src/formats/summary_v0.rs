//! `summary-v0`: prices with two decimals after the reporter's summary of the history in prose. It comes from an experiment of
//! the Python original and is kept for comparison (docs/forecasting.md).

use serde::Serialize;

use super::price_list;
use super::series_format::{AnswerGrammar, AnswerShape, Examples, FormatError, SeriesFormat, SeriesWindow};
use super::two_decimals::{self, TwoDecimals, number};
use crate::market::Bar;
use crate::prompt::{Template, render};

/// The `summary-v0` format.
pub struct SummaryV0;

impl SeriesFormat for SummaryV0 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        two_decimals::check(series.closes)?;
        let context = Context {
            ticker: series.ticker,
            summary: series.summary.ok_or(FormatError::NoSummary)?,
            context_days: series.closes.len(),
            prices: two_decimals::list(series.closes),
            horizon: answer.horizon,
        };
        let mut prompt = render(Template::ForecastSummaryV0, &context)?;
        price_list::open(&mut prompt, answer, &number(answer.last_close));
        Ok(prompt)
    }

    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError> {
        price_list::target(answer, &TwoDecimals::of(answer), path)
    }

    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar {
        price_list::grammar(answer, &TwoDecimals::of(answer))
    }

    fn decode(&self, answer: &AnswerShape, text: &str, _draw: u64) -> Result<Vec<f64>, FormatError> {
        price_list::decode(answer, &TwoDecimals::of(answer), text)
    }

    fn examples<'a>(&'a self, _ticker: &'a str, _bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError> {
        Err(FormatError::NoSummary)
    }

    fn needs_summary(&self) -> bool {
        true
    }
}

#[derive(Serialize)]
struct Context<'a> {
    ticker: &'a str,
    summary: &'a str,
    context_days: usize,
    prices: String,
    horizon: usize,
}

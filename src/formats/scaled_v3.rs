//! `scaled-v3`: prices as integers, scaled so that the last close is 500. A price takes one or two tokens at any price level, so
//! the format works from 0.00001 to millions.

use super::price_list::{self, PriceNotation, integer_digits};
use super::series_format::{AnswerGrammar, AnswerShape, Examples, FormatError, SeriesFormat, SeriesWindow};
use super::stats_block::StatsBlock;
use super::stats_examples::StatsExamples;
use crate::grounding::bounded;
use crate::market::Bar;
use crate::prompt::{Template, render};

/// The `scaled-v3` format.
pub struct ScaledV3;

impl SeriesFormat for ScaledV3 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        let number = |price: f64| scaled(price, answer.last_close).to_string();
        let mut prompt = render(Template::ForecastScaledV3, &StatsBlock::new(series, answer, number))?;
        price_list::open(&mut prompt, answer, &number(answer.last_close));
        Ok(prompt)
    }

    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError> {
        price_list::target(answer, &Scaled::of(answer), path)
    }

    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar {
        price_list::grammar(answer, &Scaled::of(answer))
    }

    fn decode(&self, answer: &AnswerShape, text: &str, _draw: u64) -> Result<Vec<f64>, FormatError> {
        price_list::decode(answer, &Scaled::of(answer), text)
    }

    fn examples<'a>(&'a self, ticker: &'a str, bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError> {
        Ok(Box::new(StatsExamples::new(self, ticker, bars)))
    }
}

/// The last close in a scaled prompt. A price between a fifth and twice the last close has three digits, which is one token in
/// vocabularies that group digits by three. One step is two thousandths of the last close.
const LAST_CLOSE_SCALED: f64 = 500.0;

/// A price as the integer of a scaled prompt, at least 1.
fn scaled(price: f64, last_close: f64) -> u32 {
    (price / last_close * LAST_CLOSE_SCALED)
        .round()
        .clamp(1.0, f64::from(u32::MAX)) as u32
}

/// Prices as integers, up to about ten times the last close.
struct Scaled {
    last_close: f64,
    digits: usize,
}

impl Scaled {
    fn of(answer: &AnswerShape) -> Self {
        Scaled {
            last_close: answer.last_close,
            digits: integer_digits(LAST_CLOSE_SCALED),
        }
    }
}

impl PriceNotation for Scaled {
    fn write(&self, price: f64) -> Option<String> {
        let text = scaled(price, self.last_close).to_string();
        let is_above_zero = price.is_finite() && price / self.last_close * LAST_CLOSE_SCALED >= 0.5;
        (is_above_zero && text.len() <= self.digits).then_some(text)
    }

    fn pattern(&self) -> String {
        format!("[1-9][0-9]{{0,{}}}", self.digits - 1)
    }

    fn longest(&self) -> usize {
        self.digits
    }

    fn read(&self, text: &str) -> Option<f64> {
        let integer: u32 = text.parse().ok()?;
        Some(bounded(f64::from(integer) * self.last_close / LAST_CLOSE_SCALED))
    }
}

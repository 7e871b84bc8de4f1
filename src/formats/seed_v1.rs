//! `seed-v1`: prices with two decimals and statistics in prose, the format that the seed's adapters were trained on. Its prompt
//! must never change, because the adapters learned exactly this one.

use std::sync::OnceLock;

use super::price_list;
use super::price_texts::PriceTexts;
use super::series_format::{
    AnswerGrammar, AnswerShape, ExampleWindow, Examples, FormatError, SeriesFormat, SeriesWindow,
};
use super::two_decimals::{self, TwoDecimals, number};
use crate::market::Bar;
use crate::prompt::{Outline, PromptError, Template};

/// The `seed-v1` format.
pub struct SeedV1;

impl SeriesFormat for SeedV1 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        let mut prompt = String::new();
        let texts = PriceTexts::new(series.closes, two_decimals::push);
        let list = texts.list(0..series.closes.len());
        write_prompt(series.ticker, series.closes, list, answer, &mut prompt)?;
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

    fn examples<'a>(&'a self, ticker: &'a str, bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError> {
        let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        let texts = PriceTexts::new(&closes, two_decimals::push);
        Ok(Box::new(SeedExamples { ticker, closes, texts }))
    }
}

/// Examples of one series, whose prices are written once.
struct SeedExamples<'a> {
    ticker: &'a str,
    closes: Vec<f64>,
    texts: PriceTexts,
}

impl Examples for SeedExamples<'_> {
    fn write(
        &mut self,
        window: ExampleWindow,
        prompt: &mut String,
        completion: &mut String,
    ) -> Result<(), FormatError> {
        let context = window.start..window.split();
        let future = window.split()..window.end();
        let answer = window.answer(&self.closes);
        let list = self.texts.list(context.clone());
        write_prompt(self.ticker, &self.closes[context], list, &answer, prompt)?;
        let notation = TwoDecimals::of(&answer);
        let refused = self.texts.each(future.clone()).position(|text| !notation.admits(text));
        if let Some(at) = refused {
            return Err(FormatError::Unwritable {
                price: self.closes[future.start + at],
                last_close: answer.last_close,
            });
        }
        price_list::push_target(&answer, self.texts.list(future), completion);
        Ok(())
    }
}

/// The template in pieces, split once.
fn outline() -> Result<&'static Outline, PromptError> {
    static OUTLINE: OnceLock<Outline> = OnceLock::new();
    if let Some(outline) = OUTLINE.get() {
        return Ok(outline);
    }
    let made = Outline::of(Template::ForecastSeedV1)?;
    Ok(OUTLINE.get_or_init(|| made))
}

/// Appends the prompt for `closes`, whose texts are `list`.
fn write_prompt(
    ticker: &str,
    closes: &[f64],
    list: &str,
    answer: &AnswerShape,
    out: &mut String,
) -> Result<(), FormatError> {
    two_decimals::check(closes)?;
    let (mean, std_dev, trend) = window_statistics(closes);
    outline()?.fill(out, |variable, out| {
        match variable {
            "ticker" => out.push_str(ticker),
            "mean" => two_decimals::push(mean, out),
            "std_dev" => two_decimals::push(std_dev, out),
            "trend" => out.push_str(trend),
            "context_days" => two_decimals::push_integer(closes.len(), out),
            "prices" => out.push_str(list),
            "horizon" => two_decimals::push_integer(answer.horizon, out),
            _ => return false,
        }
        true
    })?;
    price_list::open(out, answer, &number(answer.last_close));
    Ok(())
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

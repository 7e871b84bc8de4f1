//! `stats-v2`: prices with two decimals after a block of statistics.

use super::price_list;
use super::series_format::{AnswerGrammar, AnswerShape, Examples, FormatError, SeriesFormat, SeriesWindow};
use super::stats_block::StatsBlock;
use super::stats_examples::StatsExamples;
use super::two_decimals::{self, TwoDecimals, number};
use crate::market::Bar;
use crate::prompt::{Template, render};

/// The `stats-v2` format.
pub struct StatsV2;

impl SeriesFormat for StatsV2 {
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError> {
        two_decimals::check(series.closes)?;
        let mut prompt = render(Template::ForecastStatsV2, &StatsBlock::new(series, answer, number))?;
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

    fn examples<'a>(&'a self, ticker: &'a str, bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError> {
        Ok(Box::new(StatsExamples::new(self, ticker, bars)))
    }
}

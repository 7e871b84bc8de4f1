//! Training examples of a format whose prompt contains statistics: computed for each window from the bars up to its split day.
//! Draws no window.

use super::series_format::{ExampleWindow, Examples, FormatError, SeriesFormat, SeriesWindow};
use crate::indicators;
use crate::market::Bar;

/// Writes each example with the format's own operations.
pub(super) struct StatsExamples<'a> {
    format: &'a dyn SeriesFormat,
    ticker: &'a str,
    bars: &'a [Bar],
    closes: Vec<f64>,
}

impl<'a> StatsExamples<'a> {
    pub(super) fn new(format: &'a dyn SeriesFormat, ticker: &'a str, bars: &'a [Bar]) -> Self {
        let closes = bars.iter().map(|bar| bar.close).collect();
        Self {
            format,
            ticker,
            bars,
            closes,
        }
    }
}

impl Examples for StatsExamples<'_> {
    fn write(
        &mut self,
        window: ExampleWindow,
        prompt: &mut String,
        completion: &mut String,
    ) -> Result<(), FormatError> {
        let answer = window.answer(&self.closes);
        let stats = indicators::stats(&self.bars[..window.split()], window.context);
        let series = SeriesWindow {
            ticker: self.ticker,
            closes: &self.closes[window.start..window.split()],
            stats: &stats,
            summary: None,
        };
        prompt.push_str(&self.format.encode(&series, &answer)?);
        let path = &self.closes[window.split()..window.end()];
        completion.push_str(&self.format.target(&answer, path)?);
        Ok(())
    }
}

//! The closes of a series as one text, written once: the list of any window is a piece of it, so that thousands of windows of a
//! series cost a copy each.

use std::ops::Range;

/// What stands between two prices of a list.
pub(super) const BETWEEN: &str = ", ";

/// The texts of a series' closes, one after the other with [`BETWEEN`] between them.
pub(super) struct PriceTexts {
    text: String,
    /// Where each price begins; one more entry than prices, the last past the end.
    starts: Vec<usize>,
}

impl PriceTexts {
    /// Writes all closes; `push` appends the text of one.
    pub(super) fn new(closes: &[f64], push: impl Fn(f64, &mut String)) -> Self {
        let mut text = String::with_capacity(closes.len() * 8);
        let mut starts = Vec::with_capacity(closes.len() + 1);
        for &close in closes {
            starts.push(text.len());
            push(close, &mut text);
            text.push_str(BETWEEN);
        }
        starts.push(text.len());
        Self { text, starts }
    }

    /// The list of the closes in `range`, which lies within the series.
    pub(super) fn list(&self, range: Range<usize>) -> &str {
        let until = self.starts[range.end];
        let end = if range.is_empty() { until } else { until - BETWEEN.len() };
        &self.text[self.starts[range.start]..end]
    }

    /// The text of each close in `range`.
    pub(super) fn each(&self, range: Range<usize>) -> impl Iterator<Item = &str> {
        range.map(|at| self.list(at..at + 1))
    }
}

//! Quoted titles. A sentence in; the stretches between quotation marks that are the words of a headline, and those that are
//! not, out.

use super::reading::Reading;
use super::table::{Table, words};
use super::tokens::Kind;

/// Shorter quotations are words in quotation marks, not titles.
const WORDS: usize = 4;

/// A quotation, the tokens `from..to`, and the headline that it quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub from: usize,
    pub to: usize,
    pub headline: Option<usize>,
}

/// The quotations of a sentence that are as long as a title.
pub(super) fn quotes(reading: &Reading<'_>, table: &Table<'_>) -> Vec<Quote> {
    let mut quotes = Vec::new();
    let mut open = None;
    for (at, token) in reading.tokens.iter().enumerate() {
        if !matches!(token.kind, Kind::Mark('"' | '“' | '”' | '„' | '»' | '«')) {
            continue;
        }
        match open.take() {
            None => open = Some(at),
            Some(from) => {
                let quoted = words(reading.text_of(from + 1, at));
                let headline = table
                    .titles
                    .iter()
                    .position(|title| !quoted.is_empty() && title.windows(quoted.len()).any(|part| part == quoted));
                if quoted.len() >= WORDS || headline.is_some() && quoted.len() > 1 {
                    quotes.push(Quote {
                        from,
                        to: at + 1,
                        headline,
                    });
                }
            }
        }
    }
    quotes
}

//! A message as the rules read it: bounded, its links taken out, cut into words that know where they stand.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::market::Ticker;

/// Nobody needs more to ask for an analysis.
const MAX_CHARS: usize = 4_000;

/// The readable part of a message.
pub(super) struct MessageText {
    /// At most [`MAX_CHARS`] characters, with plain quotes and hyphens and blanks in place of links.
    pub text: String,
    /// The symbols of the Yahoo Finance links.
    pub linked: Vec<Ticker>,
}

/// One word.
#[derive(Debug, Clone)]
pub(super) struct Word<'t> {
    /// As written, without a possessive `'s`.
    pub text: &'t str,
    /// In lower case.
    pub lower: String,
    /// Bytes in the message's text.
    pub span: Range<usize>,
    /// What stands between the word before and this one.
    pub gap: &'t str,
    /// Whether it begins a sentence, where an upper-case letter means nothing.
    pub opens: bool,
    /// Whether it belongs to words about time ("next two weeks", "50-day").
    pub of_time: bool,
}

impl MessageText {
    pub(crate) fn new(raw: &str) -> Self {
        let plain: String = raw.chars().take(MAX_CHARS).map(plain).collect();
        let mut text = String::with_capacity(plain.len());
        let mut linked = Vec::new();
        let mut at = 0;
        for run in UNBROKEN.find_iter(&plain).filter(|run| is_link(run.as_str())) {
            text.push_str(&plain[at..run.start()]);
            text.extend(std::iter::repeat_n(' ', run.len()));
            at = run.end();
            linked.extend(symbol_of(run.as_str()));
        }
        text.push_str(&plain[at..]);
        Self { text, linked }
    }

    /// The words; `time` are the spans of what the message says about time.
    pub(crate) fn words(&self, time: &[Range<usize>]) -> Vec<Word<'_>> {
        let mut words: Vec<Word<'_>> = Vec::new();
        for found in WORD.find_iter(&self.text) {
            let text = found
                .as_str()
                .trim_end_matches(['.', '&', '\'', '=', '^', '/', '@', '-', '_']);
            let text = text
                .strip_suffix("'s")
                .or_else(|| text.strip_suffix("'S"))
                .unwrap_or(text);
            let span = found.start()..found.start() + text.len();
            let gap = &self.text[words.last().map_or(0, |word| word.span.end)..span.start];
            words.push(Word {
                text,
                lower: text.to_lowercase(),
                gap,
                opens: words.is_empty() || gap.contains(['.', '!', '?', '\n', '"']),
                of_time: time.iter().any(|time| time.start < span.end && span.start < time.end),
                span,
            });
        }
        words
    }
}

impl Word<'_> {
    /// Begins with an upper-case letter.
    pub(crate) fn is_capitalised(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Two letters or more and none in lower case.
    pub(crate) fn is_upper(&self) -> bool {
        self.text.chars().filter(|c| c.is_alphabetic()).count() > 1 && !self.text.contains(char::is_lowercase)
    }

    /// Follows the word before with nothing but blanks between them.
    pub(crate) fn follows_closely(&self) -> bool {
        !self.gap.is_empty() && self.gap.chars().all(|c| c.is_whitespace() && c != '\n')
    }
}

/// One byte or more for one character: spans stay valid because everything is read from the result.
fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        '\u{2014}' => ',',
        '\n' => '\n',
        other if other.is_whitespace() => ' ',
        other => other,
    }
}

static UNBROKEN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"[^\s<>()\[\]{}"'`|,]+"#));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[$^]?[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.&'=^/@-]*"));

/// A pattern of this module; each is made of constants.
#[expect(
    clippy::expect_used,
    reason = "every pattern is constant and compiled by the tests of this folder"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern")
}

fn is_link(run: &str) -> bool {
    let lower = run.to_ascii_lowercase();
    lower.contains("://") || lower.starts_with("www.") || lower.contains("finance.yahoo.com/")
}

/// The symbol of a link to Yahoo Finance; links to other sites are only taken out.
fn symbol_of(link: &str) -> Option<Ticker> {
    let lower = link.to_ascii_lowercase();
    let start = lower.find("https://").or_else(|| lower.find("http://")).unwrap_or(0);
    let link = link[start..].trim_end_matches(['.', ':', ';', '!', '?']);
    // Without a slash it would be read as a symbol.
    link.contains('/').then(|| Ticker::parse(link).ok()).flatten()
}

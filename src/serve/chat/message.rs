//! Prepares a message for the rules: it is cut to a bounded length, links are taken out, and the rest is split into words with their
//! positions.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::market::Ticker;

/// More than any request for an analysis needs.
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
    /// Its bytes in the message's text.
    pub span: Range<usize>,
    /// The characters between the previous word and this one.
    pub gap: &'t str,
    /// Whether it begins a sentence, where a capital letter is no sign of a name.
    pub opens: bool,
    /// Whether it belongs to a span of time ("next two weeks", "50-day").
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

    /// The words; `time` are the spans of time in the message.
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
    /// Whether it begins with a capital letter.
    pub(crate) fn is_capitalised(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Whether it has two letters or more, none in lower case.
    pub(crate) fn is_upper(&self) -> bool {
        self.text.chars().filter(|c| c.is_alphabetic()).count() > 1 && !self.text.contains(char::is_lowercase)
    }

    /// Whether only spaces separate it from the previous word.
    pub(crate) fn follows_closely(&self) -> bool {
        !self.gap.is_empty() && self.gap.chars().all(|c| c.is_whitespace() && c != '\n')
    }
}

/// Replaces typographic quotes, dashes and spaces by plain ones. All spans refer to the result, so lengths may change.
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

/// Compiles a constant pattern.
#[expect(clippy::expect_used, reason = "every pattern is constant and compiled by the tests")]
pub(crate) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern")
}

fn is_link(run: &str) -> bool {
    let lower = run.to_ascii_lowercase();
    lower.contains("://") || lower.starts_with("www.") || lower.contains("finance.yahoo.com/")
}

/// The symbol of a link to Yahoo Finance; other links have none.
fn symbol_of(link: &str) -> Option<Ticker> {
    let lower = link.to_ascii_lowercase();
    let start = lower.find("https://").or_else(|| lower.find("http://")).unwrap_or(0);
    let link = link[start..].trim_end_matches(['.', ':', ';', '!', '?']);
    // Without a slash `Ticker::parse` would read it as a symbol.
    link.contains('/').then(|| Ticker::parse(link).ok()).flatten()
}

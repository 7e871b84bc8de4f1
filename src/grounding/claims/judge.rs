//! Judges the sentences of one text, one after the other. Evidence and a text to begin with, then sentences in; their claims out.

use std::collections::HashSet;

use super::business::business;
use super::causes::causes;
use super::chances::chances;
use super::company::company;
use super::comparisons::comparisons;
use super::counts::counts;
use super::crossings::crosses;
use super::dates::dates;
use super::directions::directions;
use super::figures::figures;
use super::finding::Finding;
use super::levels::levels;
use super::multiples::multiples;
use super::names::names;
use super::news::news;
use super::parts::parts;
use super::quotes::{Quote, quotes};
use super::reading::Reading;
use super::recommendations::recommendations;
use super::source::Source;
use super::spans::spans;
use super::table::{Table, words};
use super::tokens::tokens;
use super::topics::Topic;
use crate::grounding::claim::{Author, Claim, ClaimKind, Verdict};
use crate::grounding::evidence::Evidence;

/// A text without punctuation is read in pieces of this many bytes, so that the work grows no faster than the text.
const PIECE: usize = 700;

/// And of so many words and marks.
const WORDS: usize = 150;

/// The judge of one text.
#[derive(Debug)]
pub(in crate::grounding) struct Judge<'e> {
    table: Table<'e>,
    /// The words that the text uses in lower case.
    lower: HashSet<String>,
    /// What the sentence before spoke of.
    topic: Option<Topic>,
}

impl<'e> Judge<'e> {
    /// The judge of `text`.
    pub(in crate::grounding) fn new(evidence: Evidence<'e>, text: &str) -> Self {
        let lower = text
            .split(|letter: char| !letter.is_alphabetic())
            .filter(|word| word.starts_with(char::is_lowercase))
            .map(str::to_owned)
            .collect();
        Judge {
            table: Table::new(evidence),
            lower,
            topic: None,
        }
    }

    /// The claims of a sentence, in order.
    pub(in crate::grounding) fn sentence(&mut self, text: &str) -> Vec<Claim> {
        let locale = self.table.evidence.locale;
        let parts = pieces(text).flat_map(|piece| parts(piece, locale));
        parts.flat_map(|part| self.piece(part)).collect()
    }

    /// The figures and dates of a heading; a heading makes no other claims.
    pub(in crate::grounding) fn heading(&mut self, text: &str) -> Vec<Claim> {
        let topic = self.topic;
        let mut claims = self.sentence(text);
        self.topic = topic;
        claims.retain(|claim| matches!(claim.kind, ClaimKind::Number | ClaimKind::Date | ClaimKind::Count));
        claims
    }

    fn piece(&mut self, text: &str) -> Vec<Claim> {
        let table = &self.table;
        let known = |topic: Topic| topic.needs().is_none_or(|id| table.get(id).is_some());
        let mut reading = Reading::new(text, table.evidence.locale, &known);
        let mut findings = spans(&mut reading, table);
        findings.extend(chances(&mut reading, table));
        let (named, cited) = levels(&mut reading, table);
        findings.extend(named);
        reading.measure();
        let quotes = quotes(&reading, table);
        let mut source = Source {
            cited: cited.iter().map(|(_, number)| *number).collect(),
        };
        source
            .cited
            .extend(quotes.iter().filter_map(|quote| Some(quote.headline? + 1)));
        let crossed: Vec<usize> = (0..reading.tokens.len())
            .filter(|at| crosses(&reading, *at).is_some())
            .collect();
        for at in crossed {
            reading.put(Topic::Cross, at, at + 1);
        }
        findings.extend(dates(&mut reading, table));
        findings.extend(company(&mut reading, table));
        findings.extend(counts(&mut reading, table));
        reading.measure();
        let is_cited = source.is_cited(table);
        let named = names(&reading, table, &|word| self.lower.contains(word));
        findings.extend(if is_cited || !quotes.is_empty() {
            named
        } else {
            uncited(named)
        });
        findings.extend(figures(&mut reading, table, self.topic));
        if !is_cited {
            findings.extend(directions(&reading, table));
        }
        findings.extend(multiples(&reading, table));
        findings.extend(comparisons(&reading, table));
        findings.extend(causes(&reading, table, &source));
        findings.extend(business(&reading, table, &source));
        findings.extend(news(&reading, table, &cited));
        findings.extend(recommendations(&reading, table, is_cited));
        let mut findings = quoted(findings, &quotes);
        told(&reading, table, &source, &mut findings);
        findings.sort_by_key(|finding| (finding.from, finding.to, finding.kind));
        self.topic = reading
            .cues
            .iter()
            .find(|cue| cue.weight < 1.0 && !matches!(cue.topic, Topic::Window(_)))
            .map(|cue| cue.topic)
            .or(self.topic.filter(|_| reading.cues.is_empty()));
        findings
            .into_iter()
            .map(|finding| Claim {
                text: reading.text_of(finding.from, finding.to).to_owned(),
                kind: finding.kind,
                verdict: finding.verdict,
                fact: finding.fact,
                by: Author::default(),
                struck: false,
            })
            .collect()
    }
}

/// What only a headline tells of needs its number.
fn uncited(named: Vec<Finding>) -> Vec<Finding> {
    let of_news = |finding: &Finding| finding.fact.as_deref().is_some_and(|fact| fact.starts_with("headline"));
    let only = |finding: Finding| {
        if of_news(&finding) {
            Finding::unsupported(finding.from, finding.to, ClaimKind::Name)
        } else {
            finding
        }
    };
    named.into_iter().map(only).collect()
}

/// Drops what is claimed inside quotations and judges the quotations instead.
fn quoted(findings: Vec<Finding>, quotes: &[Quote]) -> Vec<Finding> {
    let mut kept: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| {
            !quotes
                .iter()
                .any(|quote| quote.from <= finding.from && finding.to <= quote.to)
        })
        .collect();
    kept.extend(quotes.iter().map(|quote| match quote.headline {
        Some(place) => Finding::decided(
            quote.from,
            quote.to,
            ClaimKind::News,
            true,
            format!("headline {}", place + 1),
        ),
        None => Finding::unsupported(quote.from, quote.to, ClaimKind::News),
    }));
    kept
}

/// Figures that a cited headline holds are supported by it.
fn told(reading: &Reading<'_>, table: &Table<'_>, source: &Source, findings: &mut [Finding]) {
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.verdict != Verdict::Supported)
    {
        if !matches!(finding.kind, ClaimKind::Number | ClaimKind::Count | ClaimKind::Date) {
            continue;
        }
        let wanted = words(reading.text_of(finding.from, finding.to));
        let amount = reading.tokens[finding.from].amount().map(|amount| amount.value);
        let holds = |title: &str| {
            tokens(title)
                .iter()
                .any(|token| token.amount().map(|amount| amount.value) == amount)
        };
        let place = source
            .cited
            .iter()
            .filter_map(|number| number.checked_sub(1))
            .find(|place| {
                let Some(title) = table.titles.get(*place) else {
                    return false;
                };
                !wanted.is_empty() && wanted.iter().all(|word| title.contains(word))
                    || amount.is_some() && table.evidence.headlines.get(*place).is_some_and(|title| holds(title))
            });
        if let Some(place) = place {
            finding.verdict = Verdict::Supported;
            finding.fact = Some(format!("headline {}", place + 1));
        }
    }
}

/// The text in pieces of at most [`PIECE`] bytes and [`WORDS`] words and marks, cut at spaces.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = long(rest).map_or(rest.len(), |end| {
            let space = rest[..end].rfind(char::is_whitespace).filter(|at| *at > 0);
            space.unwrap_or(end)
        });
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// Where a text that is too long for one piece is cut at the latest.
fn long(text: &str) -> Option<usize> {
    let (mut tokens, mut in_word) = (0, false);
    for (at, letter) in text.char_indices() {
        let word = letter.is_alphanumeric();
        tokens += usize::from(!(letter.is_whitespace() || word && in_word));
        in_word = word;
        if at > 0 && (tokens > WORDS || at + letter.len_utf8() > PIECE) {
            return Some(at);
        }
    }
    None
}

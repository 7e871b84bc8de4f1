//! Judges the sentences of one text, one after the other. Evidence and a text to begin with, then sentences in; their claims out.

use std::collections::HashSet;

use super::business::business;
use super::causes::causes;
use super::comparisons::comparisons;
use super::counts::counts;
use super::dates::dates;
use super::directions::directions;
use super::figures::figures;
use super::finding::Finding;
use super::levels::levels;
use super::multiples::multiples;
use super::names::names;
use super::news::news;
use super::quotes::{Quote, quotes};
use super::reading::Reading;
use super::recommendations::recommendations;
use super::source::Source;
use super::spans::spans;
use super::table::{Table, words};
use super::topics::Topic;
use crate::grounding::claim::{Claim, ClaimKind, Verdict};
use crate::grounding::evidence::Evidence;

/// A text without punctuation is read in pieces of this many bytes, so that the work grows no faster than the text.
const PIECE: usize = 700;

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
        pieces(text).flat_map(|piece| self.piece(piece)).collect()
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
        let mut reading = Reading::new(text, table.evidence.locale);
        let mut findings = spans(&mut reading, table);
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
        findings.extend(dates(&mut reading, table));
        findings.extend(counts(&mut reading, table));
        reading.measure();
        let is_cited = source.is_cited(table);
        findings.extend(names(&reading, table, &|word| self.lower.contains(word)));
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
            })
            .collect()
    }
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
        let place = source
            .cited
            .iter()
            .filter_map(|number| number.checked_sub(1))
            .find(|place| {
                let title = table
                    .evidence
                    .headlines
                    .get(*place)
                    .map(|title| words(title))
                    .unwrap_or_default();
                !wanted.is_empty() && wanted.iter().all(|word| title.contains(word))
            });
        if let Some(place) = place {
            finding.verdict = Verdict::Supported;
            finding.fact = Some(format!("headline {}", place + 1));
        }
    }
}

/// The text in pieces of at most [`PIECE`] bytes, cut at spaces.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        if end > PIECE {
            end = (0..=PIECE)
                .rev()
                .find(|at| rest.is_char_boundary(*at))
                .unwrap_or(rest.len());
            end = rest[..end]
                .rfind(char::is_whitespace)
                .filter(|at| *at > 0)
                .unwrap_or(end);
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

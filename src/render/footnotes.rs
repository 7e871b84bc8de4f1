//! The footnotes of a report: its text and its check come in, the places of the marks and the notes go out. It writes no Markdown but
//! the marks.

use super::behind::{Backed, Said, backed};
use crate::analysis::{Report, Sentiment};

/// The footnotes of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Footnotes {
    /// Marks such as `[^1]` and where they go in, in bytes, in order.
    pub marks: Vec<(usize, String)>,
    /// The notes by number, from 1. The words of strangers in them are not escaped.
    pub notes: Vec<String>,
}

/// One footnote for each fact of a paragraph of `text`: behind its figure or, where that is not written, behind the first claim that
/// rests on it.
pub(super) fn footnotes(text: &str, report: &Report, sentiment: Option<&Sentiment>) -> Footnotes {
    let claims = backed(text, &report.grounding, &report.facts, sentiment);
    let paragraph = |claim: &Backed| text[..claim.at.start].matches("\n\n").count();
    let mut found = Footnotes {
        marks: Vec::new(),
        notes: Vec::new(),
    };
    for paragraph in claims.chunk_by(|one, next| paragraph(one) == paragraph(next)) {
        for claim in paragraph {
            let figures = claim.facts.iter().filter(|said| said.figure.is_some());
            let chosen =
                figures.filter(|said| bearer(text, paragraph, said).is_some_and(|bearer| bearer.at == claim.at));
            let mark: String = chosen
                .map(|said| format!("[^{}]", number(&mut found.notes, &said.line)))
                .collect();
            if !mark.is_empty() {
                found.marks.push((end_of_word(text, claim.at.end), mark));
            }
        }
    }
    found
}

/// The claim that a fact's mark stands behind.
fn bearer<'c>(text: &str, paragraph: &'c [Backed], said: &Said) -> Option<&'c Backed> {
    let printed = said
        .figure
        .as_deref()
        .unwrap_or_default()
        .trim_start_matches(['+', '-']);
    let resting = || paragraph.iter().filter(|claim| claim.facts.contains(said));
    let written = resting().find(|claim| text[claim.at.clone()].contains(printed));
    written.or_else(|| resting().next())
}

/// The number of a note, from 1; a new one goes to the end.
fn number(notes: &mut Vec<String>, line: &str) -> usize {
    let known = notes.iter().position(|note| note == line);
    known.unwrap_or_else(|| {
        notes.push(line.to_owned());
        notes.len() - 1
    }) + 1
}

/// Where the word that goes on at `at` ends: "50" is a part of "50-day".
fn end_of_word(text: &str, at: usize) -> usize {
    let goes_on = |letter: char| letter.is_alphanumeric() || letter == '-';
    text[at..]
        .find(|letter| !goes_on(letter))
        .map_or(text.len(), |length| at + length)
}

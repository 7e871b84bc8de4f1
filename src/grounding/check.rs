//! Checks a text against the evidence: every claim of its sentences, and each sentence only once. A text and evidence in; the
//! claims with their verdicts, and the text without the sentences that no fact bears out, out. What it cannot see is in
//! docs/claims.md.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::claim::{Author, Claim, ClaimKind, Verdict};
use super::claims::Judge;
use super::evidence::Evidence;
use super::sentences::{Block, blocks, heading_text};

/// Replaces the sentences of a section that lost them all.
pub const NOTHING_FURTHER: &str = "No further figures are available for this section.";

/// Sentences of fewer words than this may repeat.
const REPEATABLE: usize = 4;

/// The result of checking a text against its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Grounding {
    /// Numbers found in the prose, in digits or words, before any repair: figures, dates and counts.
    pub numbers: usize,
    /// Of these, how many a fact bears out.
    pub supported: usize,
    /// The others, as written.
    pub unsupported: Vec<String>,
    /// How many sentences were taken out because a number in them had no support.
    pub repaired: usize,
    /// Every claim of a checked text in its order. Of a report: those of the text as published, then those that were struck.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// How many sentences were taken out: for any claim without support, because they repeat another, or because they break off.
    #[serde(default)]
    pub struck: usize,
    /// How many sentences the model wrote anew in place of others, and the facts bear out.
    #[serde(default)]
    pub rewritten: usize,
}

impl Grounding {
    fn add(&mut self, claims: Vec<Claim>, by: Author) {
        for claim in claims {
            let claim = Claim { by, ..claim };
            if is_number(&claim) {
                self.numbers += 1;
                if claim.verdict == Verdict::Supported {
                    self.supported += 1;
                } else {
                    self.unsupported.push(claim.text.clone());
                }
            }
            self.claims.push(claim);
        }
    }
}

/// Finds every claim of `prose` (Markdown) and says which the evidence bears out.
///
/// A figure needs the words of its fact beside it: "the last close is $92.80" is supported by a close of 92.80, "support is
/// $92.80" is not. "fell 2.1% in a day" is supported by a 1-day return of −2.1 %, "rose 2.1%" is not. The lengths and levels
/// that name a fact ("50-day", "10% quantile") are supported where there is such a fact. Section numbers, list markers,
/// ordinals and names that end in digits are no figures.
pub fn check(prose: &str, evidence: &Evidence<'_>) -> Grounding {
    check_by(prose, evidence, &|_| Author::Model)
}

/// Like [`check`], for a text of which `by` says who wrote a sentence.
pub(crate) fn check_by(prose: &str, evidence: &Evidence<'_>, by: &dyn Fn(&str) -> Author) -> Grounding {
    let mut judge = Judge::new(*evidence, prose);
    let mut grounding = Grounding::default();
    for block in blocks(prose) {
        match block {
            Block::Blank(_) => {}
            Block::Heading(_, line) => grounding.add(judge.heading(heading_text(line)), by(line)),
            Block::Line(line) => grounding.add(judge.sentence(line), by(line)),
            Block::Prose(_, sentences) => sentences
                .iter()
                .for_each(|text| grounding.add(judge.sentence(text), by(text))),
        }
    }
    grounding
}

/// Removes the sentences of `markdown` with a claim that the evidence does not bear out, those that repeat earlier ones, and those
/// that break off.
///
/// Headings and the line that gives the recommendation always stay. A section that ends up with nothing in it says
/// [`NOTHING_FURTHER`]. A text in which every claim holds comes back byte for byte, unless a section of it is empty.
pub fn repair(markdown: &str, evidence: &Evidence<'_>) -> (String, Grounding) {
    repair_by(markdown, evidence, &|_| Author::Model)
}

/// Like [`repair`], for a text of which `by` says who wrote a sentence. Code's sentences stay.
pub(crate) fn repair_by(markdown: &str, evidence: &Evidence<'_>, by: &dyn Fn(&str) -> Author) -> (String, Grounding) {
    let mut judge = Judge::new(*evidence, markdown);
    let mut grounding = Grounding::default();
    let mut seen = HashSet::new();
    let mut told = HashSet::new();
    let mut keeps = |text: &str, grounding: &mut Grounding, judge: &mut Judge<'_>| {
        let (mut claims, author) = (judge.sentence(text), by(text));
        let wrong = |claim: &&Claim| claim.verdict != Verdict::Supported;
        let (fails, by_number) = (
            claims.iter().any(|claim| wrong(&claim)),
            claims.iter().filter(wrong).any(is_number),
        );
        let points = points(&claims);
        let again = !points.is_empty() && points.iter().all(|point| told.contains(point));
        let holds = !fails && !breaks_off(text) && !again && is_new(text, &mut seen);
        let stays = author == Author::Code || is_recommendation(text) || holds;
        if stays {
            told.extend(points);
        } else {
            grounding.struck += 1;
            grounding.repaired += usize::from(by_number);
            claims.iter_mut().for_each(|claim| claim.struck = true);
        }
        grounding.add(claims, author);
        stays
    };
    let mut lines: Vec<Line> = Vec::new();
    for block in blocks(markdown) {
        match block {
            Block::Blank(line) => lines.push(Line::Blank(line.to_owned())),
            Block::Heading(level, line) => {
                grounding.add(judge.heading(heading_text(line)), by(line));
                lines.push(Line::Heading(level, line.to_owned()));
            }
            Block::Line(line) => {
                let stays = keeps(line, &mut grounding, &mut judge);
                lines.push(if stays {
                    Line::Body(line.to_owned())
                } else {
                    Line::Removed
                });
            }
            Block::Prose(marker, sentences) => {
                let kept: Vec<&str> = sentences
                    .iter()
                    .copied()
                    .filter(|sentence| keeps(sentence, &mut grounding, &mut judge))
                    .collect();
                let text = kept.concat();
                lines.push(match kept.len() {
                    0 => Line::Removed,
                    all if all == sentences.len() => Line::Body(format!("{marker}{text}")),
                    _ => Line::Body(format!("{marker}{}", text.trim_end())),
                });
            }
        }
    }
    (put_together(lines), grounding)
}

/// Whether the claim is a number in the sense of [`Grounding::numbers`].
fn is_number(claim: &Claim) -> bool {
    matches!(claim.kind, ClaimKind::Number | ClaimKind::Date | ClaimKind::Count)
}

/// What a sentence says of the facts, in whatever words: the kinds of its claims and their facts.
fn points(claims: &[Claim]) -> Vec<(ClaimKind, String)> {
    let said = claims.iter().filter(|claim| {
        matches!(
            claim.kind,
            ClaimKind::Number | ClaimKind::Direction | ClaimKind::Comparison | ClaimKind::Count | ClaimKind::News
        )
    });
    said.filter_map(|claim| Some((claim.kind, claim.fact.clone()?)))
        .collect()
}

/// Whether no sentence with the same words came before. Rows of tables, rules and short sentences may repeat.
fn is_new(text: &str, seen: &mut HashSet<String>) -> bool {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    text.starts_with('|') || words.len() < REPEATABLE || seen.insert(words.join(" "))
}

/// Words that no sentence ends with: a grammar that lets a model write so many words and then a full stop makes it stop after one.
const OPEN_ENDED: &str = "a an the or and but of with their its whose than as from into by for which that is are was were be been has have had \
                          not very ein eine einen einem einer eines der die das dem den des und oder aber von mit für als dass sind war \
                          wurde hat haben nicht sehr";

/// Whether a sentence stops after a word that needs another.
fn breaks_off(text: &str) -> bool {
    let words = text.trim_end().strip_suffix('.').unwrap_or_default();
    let last = words
        .rsplit(|letter: char| !letter.is_alphabetic())
        .next()
        .unwrap_or_default();
    // "vitamin A", "the US" are names.
    last.chars().all(char::is_lowercase) && OPEN_ENDED.split_whitespace().any(|word| word == last)
}

enum Line {
    Blank(String),
    Heading(usize, String),
    Body(String),
    Removed,
}

/// Joins the lines, without those removed and the blank lines after them; sections left empty get [`NOTHING_FURTHER`].
fn put_together(lines: Vec<Line>) -> String {
    let mut text: Vec<String> = Vec::new();
    let mut empty: Option<(usize, usize)> = None;
    let mut after_removal = false;
    for line in lines {
        match line {
            Line::Removed => after_removal = true,
            Line::Blank(_) if after_removal && text.last().is_none_or(|last| last.trim().is_empty()) => {}
            Line::Blank(line) => text.push(line),
            Line::Body(line) => {
                (empty, after_removal) = (None, false);
                text.push(line);
            }
            Line::Heading(level, line) => {
                // A heading right under a higher one opens a part of that section, which therefore is not empty.
                if let Some((_, place)) = empty.filter(|(upper, _)| *upper >= level) {
                    text.truncate(place);
                    text.extend([String::new(), NOTHING_FURTHER.to_owned(), String::new()]);
                }
                text.push(line);
                (empty, after_removal) = (Some((level, text.len())), false);
            }
        }
    }
    if let Some((_, place)) = empty {
        let ended_with_a_break = text.len() > place;
        text.truncate(place);
        text.extend([String::new(), NOTHING_FURTHER.to_owned()]);
        text.extend(ended_with_a_break.then(String::new));
    }
    text.join("\n")
}

/// "**Recommendation: Hold.**" or a sentence of that one word.
fn is_recommendation(sentence: &str) -> bool {
    let words = sentence
        .trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_lowercase();
    ["recommendation", "empfehlung"]
        .iter()
        .any(|word| words.starts_with(word))
        || matches!(
            words.as_str(),
            "buy" | "hold" | "sell" | "kaufen" | "halten" | "verkaufen"
        )
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

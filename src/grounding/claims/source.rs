//! Whether a headline says what a sentence says. The headlines that a sentence cites and the words of a claim in, the headline
//! that tells it out.

use std::collections::HashSet;

use super::lists::among;
use super::reading::Reading;
use super::senses::{Sense, are_opposite, sense};
use super::stems::stem;
use super::table::{Table, words};
use super::vocabulary::is_plain;
use crate::grounding::locale::Locale;

/// This share of a claim's own words must stand in the headline.
const SHARE: f64 = 0.6;

/// The headlines that a sentence may rest on.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The numbers that it cites, from 1.
    pub cited: Vec<usize>,
}

impl Source {
    /// The headline that holds the words `from..to`: one that is cited, or without a citation any.
    pub(super) fn tells(&self, reading: &Reading<'_>, table: &Table<'_>, from: usize, to: usize) -> Option<String> {
        let mut wanted: HashSet<&str> = HashSet::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut meant: HashSet<Sense> = HashSet::new();
        for token in &reading.tokens[from..to] {
            let word = token.word.as_str();
            meant.extend(sense(word));
            if token.is_word() && !table.own.contains(word) && !is_plain(word) && !is_reporting(word) {
                // A name alone does not make the same statement.
                // German writes every noun with a capital letter.
                if token.capital && token.start > 0 && reading.locale == Locale::En {
                    &mut names
                } else {
                    &mut wanted
                }
                .insert(word);
            }
        }
        if wanted.is_empty() {
            wanted = names;
        }
        if wanted.is_empty() {
            return None;
        }
        let told = |place: &usize| {
            let Some((stems, senses)) = table.stems.get(*place).zip(table.senses.get(*place)) else {
                return false;
            };
            let hit = |word: &&&str| {
                let parts = words(word).iter().all(|part| stems.contains(stem(part)));
                parts || sense(word).is_some_and(|sense| senses.contains(&sense))
            };
            let hits = wanted.iter().filter(hit).count();
            hits as f64 >= SHARE * wanted.len() as f64 && !are_opposite(&meant, senses)
        };
        let place = if self.cited.is_empty() {
            // One word in common is chance.
            (0..table.stems.len()).filter(|_| wanted.len() > 1).find(told)
        } else {
            self.cited.iter().filter_map(|number| number.checked_sub(1)).find(told)
        }?;
        Some(format!("headline {}", place + 1))
    }

    /// Whether the sentence cites a headline that exists.
    pub(super) fn is_cited(&self, table: &Table<'_>) -> bool {
        self.cited.iter().any(|number| (1..=table.stems.len()).contains(number))
    }
}

/// Words that introduce what a headline says.
pub(super) fn is_reporting(word: &str) -> bool {
    const REPORTING: &str = "report reports reported reporting announce announces announced mention mentions mentioned highlight \
         highlights highlighted discuss discusses discussed describe describes described tell tells quote \
         quotes quoted cite cites cited claim claims claimed headline headlines article articles story \
         stories news title titled write writes wrote concern concerns concerning focus focuses focused point \
         which inform informs note notes say says according per state states stated write";
    among(word, REPORTING)
}

//! What is left to label: the headlines that were found come in, sorted by what the file has of them. Each story remains once,
//! also if it was found for several tickers. Pure.

use std::collections::HashSet;

use super::file::{LabelFile, Present};
use super::story::Story;
use crate::news::same_words;

/// The headlines that were found, by what is left to do with them.
#[derive(Debug)]
pub(crate) struct Remaining {
    /// To be labelled in this run, in the order they were found.
    pub(crate) new: Vec<Story>,
    /// To be labelled in another run, because of the limit.
    pub(crate) left: usize,
    /// In the file.
    pub(crate) labelled: usize,
    /// Of a story that is in the file or was found before, for another ticker or of another day.
    pub(crate) same_story: usize,
}

impl Remaining {
    /// Sorts the headlines; at most `limit` of them are to be labelled in this run.
    pub(crate) fn of(found: Vec<Story>, file: &LabelFile, limit: usize) -> Self {
        let mut remaining = Remaining {
            new: Vec::new(),
            left: 0,
            labelled: 0,
            same_story: 0,
        };
        let mut seen = HashSet::new();
        for story in found {
            match file.has(&story) {
                Present::Labelled => remaining.labelled += 1,
                Present::SameStory => remaining.same_story += 1,
                Present::New if !seen.insert(same_words(&story.headline.title, &story.headline.source)) => {
                    remaining.same_story += 1;
                }
                Present::New if remaining.new.len() < limit => remaining.new.push(story),
                Present::New => remaining.left += 1,
            }
        }
        remaining
    }
}

//! Lists of words and phrases, written as text. Words in, whether a list holds them out.

use std::collections::HashMap;

/// Words after which something else is spoken of.
pub(super) const PARTING: &str = "while whereas but although though however whilst yet because";

/// Whether `word` is one of the words of `list`, which spaces part.
pub(super) fn among(word: &str, list: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|other| other == word)
}

/// The phrases of a list, which commas part.
pub(super) fn phrases(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim)
}

/// Phrases with a meaning each, by their first word.
#[derive(Debug)]
pub(super) struct Phrases<T> {
    by_word: HashMap<&'static str, Vec<(Vec<&'static str>, T)>>,
}

impl<T: Copy> Phrases<T> {
    /// The phrases of several lists.
    pub(super) fn new(lists: impl IntoIterator<Item = (T, &'static str)>) -> Self {
        let mut by_word: HashMap<&str, Vec<(Vec<&str>, T)>> = HashMap::new();
        for (meaning, list) in lists {
            for phrase in phrases(list) {
                let words: Vec<&str> = phrase.split(' ').collect();
                by_word.entry(words[0]).or_default().push((words, meaning));
            }
        }
        let longest_first =
            |list: &mut Vec<(Vec<&str>, T)>| list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        by_word.values_mut().for_each(longest_first);
        Phrases { by_word }
    }

    /// The longest phrase that begins with `word(0)`, its meaning and its length.
    pub(super) fn at<'t>(&self, word: impl Fn(usize) -> &'t str) -> Option<(T, usize)> {
        let list = self.by_word.get(word(0))?;
        list.iter()
            .find(|(words, _)| {
                words
                    .iter()
                    .enumerate()
                    .skip(1)
                    .all(|(place, other)| word(place) == *other)
            })
            .map(|(words, meaning)| (*meaning, words.len()))
    }
}

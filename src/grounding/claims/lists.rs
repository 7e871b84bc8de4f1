//! Lists of words and phrases, written as text. Words in, whether a list holds them out.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Words after which something else is spoken of.
pub(super) const PARTING: &str = "while whereas but although though however whilst yet because";

/// Whether `word` is one of the words of `list`, which spaces part.
pub(super) fn among(word: &str, list: &'static str) -> bool {
    is_any(std::iter::once(word), list)
}

/// Whether any of `words` is one of the words of `list`. A list is taken apart once and found again by its place in memory: a
/// check asks thousands of times a sentence.
pub(super) fn is_any<'w>(mut words: impl Iterator<Item = &'w str>, list: &'static str) -> bool {
    LISTS.with_borrow_mut(|lists| {
        let list = lists
            .entry((list.as_ptr() as usize, list.len()))
            .or_insert_with(|| Words::new(list));
        words.any(|word| list.holds(word))
    })
}

type Quick = BuildHasherDefault<Fnv>;

thread_local! {
    static LISTS: RefCell<HashMap<(usize, usize), Words, Quick>> = RefCell::default();
}

/// The words of a list.
struct Words {
    /// A bit for each first letter, so that most words are turned away at once.
    letters: u64,
    words: HashSet<&'static str, Quick>,
}

impl Words {
    fn new(list: &'static str) -> Self {
        let words: HashSet<&str, Quick> = list.split(' ').filter(|word| !word.is_empty()).collect();
        Words {
            letters: words.iter().fold(0, |letters, word| letters | bit(word)),
            words,
        }
    }

    fn holds(&self, word: &str) -> bool {
        self.letters & bit(word) != 0 && self.words.contains(word)
    }
}

fn bit(word: &str) -> u64 {
    word.as_bytes().first().map_or(0, |first| 1 << (first % 64))
}

/// The hash of Fowler, Noll and Vo (FNV-1a), which is quick for words. What is hashed are the lists of this program, never a
/// text, so that no text can make them collide.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (self.0 ^ value as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
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
        self.fitting(word, |_| true)
    }

    /// The longest such phrase with a meaning that `fits`.
    pub(super) fn fitting<'t>(&self, word: impl Fn(usize) -> &'t str, fits: impl Fn(T) -> bool) -> Option<(T, usize)> {
        let list = self.by_word.get(word(0))?;
        list.iter()
            .find(|(words, meaning)| {
                fits(*meaning)
                    && words
                        .iter()
                        .enumerate()
                        .skip(1)
                        .all(|(place, other)| word(place) == *other)
            })
            .map(|(words, meaning)| (*meaning, words.len()))
    }
}

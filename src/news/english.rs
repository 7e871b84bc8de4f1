//! Common English words: a word in lower case comes in, whether English uses it as a word goes out. A symbol or a company's name that
//! is one (`ALL`, `Target`, `Gap`) cannot be told from the word by its letters.
//!
//! `english.txt` was made by `scripts/english.py`: the words of three to fourteen letters for which the vocabulary of SmolLM2 (the
//! demo's reporter; Apache-2.0), ordered by frequency in its training texts, has a token of their own among the first 20,000, and not
//! one in capitals that is clearly more frequent (which leaves out `google`, and keeps `apple`); and `visa`, which that rule misses.
//! The list also holds beginnings of words. They do no harm here.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("english.txt").split_ascii_whitespace().collect());

/// Whether `word`, in lower case, is a common English word.
pub(super) fn is_english(word: &str) -> bool {
    WORDS.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_known_and_names_are_not() {
        for word in [
            "all", "key", "cost", "target", "gap", "apple", "visa", "block", "snap", "unity", "match", "shell",
        ] {
            assert!(is_english(word), "{word}");
        }
        for name in [
            "aapl", "tsla", "nvidia", "google", "intel", "boeing", "ford", "disney", "siemens", "toyota", "ibm",
        ] {
            assert!(!is_english(name), "{name}");
        }
    }
}

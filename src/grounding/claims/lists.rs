//! Lists of words, written as text. A word and a list in, whether the word is in it out.

/// Whether `word` is one of the words of `list`, which spaces part.
pub(super) fn among(word: &str, list: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|other| other == word)
}

/// The phrases of a list, which commas part.
pub(super) fn phrases(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim)
}

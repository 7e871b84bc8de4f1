//! What the forms of a word share. A word in, its stem out.

/// What the forms of a word share: its beginning without the ending of a plural, a tense or a noun.
pub(super) fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 9] = ["ing", "ied", "ed", "er", "ion", "ie", "or", "e", "y"];
    let cut = |word: &'_ str, ending: &str| word.strip_suffix(ending).map_or(0, str::len);
    let mut base = if word.ends_with("ss") || cut(word, "s") < 3 {
        word
    } else {
        &word[..cut(word, "s")]
    };
    // "lowered" and "lower" are forms of "low".
    while let Some(kept) = ENDINGS.iter().map(|ending| cut(base, ending)).find(|kept| *kept > 2) {
        base = &base[..kept];
    }
    let mut last = base.chars().rev();
    if let (Some(one), Some(other)) = (last.next(), last.next())
        && one == other
    {
        base = &base[..base.len() - one.len_utf8()];
    }
    base.char_indices().nth(5).map_or(base, |(index, _)| &base[..index])
}

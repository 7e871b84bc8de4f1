//! A headline or a company's name as words that can be compared: lower case, without accents, apostrophes and the points of
//! initials, each with how it stood in the text. Pure.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Lower case, without accents and without a possessive ending: `nestle` of `Nestlé's`.
    pub(super) plain: String,
    /// As it stands in the text, without the possessive ending.
    pub(super) written: &'a str,
    /// Whether it ended in `'s`.
    pub(super) possessive: bool,
    /// Whether it begins the text or a part of it: nothing but marks such as a colon or a full stop stand between it and the word
    /// before.
    pub(super) opens: bool,
    /// The text between the word before and this one.
    pub(super) before: &'a str,
    /// The text between this word and the one after.
    pub(super) after: &'a str,
}

impl Word<'_> {
    /// Whether it begins with a capital letter, or with a figure.
    pub(super) fn capitalised(&self) -> bool {
        self.written
            .chars()
            .next()
            .is_some_and(|first| first.is_uppercase() || first.is_numeric())
    }

    /// Whether it has a letter, and none in lower case.
    pub(super) fn in_capitals(&self) -> bool {
        self.written.chars().any(char::is_uppercase) && !self.written.chars().any(char::is_lowercase)
    }
}

/// The words of a text, in order. An ampersand or an apostrophe within a word belongs to it (`AT&T`, `O'Reilly`), as do the points
/// of initials (`J.P.`); every other mark separates words, and so does a change to or from Chinese, Japanese or Korean script.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let spans = spans(text);
    let mut words = Vec::with_capacity(spans.len());
    for (at, &(from, to)) in spans.iter().enumerate() {
        let before = &text[at.checked_sub(1).map_or(0, |previous| spans[previous].1)..from];
        let after = &text[to..spans.get(at + 1).map_or(text.len(), |next| next.0)];
        let whole = &text[from..to];
        let written = without_possessive(whole);
        let marked =
            before.contains([':', ';', '.', '!', '?', '|', '–', '—', '"', '“', '”', '‘']) || before.contains(" - ");
        words.push(Word {
            plain: plain(written),
            written,
            possessive: written.len() < whole.len(),
            opens: at == 0 || marked,
            before,
            after,
        });
    }
    words
}

/// Where the words begin and end, in bytes.
fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut from: Option<usize> = None;
    // Letters since the last separator or point: a point after a single letter is one of initials.
    let mut run = 0;
    let mut last: Option<char> = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|&(_, next)| next);
        if letter.is_alphanumeric() || is_combining_mark(letter) {
            let changes = from.is_some() && last.is_some_and(|last| is_ideograph(last) != is_ideograph(letter));
            if changes {
                spans.extend(from.map(|from| (from, at)));
            }
            if changes || from.is_none() {
                (from, run) = (Some(at), 0);
            }
            run += 1;
            last = Some(letter);
            continue;
        }
        let joins = from.is_some()
            && next.is_some_and(char::is_alphanumeric)
            && match letter {
                '&' => true,
                '\'' | '’' => next.is_some_and(char::is_alphabetic),
                '.' => run == 1 && last.is_some_and(char::is_alphabetic) && next.is_some_and(char::is_alphabetic),
                _ => false,
            };
        if joins {
            run = 0;
        } else {
            spans.extend(from.take().map(|from| (from, at)));
        }
    }
    spans.extend(from.map(|from| (from, text.len())));
    spans
}

fn without_possessive(word: &str) -> &str {
    ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .unwrap_or(word)
}

/// Lower case, without accents, apostrophes and points.
fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let letters = word.nfd().filter(|letter| !is_combining_mark(*letter));
    for letter in letters.flat_map(char::to_lowercase) {
        match letter {
            '\'' | '’' | '.' => {}
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            other => plain.push(other),
        }
    }
    plain.nfc().collect()
}

/// Whether it is of a script that writes no spaces between words.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_words(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.plain).collect()
    }

    #[test]
    fn words_are_compared_without_case_accents_apostrophes_and_points() {
        assert_eq!(
            plain_words("Nestlé's AT&T, J.P. Morgan (U.S.): L’Oréal!"),
            ["nestle", "at&t", "jp", "morgan", "us", "loreal"]
        );
        assert_eq!(
            plain_words("Amazon.com Coca-Cola S.p.A."),
            ["amazon", "com", "coca", "cola", "spa"]
        );
        assert_eq!(plain_words("Apple発表 3.5%"), ["apple", "発表", "3", "5"]);
        assert!(plain_words("… — ").is_empty());
    }

    #[test]
    fn a_word_knows_how_it_stood() {
        let found = words("Update: Target's profit (NYSE: TGT)");
        let stood: Vec<_> = found
            .iter()
            .map(|word| (word.written, word.opens, word.possessive))
            .collect();
        assert_eq!(
            stood,
            [
                ("Update", true, false),
                ("Target", true, true),
                ("profit", false, false),
                ("NYSE", false, false),
                ("TGT", true, false)
            ]
        );
        assert_eq!((found[4].before, found[4].after), (": ", ")"));
        assert!(found[3].in_capitals() && !found[1].in_capitals() && found[1].capitalised());
    }
}

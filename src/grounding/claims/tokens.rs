//! A sentence as tokens: words in lower case, numbers with their meaning, and the marks that part clauses. Text in, tokens out;
//! hyphens and Markdown's emphasis are not tokens.

use super::amounts::{Amount, Meaning, numbers};
use super::lists::among;
use super::spelled::{Piece, spelled};

/// A token and its place in the sentence, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// The word in lower case, without `'s`; empty for other kinds.
    pub word: String,
    /// Whether the word begins with a capital letter.
    pub capital: bool,
    /// Whether the word ends in `'s`.
    pub possessive: bool,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Word,
    Number(Meaning),
    /// A comma, a bracket, a quotation mark and the like.
    Mark(char),
}

impl Token {
    /// The amount, where the token is one.
    pub(super) fn amount(&self) -> Option<&Amount> {
        match &self.kind {
            Kind::Number(Meaning::Amount(amount)) => Some(amount),
            _ => None,
        }
    }

    /// Whether it is a word.
    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

/// The tokens of a sentence, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for number in numbers(text) {
        raw_words(text, from, number.start, &mut pieces);
        pieces.push(Token {
            start: number.start,
            end: number.end,
            kind: Kind::Number(number.meaning),
            word: String::new(),
            capital: false,
            possessive: false,
        });
        from = number.end;
    }
    raw_words(text, from, text.len(), &mut pieces);
    with_spelled(pieces)
}

/// Appends the words and marks of a part of the text without numbers.
pub(super) fn raw_words(text: &str, from: usize, to: usize, tokens: &mut Vec<Token>) {
    let mut letters = text[from..to].char_indices().peekable();
    while let Some((index, letter)) = letters.next() {
        let start = from + index;
        if letter.is_alphanumeric() {
            let mut end = start + letter.len_utf8();
            while let Some(&(next, inner)) = letters.peek() {
                let after = text[from + next + inner.len_utf8()..to].chars().next();
                let joins = inner == '.' || inner == '\'' || inner == '’' || inner == '&';
                let inside = joins && after.is_some_and(char::is_alphanumeric);
                if !inner.is_alphanumeric() && !inside {
                    break;
                }
                end = from + next + inner.len_utf8();
                letters.next();
            }
            tokens.push(word(text, start, end));
        } else if matches!(
            letter,
            ',' | ';' | ':' | '(' | ')' | '|' | '"' | '“' | '”' | '„' | '»' | '«' | '—' | '/' | '?' | '=' | '[' | ']'
        ) {
            let end = start + letter.len_utf8();
            tokens.push(Token {
                start,
                end,
                kind: Kind::Mark(letter),
                word: String::new(),
                capital: false,
                possessive: false,
            });
        }
    }
}

fn word(text: &str, start: usize, end: usize) -> Token {
    let written = &text[start..end];
    let lower = written.to_lowercase().replace('’', "'");
    let bare = lower.strip_suffix("'s");
    // `s'`: the apostrophe of a plural is no part of the token, but it follows it.
    let plural = lower.ends_with('s') && text[end..].starts_with(['\'', '’']);
    Token {
        start,
        end,
        kind: Kind::Word,
        possessive: bare.is_some() || plural,
        capital: written.starts_with(char::is_uppercase),
        word: bare.unwrap_or(&lower).to_owned(),
    }
}

/// Joins the words that spell a number.
fn with_spelled(tokens: Vec<Token>) -> Vec<Token> {
    with_numbers(&tokens, |at| {
        // "the middle half", "the second half": no amounts.
        let ordinal = tokens[at].word == "half"
            && at > 0
            && among(
                &tokens[at - 1].word,
                "middle central inner first second latter other better upper lower",
            );
        if ordinal {
            return None;
        }
        spelled(&tokens[at..].iter().take(14).map(piece).collect::<Vec<_>>())
    })
}

/// The tokens with a number in place of the words that spell one: `spelled` has the amount at a place and how many words it takes.
pub(super) fn with_numbers(tokens: &[Token], spelled: impl Fn(usize) -> Option<(Amount, usize)>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match spelled(at) {
            Some((amount, length)) => {
                joined.push(Token {
                    start: tokens[at].start,
                    end: tokens[at + length - 1].end,
                    kind: Kind::Number(Meaning::Amount(amount)),
                    word: String::new(),
                    capital: false,
                    possessive: false,
                });
                at += length;
            }
            None => {
                joined.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    joined
}

fn piece(token: &Token) -> Piece<'_> {
    match &token.kind {
        Kind::Word => Piece::Word(&token.word),
        Kind::Number(Meaning::Amount(amount)) => Piece::Amount(amount),
        _ => Piece::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|token| match &token.kind {
                Kind::Word => token.word.clone(),
                Kind::Mark(mark) => mark.to_string(),
                Kind::Number(_) => format!("<{}>", &text[token.start..token.end]),
            })
            .collect()
    }

    #[test]
    fn words_numbers_and_marks_are_parted() {
        assert_eq!(
            shown("**Apple's** 50-day average, in the U.S., is $63.01."),
            [
                "apple", "<50>", "day", "average", ",", "in", "the", "u.s", ",", "is", "<$63.01>"
            ]
        );
    }

    #[test]
    fn numbers_in_words_become_numbers() {
        assert_eq!(
            shown("It fell four point five per cent, to fifty-six dollars and fourteen cents."),
            [
                "it",
                "fell",
                "<four point five per cent>",
                ",",
                "to",
                "<fifty-six dollars and fourteen cents>"
            ]
        );
        assert_eq!(
            shown("two thirds of the headlines"),
            ["<two thirds>", "of", "the", "headlines"]
        );
        assert_eq!(shown("one of the signs"), ["one", "of", "the", "signs"]);
        assert_eq!(shown("one headline"), ["<one>", "headline"]);
    }
}

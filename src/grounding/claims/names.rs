//! Names of companies, people, places and products: capitalised words that no sentence start explains. Each must occur in the
//! company's name or in one headline. A sentence in, one claim a name out.

use super::amounts::Meaning;
use super::finding::Finding;
use super::german::stem;
use super::lists::among;
use super::reading::Reading;
use super::table::{Table, words};
use super::tokens::Kind;
use super::vocabulary::{is_no_name, is_ordinary};
use crate::grounding::claim::ClaimKind;
use crate::grounding::locale::Locale;

/// Judges the names of a sentence. `lower` tells whether the text uses a word in lower case elsewhere.
pub(super) fn names(reading: &Reading<'_>, table: &Table<'_>, lower: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    while at < reading.tokens.len() {
        if !is_part(reading, table, at, lower) {
            at += 1;
            continue;
        }
        let mut to = at + 1;
        while to < reading.tokens.len() && follows(reading, to) && is_part(reading, table, to, lower) {
            to += 1;
        }
        // The number of a product: "iPhone 5".
        let numbered = reading.tokens.get(to).is_some_and(|token| {
            matches!(&token.kind, Kind::Number(Meaning::Amount(amount)) if amount.mark == super::amounts::Mark::None)
                && reading.spent[to]
                && follows(reading, to)
        }) && reading.word(to + 1) != "day";
        let end = if numbered { to + 1 } else { to };
        findings.push(judge(reading, table, at, end));
        at = end;
    }
    findings
}

/// Whether nothing but a space or a hyphen stands before the token.
fn follows(reading: &Reading<'_>, at: usize) -> bool {
    let between = reading.text.get(reading.tokens[at - 1].end..reading.tokens[at].start);
    matches!(between, Some(" " | "-" | ". " | "\n" | " & " | "")) && !reading.tokens[at - 1].possessive
}

fn is_part(reading: &Reading<'_>, table: &Table<'_>, at: usize, lower: &dyn Fn(&str) -> bool) -> bool {
    let token = &reading.tokens[at];
    if !token.is_word() || among(&token.word, "q1 q2 q3 q4 h1 h2") {
        return false;
    }
    // "Don't", "We'll"
    if token
        .word
        .split_once('\'')
        .is_some_and(|(_, rest)| among(rest, "t ll re ve d m"))
    {
        return false;
    }
    if reading.locale == Locale::De {
        return is_german_part(reading, at, lower);
    }
    let written = &reading.text[token.start..token.end];
    let inner = written.chars().skip(1).any(char::is_uppercase)
        && written.chars().any(char::is_lowercase)
        && !written.contains('\'')
        && !written.contains('’');
    let word = token.word.as_str();
    if !inner && (!token.capital || is_no_name(word)) {
        return false;
    }
    let shouted = written.chars().count() > 1
        && written
            .chars()
            .all(|letter| letter.is_uppercase() || !letter.is_alphabetic());
    if starts(reading, at) {
        let next = at + 1 < reading.tokens.len()
            && follows(reading, at + 1)
            && reading.tokens[at + 1].capital
            && !is_no_name(reading.word(at + 1));
        // "Strip out the last month": an order, whatever the word.
        let order = among(
            reading.word(at + 1),
            "the a an this that these its their our your out off up",
        ) && !token.possessive;
        let ordinary = is_ordinary(word) || lower(word) || order;
        return table.own.contains(word) || !ordinary || shouted && !is_ordinary(word) || next && !is_ordinary(word);
    }
    // A word of shouting, or a title in capitals, is a name only where it is no ordinary word.
    !(shouted && is_ordinary(word) && word.len() > 3) && word.chars().any(char::is_alphabetic)
}

/// German writes every noun with a capital letter: a name is such a word that the lexicon does not know. At the start of a sentence its
/// ending must not be that of a verb, an adjective or an adverb.
fn is_german_part(reading: &Reading<'_>, at: usize, lower: &dyn Fn(&str) -> bool) -> bool {
    const OF_ADJECTIVES: [&str; 7] = ["lich", "bar", "isch", "ig", "sam", "los", "haft"];
    const OF_VERBS: [&str; 6] = ["end", "ende", "te", "ten", "en", "iert"];
    let token = &reading.tokens[at];
    let word = token.word.as_str();
    let ordinary = || {
        lower(word)
            || OF_ADJECTIVES.iter().any(|ending| stem(word).ends_with(ending))
            || OF_VERBS.iter().any(|ending| word.ends_with(ending))
    };
    token.capital && !is_no_name(word) && word.chars().any(char::is_alphabetic) && !(starts(reading, at) && ordinary())
}

/// Whether a capital letter at this place means nothing: the first word of the sentence, of a quotation or after a colon.
fn starts(reading: &Reading<'_>, at: usize) -> bool {
    let opens = |mark: char| matches!(mark, ':' | '"' | '“' | '|' | '(' | '—' | ';' | '[' | '?');
    let emphasis = reading.text[..reading.tokens[at].start].ends_with("**");
    at == 0 || emphasis || matches!(reading.tokens[at - 1].kind, Kind::Mark(mark) if opens(mark))
}

fn judge(reading: &Reading<'_>, table: &Table<'_>, from: usize, to: usize) -> Finding {
    let written = reading.text_of(from, to);
    let parts: Vec<String> = words(written)
        .into_iter()
        .filter(|word| word != "s" && (!is_no_name(word) || word.bytes().all(|byte| byte.is_ascii_digit())))
        .collect();
    // "Apples Kurs": a German genitive has no apostrophe.
    let genitive = |word: &str| {
        let bare = word.strip_suffix('s').filter(|_| reading.locale == Locale::De);
        bare.is_some_and(|bare| table.own.contains(bare))
    };
    let own = parts.iter().all(|word| table.own.contains(word) || genitive(word));
    if own {
        return Finding::decided(from, to, ClaimKind::Name, true, "company");
    }
    if let Some(id) = parts.first().and_then(|word| table.text_with(word))
        && parts.iter().all(|word| table.text_with(word).is_some())
    {
        return Finding::decided(from, to, ClaimKind::Name, true, id);
    }
    let headline = table.titles.iter().position(|title| {
        parts.iter().all(|word| {
            title.contains(word)
                || table.own.contains(word)
                || title.iter().any(|other| other.strip_suffix('s') == Some(word))
                || word
                    .strip_suffix('s')
                    .is_some_and(|word| title.iter().any(|other| other == word))
        })
    });
    match headline {
        Some(place) => Finding::decided(from, to, ClaimKind::Name, true, format!("headline {}", place + 1)),
        None => Finding::unsupported(from, to, ClaimKind::Name),
    }
}

//! Finds names of companies that are neither symbols nor known: words come in, likely names go out. A name follows words that ask for
//! an analysis ("outlook for …"), or has capital letters within a sentence.

use std::ops::Range;

use super::message::Word;
use super::plain_words::{is_boundary, is_command, is_filler, is_ordinary};
use crate::market::bare_name;

/// A name and its position.
pub(super) struct Name {
    /// Its bytes in the message's text.
    pub span: Range<usize>,
    /// The name, without a legal form such as "Inc".
    pub text: String,
    /// Whether the message asks for an analysis of it explicitly.
    pub asked_for: bool,
}

/// The names in `words`; in a message in capitals (`shouts`), only those that are asked for explicitly.
pub(super) fn find(words: &[Word<'_>], shouts: bool) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for at in 0..words.len() {
        if let Some(lead) = LEADS.iter().find(|lead| lead.stands_at(words, at)) {
            names.extend(asked_for(words, at + lead.words.len(), lead));
        }
    }
    if !shouts && !is_title_case(words) {
        for run in runs(words) {
            let overlaps = |name: &Name| name.span.start < run.span.end && run.span.start < name.span.end;
            if !names.iter().any(overlaps) {
                names.push(run);
            }
        }
    }
    names
}

/// The distinct names in their order; "Plug" beside "Plug Power" is the same name.
pub(super) fn distinct(names: Vec<Name>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for name in names {
        let lower = name.text.to_lowercase();
        let begins = |long: &str, short: &str| {
            long.strip_prefix(short)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        match texts.iter().position(|text| {
            let text = text.to_lowercase();
            begins(&text, &lower) || begins(&lower, &text)
        }) {
            Some(at) if texts[at].len() < name.text.len() => texts[at] = name.text,
            Some(_) => {}
            None => texts.push(name.text),
        }
    }
    texts
}

/// `words` as a name: joined, without a legal form. `None` when nothing is left, when it is longer than any name, or when it has
/// characters that no name has.
pub(super) fn of(words: &[&Word<'_>]) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '&' | '\'' | '-');
    if !words.iter().all(|word| word.text.chars().all(plain)) {
        return None;
    }
    let mut text = String::new();
    for word in words {
        let joined = if word.gap.trim() == "&" && !text.is_empty() {
            " & "
        } else {
            " "
        };
        if !text.is_empty() {
            text.push_str(joined);
        }
        text.push_str(word.text);
    }
    let bare = bare_name(&text);
    let fits = bare.contains(char::is_alphabetic) && bare.chars().count() <= MAX_NAME;
    fits.then(|| bare.to_owned())
}

const MAX_NAME: usize = 60;
const MAX_WORDS: usize = 4;

/// Words that a name follows.
struct Lead {
    words: &'static [&'static str],
    /// Words of which one must follow the name; empty where anything may.
    tail: &'static [&'static str],
    /// Whether it counts only at the beginning of a request, because elsewhere it is a noun.
    begins: bool,
}

const fn lead(words: &'static [&'static str]) -> Lead {
    Lead {
        words,
        tail: &[],
        begins: false,
    }
}

const fn request(words: &'static [&'static str]) -> Lead {
    Lead {
        words,
        tail: &[],
        begins: true,
    }
}

const fn question(words: &'static [&'static str]) -> Lead {
    Lead {
        words,
        tail: VERBS,
        begins: false,
    }
}

const LEADS: [Lead; 33] = [
    lead(&["forecast", "for"]),
    lead(&["forecast", "of"]),
    lead(&["forecasts", "for"]),
    lead(&["outlook", "for"]),
    lead(&["outlook", "of"]),
    lead(&["outlook", "on"]),
    lead(&["prediction", "for"]),
    lead(&["predictions", "for"]),
    lead(&["prediction", "of"]),
    lead(&["prediction", "on"]),
    lead(&["projection", "for"]),
    lead(&["analysis", "of"]),
    lead(&["analysis", "on"]),
    lead(&["analysis", "for"]),
    lead(&["report", "on"]),
    lead(&["report", "for"]),
    lead(&["report", "about"]),
    lead(&["shares", "of"]),
    lead(&["stock", "of"]),
    lead(&["invest", "in"]),
    lead(&["analyse"]),
    lead(&["analyze"]),
    lead(&["analysing"]),
    lead(&["analyzing"]),
    request(&["forecast"]),
    request(&["predict"]),
    request(&["evaluate"]),
    question(&["how", "will"]),
    question(&["how", "would"]),
    question(&["how", "might"]),
    question(&["how", "does"]),
    question(&["what", "will"]),
    question(&["where", "will"]),
];

const VERBS: &[&str] = &[
    "do", "perform", "go", "move", "fare", "develop", "trade", "look", "be", "stock", "stocks", "shares", "share",
    "price", "behave", "close", "end", "evolve",
];

impl Lead {
    fn stands_at(&self, words: &[Word<'_>], at: usize) -> bool {
        let Some(here) = words.get(at..at + self.words.len()) else {
            return false;
        };
        let same = here.iter().zip(self.words).all(|(word, lead)| word.lower == *lead);
        let begins = || match at.checked_sub(1).map(|before| &words[before]) {
            None => true,
            Some(before) => {
                words[at].opens
                    || !words[at].follows_closely()
                    || matches!(
                        before.lower.as_str(),
                        "please" | "to" | "you" | "and" | "then" | "now" | "pls"
                    )
            }
        };
        same && (!self.begins || begins())
    }
}

/// The name at `at`, and the names listed after it.
fn asked_for(words: &[Word<'_>], mut at: usize, lead: &Lead) -> Vec<Name> {
    let mut names = Vec::new();
    loop {
        let length = name_length(words, at);
        let Some(named) = words.get(at..at + length).filter(|named| !named.is_empty()) else {
            break;
        };
        let after = words.get(at + length);
        let is_followed = lead.tail.is_empty() || after.is_some_and(|word| lead.tail.contains(&word.lower.as_str()));
        let listed = after.is_some_and(|word| matches!(word.lower.as_str(), "and" | "or" | "vs" | "versus"));
        if (is_followed || listed) && is_a_name(named) {
            names.extend(name(named, true));
        }
        if !listed {
            break;
        }
        at += length + 1;
    }
    names
}

/// How many words from `at` on can be one name.
fn name_length(words: &[Word<'_>], at: usize) -> usize {
    let mut length = 0;
    for (index, word) in words.iter().enumerate().skip(at).take(MAX_WORDS) {
        let first = index == at;
        let goes_on = match first {
            true => word.gap.trim_matches([' ', ':', '"', '\'', '*']).is_empty(),
            false => word.follows_closely() || word.gap.trim() == "&",
        };
        let ends = word.of_time
            || (!first && is_boundary(&word.lower) && !is_connector(words, index))
            || (!first && !word.is_capitalised() && VERBS.contains(&word.lower.as_str()))
            || (!first && is_adverb(word))
            || !word.text.starts_with(char::is_alphanumeric);
        if !goes_on || ends {
            break;
        }
        length += 1;
    }
    length
}

/// Whether the word joins two parts of a name, as "of" in "Bank of America".
fn is_connector(words: &[Word<'_>], at: usize) -> bool {
    matches!(words[at].lower.as_str(), "of" | "de")
        && words
            .get(at + 1)
            .is_some_and(|next| next.follows_closely() && (next.is_capitalised() || !is_boundary(&next.lower)))
}

/// Whether the word is an adverb: "thoroughly", but not "Lilly".
fn is_adverb(word: &Word<'_>) -> bool {
    !word.is_capitalised() && word.lower.len() > 5 && word.lower.ends_with("ly")
}

/// Whether some word is not an ordinary one; a name in lower case must not begin with one either.
fn is_a_name(words: &[Word<'_>]) -> bool {
    let begins_plainly = words
        .first()
        .is_none_or(|word| !word.is_capitalised() && is_ordinary(&word.lower));
    let has_letters = words.iter().any(|word| word.text.contains(char::is_alphabetic));
    has_letters && !begins_plainly && !words.iter().all(|word| is_ordinary(&word.lower))
}

fn name(words: &[Word<'_>], asked_for: bool) -> Option<Name> {
    let text = of(&words.iter().collect::<Vec<_>>())?;
    let span = words.first()?.span.start..words.last()?.span.end;
    Some(Name { span, text, asked_for })
}

/// Whether three quarters of the words, common ones among them, begin with a capital; then capitals are no sign of a name.
fn is_title_case(words: &[Word<'_>]) -> bool {
    let spoken = || {
        words
            .iter()
            .filter(|word| !word.of_time && word.text.starts_with(char::is_alphabetic))
    };
    let capitalised = spoken().filter(|word| word.is_capitalised()).count();
    let plain = spoken().filter(|word| word.is_capitalised() && !word.opens && is_boundary(&word.lower));
    4 * capitalised >= 3 * spoken().count() && plain.count() >= 2
}

/// Runs of capitalised words, except those that only begin a sentence.
fn runs(words: &[Word<'_>]) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut end = at;
        while end < words.len() && (end == at || words[end].follows_closely() || words[end].gap.trim() == "&") {
            let connects = end > at && matches!(words[end].lower.as_str(), "of" | "de") && continues(words, end + 1);
            if words[end].of_time || !(words[end].is_capitalised() || connects) {
                break;
            }
            end += 1;
        }
        names.extend(run(&words[at..end], &words[end..]));
        at = end.max(at + 1);
    }
    names
}

fn continues(words: &[Word<'_>], at: usize) -> bool {
    words
        .get(at)
        .is_some_and(|word| word.is_capitalised() && word.follows_closely() && !word.of_time)
}

/// The name in a run of capitalised words, without common words before it and words such as "Stock" after it.
fn run(mut words: &[Word<'_>], after: &[Word<'_>]) -> Option<Name> {
    let row = words;
    while let [first, rest @ ..] = words {
        if !is_boundary(&first.lower) {
            break;
        }
        words = rest;
    }
    while let [rest @ .., last] = words {
        // A symbol in capitals after a name is not part of it.
        if !(is_command(&last.lower) || is_boundary(&last.lower) || (last.is_upper() && !rest.is_empty())) {
            break;
        }
        words = rest;
    }
    let follows = words
        .last()
        .and_then(|last| row.iter().find(|word| word.span.start > last.span.start));
    let only_opens = matches!(words, [word] if word.opens) && !is_asked_about(follows.or(after.first()), after);
    let words = &words[..words.len().min(MAX_WORDS)];
    if words.is_empty() || only_opens || !is_a_name(words) || words.iter().all(|word| word.text.chars().count() < 2) {
        return None;
    }
    name(words, false)
}

/// Whether the words after the first word of a sentence show that it is a name: "Tesla stock", "Tesla next week", "Tesla in 10 days".
fn is_asked_about(next: Option<&Word<'_>>, after: &[Word<'_>]) -> bool {
    let dated = after
        .iter()
        .take(3)
        .take_while(|word| word.of_time || is_filler(&word.lower));
    next.is_some_and(|next| is_command(&next.lower)) || dated.into_iter().any(|word| word.of_time)
}

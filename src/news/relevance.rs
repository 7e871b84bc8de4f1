//! Whether a headline is about a company: a query and a title come in, yes or no goes out. Pure; reads the title only.
//!
//! A title names a company by its name without the legal form, by the short form of that name, by another name that is known
//! (`aliases`), or by its symbol. A name that is a common English word (`Target`, `Gap`) counts only where it stands as a name: with a
//! capital letter, and, where every word could have one (at the beginning, and in titles that capitalise all words), with something
//! behind it that a company does or has. What such a title cannot show stays open: "Visa rules change" reads like "Visa cuts fees".

use std::collections::BTreeSet;

use super::aliases::{COMPOUNDS, EXCHANGES, FOLLOWERS, LEGAL, OPENERS, SHARED, TRADE, holds, other_names};
use super::english::is_english;
use super::query::NewsQuery;
use super::words::{Word, words};
use crate::market::bare_name;

/// The company that headlines are looked for of.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The name that a search is asked for, without the legal form.
    name: String,
    /// Other names that a search may be asked for.
    others: Vec<&'static str>,
    names: Vec<Name>,
    /// The symbol and its other spellings.
    symbols: Vec<String>,
    /// What is left of the symbol without the exchange, the class or the currency.
    base: String,
}

/// A name of the company.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    words: Vec<String>,
    /// Whether its last word ends in `'s`.
    possessive: bool,
    standing: Standing,
}

/// How a name must stand in a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In any case of letters.
    Any,
    /// Every word with a capital letter.
    Capitalised,
    /// In capitals: an acronym.
    InCapitals,
    /// As a name and not as the word that it is.
    AsName,
    /// The same, and only where it begins the title: the word is but a part of the company's name.
    Opening,
}

impl Subject {
    /// The company of a query.
    pub(super) fn of(query: &NewsQuery) -> Self {
        let company = query.company.as_deref().unwrap_or_default();
        let ticker = query.ticker.as_str();
        let base = ticker.trim_start_matches('^').split(['.', '-', '=', '/']).next();
        let base = base.unwrap_or(ticker).to_owned();
        let name = plain_name(company, ticker);
        let parts = words(&name);
        let plain: Vec<String> = parts.iter().map(|word| word.plain.clone()).collect();
        let others: Vec<&'static str> = other_names(&plain).collect();
        let mut names = BTreeSet::new();
        let mut all = Vec::new();
        let mut add = |name: Option<Name>| all.extend(name.filter(|name| names.insert(name.words.clone())));
        add(Name::whole(&parts));
        for other in &others {
            add(Name::whole(&words(other)));
        }
        add(short_form(&parts));
        add(acronym(&parts));
        add(initials(&plain, &base));
        Self {
            names: all,
            symbols: ["-", ".", "/"].map(|mark| ticker.replace(['-', '/'], mark)).into(),
            name,
            others,
            base,
        }
    }

    /// Whether a symbol that a source gives is the company's.
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.symbols.iter().any(|own| own.eq_ignore_ascii_case(symbol.trim()))
    }

    /// Whether a title names the company.
    pub(super) fn is_named_in(&self, title: &str) -> bool {
        let words = words(title);
        let case = Case::of(&words);
        self.names.iter().any(|name| name.stands_in(&words, case)) || self.symbol_stands_in(&words, case)
    }

    /// What a search by words is asked for: the names, and the symbol where it can be no word. None of them holds a quotation mark.
    pub(super) fn search_terms(&self) -> (Vec<&str>, Option<&str>) {
        let names = std::iter::once(self.name.as_str())
            .chain(self.others.iter().copied())
            .filter(|name| !name.is_empty());
        let mut seen = BTreeSet::new();
        let names = names.filter(|name| seen.insert(name.to_lowercase())).collect();
        let symbol = self.symbols.first().map(String::as_str);
        (names, symbol.filter(|_| speaks_for_itself(&self.base)))
    }

    fn symbol_stands_in(&self, words: &[Word<'_>], case: Case) -> bool {
        words.iter().enumerate().any(|(at, word)| {
            if word.written != self.base {
                return false;
            }
            let place = at.checked_sub(1).map(|at| words[at].written);
            let listed = word.before.trim_end() == ":"
                && place.is_some_and(|place| begins_in_capitals(place) && holds(EXCHANGES, &place.to_lowercase()));
            let alone = word.before.ends_with('(') && word.after.starts_with(')');
            // Not the amount in "US$T".
            let cashtag = word.before.ends_with('$') && (at == 0 || word.before.len() > 1);
            cashtag || alone || listed || (speaks_for_itself(&self.base) && case != Case::Shouted)
        })
    }
}

/// Whether a word begins with a capital letter.
fn begins_in_capitals(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// Whether a symbol in capitals cannot be a word or an abbreviation of something else.
fn speaks_for_itself(base: &str) -> bool {
    base.len() >= 3 && base.bytes().all(|letter| letter.is_ascii_uppercase()) && !is_english(&base.to_ascii_lowercase())
}

/// A name without a leading "The", the legal form and, for a currency pair, the currency behind it.
fn plain_name(company: &str, ticker: &str) -> String {
    let company = company.replace(['"', '“', '”'], " ");
    let all: Vec<&str> = bare_name(&company).split_whitespace().collect();
    let mut parts = all.as_slice();
    if let [first, rest @ ..] = parts
        && first.eq_ignore_ascii_case("the")
        && !rest.is_empty()
    {
        parts = rest;
    }
    let currency = ticker
        .split_once('-')
        .map(|(_, currency)| currency)
        .filter(|it| it.len() == 3);
    while let [rest @ .., last] = parts
        && !rest.is_empty()
    {
        let plain: String = words(last).into_iter().map(|word| word.plain).collect();
        let class = plain.chars().count() == 1 && rest.last().is_some_and(|word| word.eq_ignore_ascii_case("class"));
        let legal = plain.is_empty() || plain == "class" || class || holds(LEGAL, &plain);
        if !legal && !currency.is_some_and(|currency| plain.eq_ignore_ascii_case(currency)) {
            break;
        }
        parts = rest;
    }
    parts.join(" ").trim_end_matches([',', '&', '-', ' ']).to_owned()
}

impl Name {
    /// The name as it is.
    fn whole(parts: &[Word<'_>]) -> Option<Self> {
        let last = parts.last()?;
        let plain = |word: &Word<'_>| word.plain.clone();
        let standing = match parts {
            [only] if is_english(&only.plain) => Standing::AsName,
            [only] if only.plain.chars().count() <= 3 && only.in_capitals() => Standing::InCapitals,
            // In lower case such a name is a word of the text, unless it is written so: eBay.
            [only] if only.capitalised() => Standing::Capitalised,
            several if several.iter().all(|word| is_english(&word.plain)) => Standing::Capitalised,
            _ => Standing::Any,
        };
        Some(Self {
            words: parts.iter().map(plain).collect(),
            possessive: last.possessive,
            standing,
        })
    }

    fn stands_in(&self, words: &[Word<'_>], case: Case) -> bool {
        words.windows(self.words.len()).enumerate().any(|(at, window)| {
            let same = window
                .iter()
                .zip(&self.words)
                .all(|(word, wanted)| word.plain == *wanted);
            same && self.stands_at(words, at, window, case)
        })
    }

    fn stands_at(&self, words: &[Word<'_>], at: usize, window: &[Word<'_>], case: Case) -> bool {
        let capitalised = || window.iter().all(|word| word.capitalised() || word.plain.len() <= 3);
        match self.standing {
            // Moody's is a company, moody a word.
            _ if self.possessive && !window.last().is_some_and(|word| word.possessive) => false,
            Standing::Any => true,
            Standing::Capitalised => window.iter().any(Word::capitalised) && capitalised(),
            Standing::InCapitals => window.iter().all(Word::in_capitals),
            Standing::AsName | Standing::Opening => {
                let [word] = window else { return false };
                let before = at.checked_sub(1).map(|at| words[at].plain.as_str());
                let compound = before.is_some_and(|before| COMPOUNDS.contains(&(before, word.plain.as_str())));
                let opens = word.opens;
                if !word.capitalised() || compound || (self.standing == Standing::Opening && !opens) {
                    return false;
                }
                (case == Case::Sentence && !opens) || acts(word, words.get(at + 1), opens)
            }
        }
    }
}

/// Whether a capitalised word is followed by what follows the name of a company.
fn acts(word: &Word<'_>, next: Option<&Word<'_>>, opens: bool) -> bool {
    let follows = |next: &Word<'_>| {
        let plain = next.plain.as_str();
        holds(FOLLOWERS, plain) || (opens && holds(OPENERS, plain))
    };
    // "Apple, Nvidia lead gains"
    let list = opens && word.after.starts_with(',') && next.is_some_and(Word::capitalised);
    word.possessive || list || next.is_some_and(|next| word.after.trim().is_empty() && follows(next))
}

/// The name without the words of its trade: `Micron` of `Micron Technology`, `Capital One` of `Capital One Financial`.
fn short_form(parts: &[Word<'_>]) -> Option<Name> {
    let mut short = parts;
    while let [rest @ .., last] = short
        && !rest.is_empty()
        && holds(TRADE, &last.plain)
    {
        short = rest;
    }
    if short.len() == parts.len() {
        return None;
    }
    let mut name = Name::whole(short)?;
    if let [only] = short {
        if only.plain.chars().count() < 3 || holds(SHARED, &only.plain) {
            return None;
        }
        if name.standing == Standing::AsName {
            name.standing = Standing::Opening;
        }
    }
    Some(name)
}

/// A first word in capitals within a name that has others: `LVMH` of `LVMH Moët Hennessy`.
fn acronym(parts: &[Word<'_>]) -> Option<Name> {
    let (first, rest) = parts.split_first()?;
    let distinct = first.plain.chars().count() >= 3
        && first.in_capitals()
        && rest.iter().any(|word| !word.in_capitals())
        && !is_english(&first.plain)
        && !holds(SHARED, &first.plain);
    let name = Name {
        words: vec![first.plain.clone()],
        possessive: false,
        standing: Standing::InCapitals,
    };
    distinct.then_some(name)
}

/// The initials of a name of several words, where they are the symbol: `GM` of `General Motors`.
fn initials(plain: &[String], base: &str) -> Option<Name> {
    let initials: String = plain
        .iter()
        .filter(|word| !matches!(word.as_str(), "of" | "and" | "the" | "for" | "de"))
        .filter_map(|word| word.chars().next())
        .collect();
    let same = plain.len() > 1 && initials.eq_ignore_ascii_case(base);
    same.then(|| Name {
        words: vec![initials],
        possessive: false,
        standing: Standing::InCapitals,
    })
}

/// How a title uses capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// They mark names.
    Sentence,
    /// Nearly every word has one, so they mark nothing.
    Title,
    /// There are no other letters.
    Shouted,
}

impl Case {
    fn of(words: &[Word<'_>]) -> Self {
        if words.iter().all(|word| !word.written.chars().any(char::is_lowercase)) {
            return Case::Shouted;
        }
        // Short words stay small in titles, and the first word is large everywhere.
        let long: Vec<_> = words
            .iter()
            .filter(|word| {
                !word.opens && word.plain.chars().count() >= 4 && word.plain.chars().all(char::is_alphabetic)
            })
            .collect();
        let capitalised = long.iter().filter(|word| word.capitalised()).count();
        // Two words may both be names.
        if long.len() >= 2 && capitalised * 4 >= long.len() * 3 {
            Case::Title
        } else {
            Case::Sentence
        }
    }
}

#[cfg(test)]
#[path = "relevance_tests.rs"]
mod tests;

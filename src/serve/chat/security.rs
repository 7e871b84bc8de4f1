//! Finds the security that a message names: its words and links come in, a [`Security`] goes out.
//!
//! Symbols are collected first (links, cashtags, "ticker nvda", upper-case symbols, known companies), then other names. Exactly one
//! security can be analysed; of several the user is asked for one. A message of one word beside a request ("nvda 10 days", "stock
//! nvda") names that word.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::asked::Security;
use super::message::{MessageText, Word, pattern};
use super::names::{self, Name};
use super::plain_words::{is_boundary, is_command, is_filler, is_ordinary};
use crate::market::{Company, Ticker, bare_name};

/// A symbol and its position.
struct Symbol {
    span: Range<usize>,
    ticker: Ticker,
    /// Whether it was found by a company's name, which may be the beginning of a longer name.
    by_name: bool,
}

/// The security that `words` of `message` name. `dated` means that the message also gives a horizon.
pub(super) fn find(message: &MessageText, words: &[Word<'_>], known: &[Company], dated: bool) -> Security {
    let shouts = shouts(words);
    let mut symbols = symbols(words, known, shouts);
    let mut names = names::find(words, shouts);
    resolve_overlaps(&mut symbols, &mut names);
    drop_named_twice(&message.text, &mut symbols, &mut names);
    if !(symbols.is_empty() && message.linked.is_empty()) {
        names.retain(|name| {
            name.asked_for
                || symbols
                    .iter()
                    .any(|symbol| is_joined(&message.text, &symbol.span, &name.span))
        });
    }

    let mut tickers: Vec<Ticker> = message.linked.clone();
    tickers.extend(symbols.into_iter().map(|symbol| symbol.ticker));
    let mut unique: Vec<Ticker> = Vec::new();
    for ticker in tickers {
        if !unique.contains(&ticker) {
            unique.push(ticker);
        }
    }
    let mut asked: Vec<String> = unique.iter().map(|ticker| ticker.as_str().to_owned()).collect();
    for name in names::distinct(names) {
        asked.push(name);
    }
    match (unique.pop(), asked.len()) {
        (Some(ticker), 1) => Security::Ticker(ticker),
        (_, 2..) => {
            asked.truncate(MOST_NAMED);
            Security::Ambiguous(asked)
        }
        _ => match asked.pop() {
            Some(name) => Security::Name(name),
            None => whole_message(words, dated),
        },
    }
}

/// Most securities listed in the question back to the user.
const MOST_NAMED: usize = 5;

/// Whether most words, common ones among them, are in capitals; then capitals are no sign of a symbol.
fn shouts(words: &[Word<'_>]) -> bool {
    let spoken = words
        .iter()
        .filter(|word| word.text.chars().filter(|c| c.is_alphabetic()).count() > 1);
    let (mut all, mut upper, mut plain) = (0, 0, false);
    for word in spoken {
        all += 1;
        if word.is_upper() {
            upper += 1;
            plain |= is_boundary(&word.lower);
        }
    }
    all >= 3 && 2 * upper > all && plain
}

fn symbols(words: &[Word<'_>], known: &[Company], shouts: bool) -> Vec<Symbol> {
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(word) = words.get(next) {
        let rest = &words[next..];
        let taken = match known_at(rest, known) {
            Some((length, ticker, by_name)) => Some((length, Some(ticker), by_name)),
            None => symbol_at(words, next, shouts).map(|symbol| (1, Ticker::parse(&symbol).ok(), false)),
        };
        let (length, ticker, by_name) = taken.unwrap_or((1, None, false));
        if let Some(ticker) = ticker {
            let end = rest[length - 1].span.end;
            found.push(Symbol {
                span: word.span.start..end,
                ticker,
                by_name,
            });
        }
        next += length;
    }
    found
}

/// A known symbol in any case, or a known company's name: the number of words, the ticker, and whether it is a name.
fn known_at(words: &[Word<'_>], known: &[Company]) -> Option<(usize, Ticker, bool)> {
    let first = words.first()?;
    let by_symbol = |company: &&Company| {
        let symbol = company.ticker.as_str();
        symbol.len() > 2 && first.text.trim_start_matches('$').eq_ignore_ascii_case(symbol)
    };
    if let Some(company) = known.iter().find(by_symbol) {
        return Some((1, company.ticker.clone(), false));
    }
    let mut best: Option<(usize, Ticker, bool)> = None;
    for company in known {
        for name in company.names {
            let parts: Vec<String> = bare_name(name).split_whitespace().map(str::to_lowercase).collect();
            let same = parts.len() <= words.len()
                && parts.iter().zip(words).all(|(part, word)| *part == word.lower)
                && words[1..parts.len().max(1)].iter().all(Word::follows_closely);
            if same && !parts.is_empty() && best.as_ref().is_none_or(|(length, _, _)| *length < parts.len()) {
                best = Some((parts.len(), company.ticker.clone(), true));
            }
        }
    }
    best
}

/// The word at `at` as a symbol, where it is one.
fn symbol_at(words: &[Word<'_>], at: usize, shouts: bool) -> Option<String> {
    let word = &words[at];
    if word.of_time {
        return None;
    }
    if let Some(tag) = word.text.strip_prefix('$') {
        const CURRENCIES: [&str; 9] = ["us", "usd", "eur", "gbp", "cad", "aud", "hkd", "nzd", "sgd"];
        let is_tag = CASHTAG.is_match(tag) && !CURRENCIES.contains(&tag.to_lowercase().as_str());
        return is_tag.then(|| tag.to_uppercase());
    }
    let introduced = is_introduced(words, at);
    if introduced
        && INTRODUCED.is_match(word.text)
        && (word.is_upper() || word.text.len() == 1 || !is_ordinary(&word.lower))
    {
        return Some(word.text.to_uppercase());
    }
    if is_letter_in_brackets(words, at) {
        return Some(word.text.to_owned());
    }
    if is_marked(word.text) && !shouts {
        return Some(word.text.to_uppercase());
    }
    let stands_alone = PLAIN.is_match(word.text) && !shouts && !is_ordinary(&word.lower) && !begins_a_name(words, at);
    let is_led = at > 0 && LEADS.contains(&words[at - 1].lower.as_str()) && word.follows_closely();
    let reads_as_one = is_led && looks_like_a_symbol(word) && !is_ordinary(&word.lower);
    (stands_alone || reads_as_one).then(|| word.text.to_uppercase())
}

/// Words after which a lower-case word that looks like a symbol is one.
const LEADS: [&str; 24] = [
    "for", "of", "on", "in", "about", "stock", "shares", "buy", "sell", "hold", "will", "would", "is", "does", "has",
    "analyse", "analyze", "forecast", "predict", "outlook", "and", "or", "vs", "than",
];

static CASHTAG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[A-Za-z]{1,6}(?:[.-][A-Za-z]{1,4})?|[A-Za-z]{1,6}[0-9]{6}[CPcp][0-9]{8})$"));
static INTRODUCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\^?[A-Za-z]{1,6}(?:[.=/-][A-Za-z]{1,4})?|[0-9]{3,6}\.[A-Za-z]{1,2}|[A-Za-z]{1,6}[0-9]{6}[CPcp][0-9]{8})$",
    )
});
static PLAIN: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Z]{2,5}$"));
/// Share classes, crypto pairs, listings abroad, indices, futures, currencies and options, recognised by their form.
static MARKED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[A-Z]{1,4}-[A-Z]|[A-Z]{1,4}-P[A-Z]|[0-9]{0,5}[A-Z][A-Z0-9]{1,19}-(?:USD|EUR|GBP)|[A-Z]{2,6}\.[A-Z]{1,2}|[A-Z][A-Z0-9&_-]{1,20}\.(?:NS|BO)|[0-9]{3,6}\.[A-Z]{1,2}|\^[A-Z0-9]{2,9}(?:\.[A-Z]{1,2})?|[A-Z]{1,6}=[FX]|[A-Z]{3}/[A-Z]{3}|[A-Z]{1,6}[0-9]{6}[CP][0-9]{8})$",
    )
});

fn is_marked(text: &str) -> bool {
    let head = text.split(['.', '-']).next().unwrap_or_default().to_lowercase();
    // Two currencies without a mark between them, `EURUSD`, have six letters as many words do; their codes tell.
    let is_pair =
        text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_uppercase()) && Ticker::notice(text).is_some();
    // `BTC` alone is an ordinary abbreviation; the pair `BTC-USD` is a symbol.
    is_pair || MARKED.is_match(text) && (text.ends_with("-USD") || !is_ordinary(&head))
}

/// Whether the word follows "ticker", "symbol", "ticker symbol is", or an exchange with a colon.
fn is_introduced(words: &[Word<'_>], at: usize) -> bool {
    const EXCHANGES: [&str; 6] = ["nyse", "nasdaq", "amex", "lse", "xetra", "nyseamerican"];
    let mut before = words[..at]
        .iter()
        .rev()
        .skip_while(|word| matches!(word.lower.as_str(), "is" | "called"));
    before.next().is_some_and(|word| match word.lower.as_str() {
        "ticker" | "symbol" => words[at].gap.trim_matches([' ', ':', '(', '=']).is_empty(),
        exchange => EXCHANGES.contains(&exchange) && words[at].gap.trim() == ":",
    })
}

/// Whether the word is one letter in brackets after a name: `Ford (F)`.
fn is_letter_in_brackets(words: &[Word<'_>], at: usize) -> bool {
    let closes = words.get(at + 1).is_none_or(|next| next.gap.starts_with(')'));
    let name = at.checked_sub(1).map(|before| &words[before]);
    words[at].gap.trim_start() == "("
        && closes
        && words[at].text.len() == 1
        && words[at].is_capitalised()
        && name.is_some_and(|name| name.is_capitalised() && !is_ordinary(&name.lower))
}

/// Whether the word begins a name: `AMC Entertainment` is not the symbol AMC.
fn begins_a_name(words: &[Word<'_>], at: usize) -> bool {
    words.get(at + 1).is_some_and(|next| {
        next.follows_closely()
            && next.is_capitalised()
            && !next.is_upper()
            && !next.of_time
            && !is_ordinary(&next.lower)
    })
}

/// Whether the word has two to five letters and no vowel, or begins as no English word does: `nvda`, `tsla`, `jpm`, but not `tesla`.
fn looks_like_a_symbol(word: &Word<'_>) -> bool {
    const ONSETS: &str = " bl br ch cl cr dr dw fl fr gh gl gn gr kl kn kr ph pl pr ps rh sc sh sk sl sm sn sp sq st sv sw th tr \
        tw wh wr ";
    let lower = word.lower.as_str();
    let vowel = |c: char| "aeiouy".contains(c);
    let onset = lower.chars().take_while(|c| !vowel(*c)).count();
    (2..=5).contains(&lower.len())
        && lower.bytes().all(|b| b.is_ascii_lowercase())
        && (!lower.contains(vowel) || (onset >= 2 && !ONSETS.contains(&format!(" {} ", &lower[..2]))))
}

/// Of overlapping finds one is dropped: a known name inside a longer name ("Apple Hospitality"), else the name over a symbol.
fn resolve_overlaps(symbols: &mut Vec<Symbol>, names: &mut Vec<Name>) {
    let overlap = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
    let longer = |symbol: &Symbol, name: &Name| {
        symbol.by_name && overlap(&symbol.span, &name.span) && name.text.len() > symbol.span.len()
    };
    symbols.retain(|symbol| !names.iter().any(|name| longer(symbol, name)));
    names.retain(|name| !symbols.iter().any(|symbol| overlap(&symbol.span, &name.span)));
}

/// Drops names that a symbol repeats: `Nvidia (NVDA)`, `Nvidia, NASDAQ: NVDA` and `Nvidia NVDA` name one security.
fn drop_named_twice(text: &str, symbols: &mut Vec<Symbol>, names: &mut Vec<Name>) {
    let explained = |end: usize, symbol: &Symbol| {
        symbol.span.start >= end && SAME.is_match(&text[end..symbol.span.start]) && !symbol.by_name
    };
    names.retain(|name| !symbols.iter().any(|symbol| explained(name.span.end, symbol)));
    let twice: Vec<bool> = symbols
        .iter()
        .map(|named| named.by_name && symbols.iter().any(|symbol| explained(named.span.end, symbol)))
        .collect();
    let mut twice = twice.into_iter();
    symbols.retain(|_| !twice.next().unwrap_or(false));
}

static SAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:\s*(?:,?\s*(?:inc|corp|co|ltd|plc|corporation)\b\.?)?(?:'s)?\s*(?:[(,-]\s*)?(?:(?:ticker|symbol|ticker symbol)\s*:?\s*)?(?:(?:nyse|nasdaq|amex|lse)\s*:\s*)?\$?)$",
    )
});

/// Whether the text between two finds compares or lists them.
fn is_joined(text: &str, a: &Range<usize>, b: &Range<usize>) -> bool {
    let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
    text.get(first.end..second.start)
        .is_some_and(|between| JOINED.is_match(between))
}

static JOINED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:\)?\s*(?:,|&|\+|/|(?:(?:stock|shares?|better|worse|compared|rather)\s+)*(?:and|or|vs\.?|versus|with|to|against|than)\b)\s*\$?)$",
    )
});

/// The security of a message that is nothing but a request and one name or symbol.
fn whole_message(words: &[Word<'_>], dated: bool) -> Security {
    let rest: Vec<&Word<'_>> = words
        .iter()
        .filter(|word| !word.of_time && !is_filler(&word.lower))
        .collect();
    let asks = dated || words.iter().any(|word| is_command(&word.lower));
    if rest
        .iter()
        .any(|word| is_ordinary(&word.lower) || !word.text.starts_with(|c: char| c.is_alphanumeric() || c == '^'))
    {
        return Security::None;
    }
    match rest[..] {
        [word] => whole_word(word, asks),
        [_, ref more @ ..] if asks && rest.len() <= 3 && more.iter().all(|word| word.follows_closely()) => {
            names::of(&rest).map_or(Security::None, Security::Name)
        }
        _ => Security::None,
    }
}

fn whole_word(word: &Word<'_>, asks: bool) -> Security {
    let upper = word.text.to_uppercase();
    let one_letter = word.text.len() == 1 && word.is_capitalised();
    let symbol = is_marked(&upper) || looks_like_a_symbol(word) || (asks && one_letter);
    match Ticker::parse(word.text) {
        Ok(ticker) if symbol => Security::Ticker(ticker),
        _ if word.text.chars().filter(|c| c.is_alphabetic()).count() >= 3 => {
            names::of(&[word]).map_or(Security::None, Security::Name)
        }
        _ => Security::None,
    }
}

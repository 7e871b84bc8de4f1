//! German numbers in words: "einundzwanzig", "vier Komma fünf Prozent", "zwei Drittel", "eineinhalb". Tokens in, the same tokens
//! with the words that spell a number joined, out. "ein" counts only beside what is counted.

use super::super::amounts::{Amount, Mark, ratio, unsigned};
use super::super::lists::among;
use super::super::tokens::{Token, with_numbers};

/// Joins the words that spell a number.
pub(super) fn join(tokens: Vec<Token>) -> Vec<Token> {
    let tokens: Vec<Token> = tokens.into_iter().flat_map(without_times).collect();
    with_numbers(&tokens, |at| spelled(&tokens, at))
}

/// "dreimal" as its two words.
fn without_times(token: Token) -> Vec<Token> {
    let head = token.word.strip_suffix("mal").filter(|head| whole(head).is_some());
    let Some(at) = head.map(|_| token.end - "mal".len()).filter(|_| token.is_word()) else {
        return vec![token];
    };
    let head = token.word.trim_end_matches("mal").to_owned();
    let number = Token {
        end: at,
        word: head,
        ..token.clone()
    };
    let times = Token {
        start: at,
        word: "mal".to_owned(),
        capital: false,
        ..token
    };
    vec![number, times]
}

/// What makes "ein" a number, by the beginning of the word.
const COUNTED: [&str; 10] = [
    "schlagzeile",
    "positiv",
    "negativ",
    "neutral",
    "prozent",
    "dollar",
    "euro",
    "pfad",
    "basispunkt",
    "meldung",
];

fn spelled(tokens: &[Token], at: usize) -> Option<(Amount, usize)> {
    let word = |place: usize| tokens.get(place).map_or("", |token| token.word.as_str());
    let first = word(at);
    if let Some(found) = fraction(first, word(at + 1)) {
        return Some(found);
    }
    let mut step = 1.0;
    let mut length = 1;
    let mut value = match first {
        "eineinhalb" | "anderthalb" => {
            step = 0.5;
            1.5
        }
        "ein" | "eine" | "einen" | "einem" | "einer" | "eins" => {
            let next = word(at + 1);
            let counts = next == "komma"
                || first == "eins" && next == "zu"
                || next.starts_with("einzig") && COUNTED.iter().any(|thing| word(at + 2).starts_with(thing))
                || COUNTED.iter().any(|thing| next.starts_with(thing));
            if !counts {
                return None;
            }
            1.0
        }
        word => match word.strip_suffix("einhalb").and_then(small) {
            Some(whole) => {
                step = 0.5;
                whole + 0.5
            }
            None => whole(word)?,
        },
    };
    if word(at + 1) == "komma" && small(word(at + 2)).is_some_and(|digit| digit < 10.0) {
        length = 2;
        while let Some(digit) = small(word(at + length)).filter(|digit| *digit < 10.0) {
            step /= 10.0;
            value += digit * step;
            length += 1;
        }
    }
    let (mark, units) = unit(word(at + length), word(at + length + 1));
    length += units;
    if let Mark::Currency(_) = mark {
        let from = length + usize::from(word(at + length) == "und");
        if let Some(cents) = whole(word(at + from)).filter(|cents| *cents < 100.0 && word(at + from + 1) == "cent") {
            return Some((unsigned(value + cents / 100.0, 0.01, mark), from + 2));
        }
    }
    if word(at + length).starts_with("basispunkt") {
        return Some((unsigned(value / 100.0, step / 100.0, Mark::Percent), length + 1));
    }
    Some((unsigned(value, step, mark), length))
}

/// "die Hälfte", "ein Drittel", "zwei Drittel", "drei Viertel", "ein halbes Prozent".
fn fraction(first: &str, next: &str) -> Option<(Amount, usize)> {
    match first {
        "hälfte" => return Some((ratio(1.0, 2.0), 1)),
        "drittel" => return Some((ratio(1.0, 3.0), 1)),
        "viertel" => return Some((ratio(1.0, 4.0), 1)),
        "fünftel" => return Some((ratio(1.0, 5.0), 1)),
        _ => {}
    }
    let of = match next {
        "drittel" | "dritteln" => 3.0,
        "viertel" | "vierteln" => 4.0,
        "fünftel" | "fünfteln" => 5.0,
        "zehntel" | "zehnteln" => 10.0,
        "dutzend" if among(first, "ein einem") => return Some((unsigned(12.0, 1.0, Mark::None), 2)),
        _ => return None,
    };
    let part = if among(first, "ein einem eines") {
        1.0
    } else {
        small(first)?
    };
    Some((ratio(part, of), 2))
}

fn unit(word: &str, next: &str) -> (Mark, usize) {
    match word {
        "prozent" | "prozentpunkt" | "prozentpunkte" | "prozentpunkten" => (Mark::Percent, 1),
        "dollar" | "euro" | "yen" => (Mark::Currency(word.to_owned()), 1),
        "us" if next == "dollar" => (Mark::Currency(next.to_owned()), 2),
        "pfund" => (Mark::Currency("pound".to_owned()), 1),
        "franken" => (Mark::Currency("CHF".to_owned()), 1),
        _ => (Mark::None, 0),
    }
}

/// A whole number in one word, up to 999,999; "ein" alone is none.
fn whole(word: &str) -> Option<f64> {
    if among(word, "ein eins") || word.is_empty() {
        return None;
    }
    let part = |text: &str, none: f64| {
        if text.is_empty() {
            Some(none)
        } else {
            below_thousand(text)
        }
    };
    match word.split_once("tausend") {
        Some((thousands, rest)) => Some(part(thousands, 1.0)? * 1e3 + part(rest, 0.0)?),
        None => below_thousand(word),
    }
}

fn below_thousand(word: &str) -> Option<f64> {
    match word.split_once("hundert") {
        Some((hundreds, rest)) => {
            let hundreds = if hundreds.is_empty() { 1.0 } else { small(hundreds)? };
            let rest = rest.strip_prefix("und").unwrap_or(rest);
            let rest = if rest.is_empty() { 0.0 } else { below_hundred(rest)? };
            (hundreds < 10.0).then_some(hundreds * 100.0 + rest)
        }
        None => below_hundred(word),
    }
}

fn below_hundred(word: &str) -> Option<f64> {
    small(word).or_else(|| {
        let (ones, tens) = word.split_once("und")?;
        let (ones, tens) = (small(ones)?, small(tens)?);
        (ones < 10.0 && tens >= 20.0).then_some(tens + ones)
    })
}

/// Numbers of one part: up to twenty, and tens.
fn small(word: &str) -> Option<f64> {
    const WORDS: &str = "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn \
                         achtzehn neunzehn zwanzig";
    const TENS: &str = "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig";
    let at = |list: &str| list.split_whitespace().position(|other| other == word);
    match word {
        "eins" => Some(1.0),
        "zwo" => Some(2.0),
        _ => at(WORDS)
            .map(|value| value as f64)
            .or_else(|| at(TENS).map(|ten| 30.0 + 10.0 * ten as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_one_word_have_their_value() {
        for (word, value) in [
            ("sechsundfünfzig", 56.0),
            ("einundzwanzig", 21.0),
            ("zweihundert", 200.0),
            ("hundertfünfundzwanzig", 125.0),
            ("dreitausendvierhundert", 3400.0),
            ("dreißig", 30.0),
            ("zwölf", 12.0),
        ] {
            assert_eq!(whole(word), Some(value), "{word}");
        }
        for word in [
            "",
            "ein",
            "kurs",
            "hundertein-",
            "achtung",
            "einhundertzweihundert",
            "tausendtausend",
        ] {
            assert_eq!(whole(word), None, "{word}");
        }
    }
}

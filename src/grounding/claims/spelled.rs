//! Numbers in words: "fifty-six dollars and fourteen cents", "four and a half per cent", "two thirds". Words in; the amount and
//! how many words it took out. "one" and "a" count only beside what is counted.

use super::amounts::{Amount, Mark, ratio, unsigned};
use super::lists::among;
use crate::text::small_number;

/// A word, or a number in digits that words may follow.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'t> {
    Word(&'t str),
    Amount(&'t Amount),
    Other,
}

/// The number that `pieces` begin with, and how many of them it takes.
pub(super) fn spelled(pieces: &[Piece<'_>]) -> Option<(Amount, usize)> {
    if let Some(share) = share(pieces) {
        return Some(share);
    }
    if let Some(Piece::Amount(amount)) = pieces.first() {
        return halves(amount, pieces);
    }
    fraction(pieces).or_else(|| whole(pieces))
}

/// "three in five", "nine times out of ten", "1 in 4".
fn share(pieces: &[Piece<'_>]) -> Option<(Amount, usize)> {
    let word = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => *word,
        _ => "",
    };
    let number = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => small(word),
        Some(Piece::Amount(amount)) if amount.mark == Mark::None && amount.step == 1.0 && amount.sign.is_none() => {
            Some(amount.value)
        }
        _ => None,
    };
    let part = number(0)?;
    let at = if word(1) == "times" { 2 } else { 1 };
    let at = match (word(at), word(at + 1)) {
        ("out", "of") => at + 2,
        ("in", _) => at + 1,
        _ => return None,
    };
    let at = if word(at) == "every" { at + 1 } else { at };
    let whole = number(at).filter(|whole| [2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 100.0].contains(whole))?;
    let time = "day days session sessions week weeks month months year years trading weeks' days'";
    let goes_on = small(word(at + 1)).is_some() || among(word(at + 1), time);
    (part >= 1.0 && part < whole && !goes_on).then(|| (ratio(part, whole), at + 1))
}

/// "4 and a half percent" after digits.
fn halves(amount: &Amount, pieces: &[Piece<'_>]) -> Option<(Amount, usize)> {
    let half = matches!(
        pieces.get(1..4),
        Some([Piece::Word("and"), Piece::Word("a"), Piece::Word("half")])
    );
    if !half || amount.mark != Mark::None {
        return None;
    }
    let (mark, length) = unit(pieces, 4);
    let amount = Amount {
        value: amount.value + 0.5,
        step: 0.5,
        mark,
        ..amount.clone()
    };
    Some((amount, 4 + length))
}

/// "half of", "a third of", "two thirds", "three quarters of".
fn fraction(pieces: &[Piece<'_>]) -> Option<(Amount, usize)> {
    let word = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => *word,
        _ => "",
    };
    let followed = |length: usize| {
        among(word(length), "of below above off under")
            || word(length) == "the" && word(0) == "half"
            || word(0) == "half" && length == 1 && among(word(1), "in over since")
    };
    // "lost a third in a year", "a volatility of one third": what follows is no thing that could be the third one.
    let ends = |length: usize| {
        !matches!(word(1), "half" | "quarter" | "fourth")
            && (pieces.get(length).is_none_or(|piece| matches!(piece, Piece::Other))
                || among(
                    word(length),
                    "in over since within a during from more less higher lower cheaper and means was were is are has had got went",
                ))
    };
    if word(0) == "half" {
        if word(1) == "a" && matches!(word(2), "percent" | "percentage" | "per") {
            let (mark, length) = unit(pieces, 2);
            return Some((unsigned(0.5, 0.5, mark), 2 + length));
        }
        return followed(1).then(|| (ratio(1.0, 2.0), 1));
    }
    let part = match word(0) {
        "a" | "one" => 1.0,
        "two" => 2.0,
        "three" => 3.0,
        "four" => 4.0,
        _ => return None,
    };
    let of = match word(1) {
        "half" => 2.0,
        "third" | "thirds" => 3.0,
        "quarter" | "quarters" => 4.0,
        "fourth" | "fourths" => 4.0,
        "fifth" | "fifths" => 5.0,
        "tenth" | "tenths" => 10.0,
        _ => return None,
    };
    let plural = word(1).ends_with('s');
    // "a third of a percent"
    if let ("of", "a", "percent" | "percentage" | "per") = (word(2), word(3), word(4)) {
        let (mark, length) = unit(pieces, 4);
        return Some((unsigned(part / of, 0.05, mark), 4 + length));
    }
    (plural && part > 1.0 || part == 1.0 && (followed(2) || ends(2))).then(|| (ratio(part, of), 2))
}

/// Things that make "one" a number.
const COUNTED: &str = "case path scenario headline headlines article story report day week month year session path trading percent per percentage dollar \
                       euro hundred thousand positive negative neutral point time times turn turns touch";

fn whole(pieces: &[Piece<'_>]) -> Option<(Amount, usize)> {
    let word = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => *word,
        _ => "",
    };
    let (mut total, mut group, mut at, mut last_small) = (0.0, None::<f64>, 0, 0.0);
    if word(0) == "a" && matches!(word(1), "hundred" | "thousand" | "dozen") {
        (group, at) = (Some(1.0), 1);
    }
    loop {
        let next = word(at);
        if let Some(small) = small(next) {
            // "twenty one" is one number; "two three" are two.
            let joins = group.is_none_or(|group: f64| {
                group % 100.0 == 0.0 && group > 0.0 || last_small >= 20.0 && small < 10.0 && last_small % 10.0 == 0.0
            });
            if !joins {
                break;
            }
            group = Some(group.unwrap_or(0.0) + small);
            last_small = small;
        } else if let (Some(value), Some(scale)) = (group, scale(next)) {
            if scale > 100.0 {
                total += value * scale;
                group = Some(0.0);
            } else {
                group = Some(value * scale);
            }
            last_small = 0.0;
        } else if next == "and"
            && (group.is_some_and(|value| value > 0.0 && value % 100.0 == 0.0) || total > 0.0)
            && small(word(at + 1)).is_some()
        {
            // The next word continues the number.
        } else {
            break;
        }
        at += 1;
    }
    let mut value = total + group?;
    let mut step = 1.0;
    if at == 1
        && word(0) == "one"
        && !among(word(1), COUNTED)
        && !matches!((word(1), word(2)), ("out", "of"))
        && !(word(1) == "of"
            && pieces.iter().skip(2).take(2).any(|piece| {
                matches!(piece, Piece::Amount(_)) || matches!(piece, Piece::Word(word) if small(word).is_some())
            }))
        && !(among(word(1), "is was are were") && among(word(2), "positive negative neutral"))
    {
        return None;
    }
    if word(at) == "point" && digit(word(at + 1)).is_some() {
        at += 1;
        while let Some(digit) = digit(word(at)) {
            step /= 10.0;
            value += digit * step;
            at += 1;
        }
    } else if (word(at), word(at + 1), word(at + 2)) == ("and", "a", "half") {
        value += 0.5;
        step = 0.5;
        at += 3;
    }
    let (mark, length) = unit(pieces, at);
    at += length;
    // "fifty-six dollars and fourteen cents", "fifty-six dollars fourteen"
    if matches!(mark, Mark::Currency(_)) {
        let from = if word(at) == "and" { at + 1 } else { at };
        if let Some((cents, length)) = cents(&pieces[from.min(pieces.len())..]) {
            return Some((unsigned(value + cents / 100.0, 0.01, mark), from + length));
        }
    }
    if among(word(at), "cent cents pence") {
        let mark = Mark::Currency(word(at).to_owned());
        return Some((unsigned(value / 100.0, step / 100.0, mark), at + 1));
    }
    if word(at) == "basis" && word(at + 1).starts_with("point") {
        return Some((unsigned(value / 100.0, step / 100.0, Mark::Percent), at + 2));
    }
    Some((unsigned(value, step, mark), at))
}

fn cents(pieces: &[Piece<'_>]) -> Option<(f64, usize)> {
    let word = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => *word,
        _ => "",
    };
    let tens = small(word(0))?;
    let (value, at) = match small(word(1)) {
        Some(ones) if tens >= 20.0 && ones < 10.0 => (tens + ones, 2),
        _ => (tens, 1),
    };
    word(at).starts_with("cent").then_some((value, at + 1))
}

/// The unit at `at`, and how many words it takes.
fn unit(pieces: &[Piece<'_>], at: usize) -> (Mark, usize) {
    let word = |place: usize| match pieces.get(place) {
        Some(Piece::Word(word)) => *word,
        _ => "",
    };
    match (word(at), word(at + 1)) {
        ("percent" | "pct", _) => (Mark::Percent, 1),
        ("per", "cent") | ("percentage", "point" | "points") => (Mark::Percent, 2),
        ("of", "a") if word(at + 2) == "percent" => (Mark::Percent, 3),
        ("dollar" | "dollars" | "euro" | "euros" | "pound" | "pounds" | "yen", _) => {
            (Mark::Currency(word(at).to_owned()), 1)
        }
        _ => (Mark::None, 0),
    }
}

fn digit(word: &str) -> Option<f64> {
    small(word)
        .filter(|value| *value < 10.0)
        .or((word == "oh").then_some(0.0))
}

fn small(word: &str) -> Option<f64> {
    small_number(word).map(f64::from)
}

fn scale(word: &str) -> Option<f64> {
    Some(match word {
        "dozen" => 12.0,
        "hundred" => 100.0,
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        _ => return None,
    })
}

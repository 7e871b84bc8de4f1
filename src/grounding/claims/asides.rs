//! Figures that claim nothing: small numbers in words, and changes that nobody says have happened. A sentence and a place in, yes or no
//! out.

use super::amounts::{Amount, Mark};
use super::lists::among;
use super::reading::Reading;
use super::topics::Topic;

/// "two risks", "three reasons": a small number in words that measures nothing.
pub(super) fn is_plain_word(reading: &Reading<'_>, place: usize, amount: &Amount) -> bool {
    let spelled = reading.text[reading.tokens[place].start..].starts_with(char::is_alphabetic);
    let part = matches!(amount.mark, Mark::Ratio(_))
        && reading.word(place + 1) == "of"
        && reading.has(
            place + 1,
            place + 4,
            "forecast year month window period horizon session report",
        );
    spelled && (part || amount.mark == Mark::None && amount.value <= 12.0 && amount.step == 1.0)
}

/// "A move of more than 1% in a day would be unusual": a change that nobody says has happened, beside nothing to compare it with.
pub(super) fn is_supposed(reading: &Reading<'_>, place: usize) -> bool {
    let (from, to) = reading.clause(place);
    let noun = (from..place).rev().take(6).find(|at| is_change(reading.word(*at)));
    let any = noun.is_some_and(|at| among(reading.before(at, 1), "a any") || among(reading.before(at, 2), "a any"));
    let known = [
        Topic::Support,
        Topic::Resistance,
        Topic::Median,
        Topic::Forecast,
        Topic::Band,
        Topic::Drawdown,
    ];
    let average = [Topic::Average(0), Topic::Average(50), Topic::Average(200)];
    any && reading.has(place, to, "would could might")
        && !reading.speaks_of(from, to, &known)
        && !reading.speaks_of(from, to, &average)
}

fn is_change(word: &str) -> bool {
    among(word, "move swing change gain loss rise fall drop decline")
}

//! The grammar of a forecast: a list of exactly the wanted count of positive prices with two decimals, and its reader.
//!
//! A model that was trained for the format opens the list itself. One that was not has no idea that the list goes on where the
//! data ended, so its prompt ends with an opened list whose first entry is the last close: it continues from there.

use crate::engine::Grammar;

/// Integer digits that a price in a forecast may have: one more than the last close has, so a path may rise tenfold.
fn integer_digits(last_close: f64) -> usize {
    let digits = last_close.max(1.0).log10().floor() as usize + 1;
    digits + 1
}

/// The most characters, hence tokens, that a forecast of `horizon` prices can have.
pub(super) fn longest(horizon: usize, last_close: f64) -> usize {
    // " [" and "]", then for each price ", " and its digits, point and two decimals; one more for the token that ends the text.
    4 + horizon * (integer_digits(last_close) + 5)
}

/// How the answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// The model opens the list.
    Own,
    /// The prompt opened it with the last close.
    Anchored,
}

/// What an anchored prompt ends with.
pub(super) fn anchor(last_close: f64) -> String {
    format!(" [{last_close:.2}")
}

/// The grammar for `horizon` prices around `last_close`.
pub(super) fn price_list(horizon: usize, last_close: f64, opening: Opening) -> Grammar {
    let more_digits = integer_digits(last_close) - 1;
    let price = format!(r"(?:[1-9][0-9]{{0,{more_digits}}}\.[0-9]{{2}}|0\.(?:[1-9][0-9]|0[1-9]))");
    let (first, rest) = match opening {
        Opening::Own => (format!(r" \[{price}"), horizon.saturating_sub(1)),
        Opening::Anchored => (String::new(), horizon),
    };
    Grammar::Pattern(format!(r"{first}(?:, {price}){{{rest}}}\]"))
}

/// Reads a forecast back. `None` when it is not the whole list: the text of a sequence that was cut short.
pub(super) fn parse_prices(text: &str, horizon: usize, opening: Opening) -> Option<Vec<f64>> {
    let list = match opening {
        Opening::Own => text.trim().strip_prefix('[')?,
        Opening::Anchored => text.trim().strip_prefix(',')?,
    };
    let inner = list.strip_suffix(']')?;
    let prices: Vec<f64> = inner
        .split(',')
        .map(|price| price.trim().parse().ok())
        .collect::<Option<_>>()?;
    let valid = prices.len() == horizon && prices.iter().all(|price| price.is_finite() && *price > 0.0);
    valid.then_some(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_list_is_read_and_anything_else_is_not() {
        assert_eq!(parse_prices(" [1.50, 2.25]", 2, Opening::Own), Some(vec![1.5, 2.25]));
        assert_eq!(
            parse_prices(", 1.50, 2.25]", 2, Opening::Anchored),
            Some(vec![1.5, 2.25])
        );
        for text in [
            "[1.50, 2.25",
            "[1.50]",
            "[1.50, 0.00]",
            "[1.50, 2.25, 3.00]",
            "1.50, 2.25",
            "[1.50, x]",
            "[]",
            "",
        ] {
            assert_eq!(parse_prices(text, 2, Opening::Own), None, "{text:?}");
        }
    }

    #[test]
    fn the_room_kept_for_an_answer_holds_the_longest_one() {
        for (horizon, last_close) in [(1, 0.05), (30, 430.47), (90, 99_999.0)] {
            let digits = integer_digits(last_close);
            let price = format!("{}.00", "9".repeat(digits));
            let text = format!(" [{}]", vec![price; horizon].join(", "));
            assert!(text.chars().count() < longest(horizon, last_close));
        }
    }
}

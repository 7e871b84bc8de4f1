//! The answer to a forecast prompt: its grammar, the room it takes, and its reader. An answer is a list of exactly the wanted
//! count of positive prices, in cents or in the integers of a scaled prompt.
//!
//! A model that was trained for the format opens the list itself. One that was not has no idea that the list goes on where the
//! data ended, so its prompt ends with an opened list whose first entry is the last close: it continues from there.

use super::prompt::{scaled, unscaled};
use crate::engine::Grammar;
use crate::models::PromptFormat;

/// How the answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The model opens the list.
    Own,
    /// The prompt opened it with the last close.
    Anchored,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// Prices in the list.
    pub(crate) horizon: usize,
    pub(crate) last_close: f64,
    pub(crate) opening: Opening,
    pub(crate) format: PromptFormat,
}

impl Answer {
    fn is_scaled(self) -> bool {
        self.format == PromptFormat::ScaledV3
    }

    /// Integer digits that a price may have: one more than the last close has, so a path may rise tenfold.
    fn integer_digits(self) -> usize {
        let last = if self.is_scaled() {
            scaled(self.last_close, self.last_close) as f64
        } else {
            self.last_close
        };
        last.max(1.0).log10().floor() as usize + 2
    }

    /// The most characters, hence tokens, that an answer can have.
    pub(crate) fn longest(self) -> usize {
        // " [" and "]", then for each price ", " and its digits, point and two decimals; one more for the token that ends the text.
        let decimals = if self.is_scaled() { 0 } else { 3 };
        4 + self.horizon * (self.integer_digits() + decimals + 2)
    }

    /// What the prompt ends with.
    pub(crate) fn anchor(self) -> String {
        match (self.opening, self.is_scaled()) {
            (Opening::Own, _) => String::new(),
            (Opening::Anchored, true) => format!(" [{}", scaled(self.last_close, self.last_close)),
            (Opening::Anchored, false) => format!(" [{:.2}", self.last_close),
        }
    }

    /// The grammar.
    pub(crate) fn grammar(self) -> Grammar {
        let more_digits = self.integer_digits() - 1;
        let integer = format!("[1-9][0-9]{{0,{more_digits}}}");
        let price = if self.is_scaled() {
            integer
        } else {
            format!(r"(?:{integer}\.[0-9]{{2}}|0\.(?:[1-9][0-9]|0[1-9]))")
        };
        let (first, rest) = match self.opening {
            Opening::Own => (format!(r" \[{price}"), self.horizon.saturating_sub(1)),
            Opening::Anchored => (String::new(), self.horizon),
        };
        Grammar::Pattern(format!(r"{first}(?:, {price}){{{rest}}}\]"))
    }

    /// Reads an answer back, in price units. `None` when it is not the whole list: the text of a sequence that was cut short.
    pub(crate) fn parse(self, text: &str) -> Option<Vec<f64>> {
        let list = match self.opening {
            Opening::Own => text.trim().strip_prefix('[')?,
            Opening::Anchored => text.trim().strip_prefix(',')?,
        };
        let inner = list.strip_suffix(']')?;
        let price = |text: &str| -> Option<f64> {
            if self.is_scaled() {
                Some(unscaled(text.trim().parse().ok()?, self.last_close))
            } else {
                text.trim().parse().ok()
            }
        };
        let prices: Vec<f64> = inner.split(',').map(price).collect::<Option<_>>()?;
        let valid = prices.len() == self.horizon && prices.iter().all(|price| price.is_finite() && *price > 0.0);
        valid.then_some(prices)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn answer(format: PromptFormat, horizon: usize, last_close: f64, opening: Opening) -> Answer {
        Answer {
            horizon,
            last_close,
            opening,
            format,
        }
    }

    #[test]
    fn a_whole_list_is_read_and_anything_else_is_not() {
        let own = answer(PromptFormat::SeedV1, 2, 2.0, Opening::Own);
        let anchored = answer(PromptFormat::StatsV2, 2, 2.0, Opening::Anchored);
        assert_eq!(own.parse(" [1.50, 2.25]"), Some(vec![1.5, 2.25]));
        assert_eq!(anchored.parse(", 1.50, 2.25]"), Some(vec![1.5, 2.25]));
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
            assert_eq!(own.parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn scaled_prices_come_back_in_price_units() {
        let own = answer(PromptFormat::ScaledV3, 3, 250.0, Opening::Own);
        assert_eq!(own.parse(" [500, 505, 490]"), Some(vec![250.0, 252.5, 245.0]));
        assert_eq!(own.parse(" [500, 505.5, 490]"), None);
        assert_eq!(
            answer(PromptFormat::ScaledV3, 1, 250.0, Opening::Anchored).anchor(),
            " [500"
        );
    }

    #[test]
    fn the_room_kept_for_an_answer_holds_the_longest_one() {
        for (format, decimals) in [(PromptFormat::StatsV2, ".00"), (PromptFormat::ScaledV3, "")] {
            for (horizon, last_close) in [(1, 0.05), (30, 430.47), (90, 99_999.0)] {
                let answer = answer(format, horizon, last_close, Opening::Own);
                let price = format!("{}{decimals}", "9".repeat(answer.integer_digits()));
                let text = format!(" [{}]", vec![price; horizon].join(", "));
                assert!(text.chars().count() < answer.longest());
            }
        }
    }

    proptest! {
        #[test]
        fn every_list_of_prices_that_can_be_written_is_admitted_and_read_back(
            cents in proptest::collection::vec(1..1_000_000_u32, 1..90),
            anchored: bool,
        ) {
            let opening = if anchored { Opening::Anchored } else { Opening::Own };
            let answer = answer(PromptFormat::SeedV1, cents.len(), 1_234.5, opening);
            let prices: Vec<f64> = cents.iter().map(|&cents| f64::from(cents) / 100.0).collect();
            let list = prices.iter().map(|price| format!("{price:.2}")).collect::<Vec<_>>().join(", ");
            let text = if anchored { format!(", {list}]") } else { format!(" [{list}]") };
            let Grammar::Pattern(pattern) = answer.grammar() else { unreachable!() };
            let whole = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            prop_assert!(whole.is_match(&text));
            prop_assert_eq!(answer.parse(&text), Some(prices));
        }

        #[test]
        fn scaled_prices_lie_within_half_a_step_of_the_true_ones(last in 0.01..100_000.0_f64, factor in 0.3..1.9_f64) {
            let price = last * factor;
            let back = unscaled(scaled(price, last), last);
            prop_assert!((back - price).abs() <= last / 1_000.0 + 0.005 + 1e-9 * last, "{price} {back}");
        }
    }
}

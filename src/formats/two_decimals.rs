//! Prices with two decimals, such as `1234.50`: the notation of the formats that models learned with two decimals. Prices that
//! rounding to two decimals would distort are refused.

use std::fmt::Write;

use super::price_list::{PriceNotation, integer_digits};
use super::price_texts::PriceTexts;
use super::series_format::{AnswerShape, FormatError};
use crate::grounding::plain_price;

/// The largest accepted rounding error, as a fraction of a typical daily move. A move has a rounding error at both ends; at this
/// limit, they add a fiftieth (twice the square) to the variance of the moves.
const BLURRED: f64 = 0.1;

/// From this price on, a step of `scaled-v3` (two thousandths of the last close) is larger than a cent, so `scaled-v3` would
/// round more coarsely than two decimals do.
const SCALED_IS_COARSER: f64 = 5.0;

/// Prices with two decimals, up to about ten times the last close.
pub(super) struct TwoDecimals {
    integer_digits: usize,
}

impl TwoDecimals {
    pub(super) fn of(answer: &AnswerShape) -> Self {
        TwoDecimals {
            integer_digits: integer_digits(answer.last_close),
        }
    }

    /// Whether the grammar admits the text of a finite price.
    pub(super) fn admits(&self, text: &str) -> bool {
        let longest = self.longest();
        text.len() <= longest && text != "0.00" && !text.starts_with('-')
    }
}

/// A price with two decimals.
pub(super) fn number(price: f64) -> String {
    let mut text = String::new();
    push(price, &mut text);
    text
}

/// Appends a price with two decimals, as `{:.2}` writes it. That formats from the exact decimal expansion, which is slow; for
/// usual prices whose hundredths are clearly not halfway between two integers, rounding them is the same.
pub(super) fn push(price: f64, out: &mut String) {
    let hundredths = price * 100.0;
    let is_clear = (hundredths.fract() - 0.5).abs() > 1e-6;
    if (0.0..1e9).contains(&hundredths) && hundredths.is_sign_positive() && is_clear {
        let rounded = hundredths.round() as usize;
        let (whole, cents) = (rounded / 100, rounded % 100);
        push_integer(whole, out);
        out.push('.');
        out.push(digit(cents / 10));
        out.push(digit(cents % 10));
    } else {
        // Writing into a string cannot fail.
        let _ = write!(out, "{price:.2}");
    }
}

/// Appends an integer.
pub(super) fn push_integer(mut number: usize, out: &mut String) {
    let mut digits = ['0'; 20];
    let mut first = digits.len();
    while number > 0 || first == digits.len() {
        first -= 1;
        digits[first] = digit(number % 10);
        number /= 10;
    }
    out.extend(&digits[first..]);
}

fn digit(value: usize) -> char {
    char::from(b'0' + (value % 10) as u8)
}

/// The list of prices in a prompt.
pub(super) fn list(closes: &[f64]) -> String {
    PriceTexts::new(closes, push).list(0..closes.len()).to_owned()
}

/// Refuses closes below [`SCALED_IS_COARSER`] if rounding to two decimals shifts them by more than [`BLURRED`] of a typical daily
/// move. Both are root mean squares over the window. Closes quoted in whole cents lose nothing, however low they are.
pub(super) fn check(closes: &[f64]) -> Result<(), FormatError> {
    let last = closes.last().copied().unwrap_or_default();
    if last >= SCALED_IS_COARSER {
        return Ok(());
    }
    let rounding = root_mean_square(closes.iter().map(|close| close - (close * 100.0).round() / 100.0));
    let typical_move = root_mean_square(closes.windows(2).map(|pair| pair[1] - pair[0]));
    // Binary floating point cannot represent cents exactly, so allow an error in the last digit.
    let is_in_cents = rounding <= 1e-9 * last;
    if is_in_cents || rounding <= BLURRED * typical_move {
        return Ok(());
    }
    Err(FormatError::Blurred {
        price: plain_price(last),
    })
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value * value));
    (sum / f64::from(count.max(1))).sqrt()
}

impl PriceNotation for TwoDecimals {
    fn write(&self, price: f64) -> Option<String> {
        let text = number(price);
        (price.is_finite() && self.admits(&text)).then_some(text)
    }

    fn pattern(&self) -> String {
        let more_digits = self.integer_digits - 1;
        format!(r"(?:[1-9][0-9]{{0,{more_digits}}}\.[0-9]{{2}}|0\.(?:[1-9][0-9]|0[1-9]))")
    }

    fn longest(&self) -> usize {
        self.integer_digits + ".00".len()
    }

    fn read(&self, text: &str) -> Option<f64> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_price_is_written_as_the_standard_library_writes_it(
            price in prop_oneof![
                1e-4..1e-1_f64, 0.1..1_000.0_f64, 1e3..1e9_f64, any::<f64>(),
                // Halfway between two cents, or next to it.
                (0_u32..2_000_000, -2_i64..3).prop_map(|(half, steps)| {
                    f64::from_bits((f64::from(half) * 0.005).to_bits().saturating_add_signed(steps))
                }),
            ],
        ) {
            prop_assert_eq!(number(price), format!("{price:.2}"));
        }
    }
}

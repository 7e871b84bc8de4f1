//! Prices with two decimals, such as `1234.50`: the notation of the formats that models learned with two decimals. Prices that
//! rounding to two decimals would distort are refused.

use super::price_list::{PriceNotation, integer_digits};
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
}

/// A price with two decimals.
pub(super) fn number(price: f64) -> String {
    format!("{price:.2}")
}

/// The list of prices in a prompt.
pub(super) fn list(closes: &[f64]) -> String {
    closes.iter().map(|&close| number(close)).collect::<Vec<_>>().join(", ")
}

/// Refuses closes below [`SCALED_IS_COARSER`] if rounding to two decimals shifts them by more than [`BLURRED`] of a typical daily
/// move. Both are root mean squares over the window. Closes quoted in whole cents lose nothing, however low they are.
pub(super) fn check(closes: &[f64]) -> Result<(), FormatError> {
    let last = closes.last().copied().unwrap_or_default();
    let rounding = root_mean_square(closes.iter().map(|close| close - (close * 100.0).round() / 100.0));
    let typical_move = root_mean_square(closes.windows(2).map(|pair| pair[1] - pair[0]));
    // Binary floating point cannot represent cents exactly, so allow an error in the last digit.
    let is_in_cents = rounding <= 1e-9 * last;
    if last >= SCALED_IS_COARSER || is_in_cents || rounding <= BLURRED * typical_move {
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
        let whole = text.split('.').next().unwrap_or_default();
        let fits = price.is_finite() && price > 0.0 && text != "0.00" && whole.len() <= self.integer_digits;
        fits.then_some(text)
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

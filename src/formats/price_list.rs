//! The list of prices that is the answer in every format, such as `[101.25, 102.50]`. Given the notation of one price, writes and
//! parses whole lists and builds their pattern.

use super::price_texts::BETWEEN;
use super::series_format::{AnswerGrammar, AnswerShape, FormatError, Opening, has_length};

/// The notation of one price in an answer.
pub(super) trait PriceNotation {
    /// The price as text; `None` if the grammar does not admit it.
    fn write(&self, price: f64) -> Option<String>;

    /// A regular expression for the texts that [`PriceNotation::write`] returns.
    fn pattern(&self) -> String;

    /// The most characters of one price.
    fn longest(&self) -> usize;

    /// Parses a price; returns it in price units.
    fn read(&self, text: &str) -> Option<f64>;
}

/// Ends a rendered prompt where the model continues: after the colon, or after an opened list that begins with the last close.
pub(super) fn open(prompt: &mut String, answer: &AnswerShape, last_close: &str) {
    prompt.truncate(prompt.trim_end().len());
    if answer.opening == Opening::Prompt {
        prompt.push_str(" [");
        prompt.push_str(last_close);
    }
}

/// Writes a path as text.
pub(super) fn target(answer: &AnswerShape, notation: &dyn PriceNotation, path: &[f64]) -> Result<String, FormatError> {
    has_length(answer, path.len())?;
    let write = |&price: &f64| {
        notation.write(price).ok_or(FormatError::Unwritable {
            price,
            last_close: answer.last_close,
        })
    };
    let list = path.iter().map(write).collect::<Result<Vec<_>, _>>()?.join(BETWEEN);
    let mut target = String::new();
    push_target(answer, &list, &mut target);
    Ok(target)
}

/// Appends the answer with this list of prices.
pub(super) fn push_target(answer: &AnswerShape, list: &str, out: &mut String) {
    out.push_str(match answer.opening {
        Opening::Model => " [",
        Opening::Prompt => BETWEEN,
    });
    out.push_str(list);
    out.push(']');
}

/// The pattern of lists with one price for each day of the horizon.
pub(super) fn grammar(answer: &AnswerShape, notation: &dyn PriceNotation) -> AnswerGrammar {
    let price = notation.pattern();
    let (first, rest) = match answer.opening {
        Opening::Model => (format!(r" \[{price}"), answer.horizon.saturating_sub(1)),
        Opening::Prompt => (String::new(), answer.horizon),
    };
    AnswerGrammar {
        pattern: format!(r"{first}(?:, {price}){{{rest}}}\]"),
        // Two brackets, the space before them and the end-of-text token; a comma and a space for each price.
        longest: 4 + answer.horizon * (notation.longest() + 2),
        words: None,
    }
}

/// Parses an answer into a path.
pub(super) fn decode(answer: &AnswerShape, notation: &dyn PriceNotation, text: &str) -> Result<Vec<f64>, FormatError> {
    let opening = match answer.opening {
        Opening::Model => '[',
        Opening::Prompt => ',',
    };
    let inner = text
        .trim()
        .strip_prefix(opening)
        .and_then(|rest| rest.strip_suffix(']'));
    let price = |text: &str| {
        let read = notation.read(text.trim());
        read.filter(|price| price.is_finite() && *price > 0.0)
            .ok_or_else(|| FormatError::NotAPrice {
                text: text.trim().to_owned(),
            })
    };
    let entries = inner.ok_or(FormatError::NotAList)?.split(',');
    let path = entries.map(price).collect::<Result<Vec<_>, _>>()?;
    has_length(answer, path.len())?;
    Ok(path)
}

/// The most digits before the decimal point: one more than the last close has, so that a path may rise tenfold.
pub(super) fn integer_digits(last_close: f64) -> usize {
    last_close.max(1.0).log10().floor() as usize + 2
}

//! Limits the digits of numbers in JSON answers. JSON does not limit them, so a model that repeats a digit would use up its
//! tokens; and clients parse at most fifteen digits exactly.

use crate::engine::calls::CallReader;

/// The most digits in a row. Every client parses this many exactly.
const DIGITS: u8 = 15;

/// The most digits of an exponent, so that a number is never infinite.
const EXPONENT_DIGITS: u8 = 2;

/// The number at the end of a JSON text, if there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NumberLength {
    in_string: bool,
    escaped: bool,
    in_exponent: bool,
    digits: u8,
    is_too_long: bool,
    /// Where only the arguments of calls are JSON: what the answer is writing.
    calls: Option<CallReader>,
}

impl NumberLength {
    /// At the start of an answer of calls or free text: numbers are limited in the arguments of calls.
    pub(super) fn in_calls() -> Self {
        NumberLength {
            calls: Some(CallReader::new(false)),
            ..NumberLength::default()
        }
    }

    /// The state after more text.
    pub(super) fn after(self, piece: &[u8]) -> Self {
        let start = NumberLength {
            is_too_long: false,
            ..self
        };
        piece.iter().fold(start, |before, &byte| before.step(byte))
    }

    /// Whether a number in the last piece has too many digits.
    pub(super) fn is_too_long(self) -> bool {
        self.is_too_long
    }

    fn step(mut self, byte: u8) -> Self {
        let outside = NumberLength {
            is_too_long: self.is_too_long,
            ..NumberLength::default()
        };
        if let Some(mut reader) = self.calls.take() {
            let was_in_arguments = reader.is_in_arguments();
            reader.step(byte);
            let after = if was_in_arguments { self.step(byte) } else { outside };
            return NumberLength {
                calls: Some(reader),
                ..after
            };
        }
        match byte {
            _ if self.in_string => NumberLength {
                in_string: self.escaped || byte != b'"',
                escaped: !self.escaped && byte == b'\\',
                ..outside
            },
            b'"' => NumberLength {
                in_string: true,
                ..outside
            },
            b'0'..=b'9' => {
                let most = if self.in_exponent { EXPONENT_DIGITS } else { DIGITS };
                NumberLength {
                    in_exponent: self.in_exponent,
                    digits: self.digits.saturating_add(1),
                    is_too_long: self.is_too_long || self.digits >= most,
                    ..outside
                }
            }
            b'e' | b'E' => NumberLength {
                in_exponent: self.digits > 0,
                ..outside
            },
            b'+' | b'-' => NumberLength {
                in_exponent: self.in_exponent,
                ..outside
            },
            _ => outside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_too_long(text: &str) -> bool {
        NumberLength::default().after(text.as_bytes()).is_too_long()
    }

    #[test]
    fn fifteen_digits_in_a_row_are_enough_on_either_side_of_the_point() {
        assert!(!is_too_long("[123456789012345.123456789012345"));
        assert!(is_too_long("[1234567890123456"));
        assert!(is_too_long("[0.1234567890123456]"));
        assert!(!is_too_long(
            r#"{"1234567890123456": "12345678901234567\"1234567890123456"#
        ));
    }

    #[test]
    fn two_digits_of_an_exponent_are_enough() {
        assert!(!is_too_long("[1e+12, 1.5E-99, true, 123]"));
        assert!(is_too_long("[1e123"));
        assert!(is_too_long("[1.5E-100"));
    }

    #[test]
    fn in_an_answer_of_calls_only_their_arguments_are_limited() {
        let digits = "1234567890123456";
        let is_too_long = |text: String| NumberLength::in_calls().after(text.as_bytes()).is_too_long();
        assert!(!is_too_long(format!("{digits} \"{digits}")));
        let head = format!("\" {digits}<tool_call>\n{{\"name\": \"a{digits}\", \"arguments\": ");
        assert!(is_too_long(format!("{head}{{\"x\": {digits}")));
        assert!(!is_too_long(format!("{head}{{\"x\": \"{digits}\"}}}}\n{digits}")));
    }

    #[test]
    fn digits_count_across_pieces_and_only_the_last_piece_is_judged() {
        let long = NumberLength::default().after(b"12345678").after(b"12345678");
        assert!(long.is_too_long());
        assert!(!long.after(b",").is_too_long());
        assert!(NumberLength::default().after(b"1e").after(b"-123").is_too_long());
        let text = NumberLength::default()
            .after(b"\"a\\")
            .after(b"\"")
            .after(b"1234567890123456");
        assert!(!text.is_too_long());
    }
}

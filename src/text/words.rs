//! Words for numbers and months. Pure.

/// The months' names, in order.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// The value of one word, in lower case: zero to nineteen, or a ten up to ninety.
pub(crate) fn small_number(word: &str) -> Option<u32> {
    let named = |names: &[&str]| (0..).zip(names).find(|(_, name)| **name == word).map(|(at, _)| at);
    named(&ONES).or_else(|| named(&TENS).map(|ten: u32| 20 + 10 * ten))
}

/// The month, from 1, of its name or its usual abbreviation, in lower case.
pub(crate) fn month(word: &str) -> Option<u32> {
    let is_short = |name: &str| word == name.get(..3).unwrap_or_default() || (word == "sept" && name == "september");
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| *name == word || is_short(name))
        .map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_values_and_others_none() {
        let found = ["zero", "nineteen", "twenty", "ninety", "hundred", ""].map(small_number);
        assert_eq!(found, [Some(0), Some(19), Some(20), Some(90), None, None]);
        let found = ["january", "sept", "sep", "dec", "ma", "decade"].map(month);
        assert_eq!(found, [Some(1), Some(9), Some(9), Some(12), None, None]);
    }
}

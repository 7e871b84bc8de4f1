//! Digits as people write them, for programs: separators, decimal commas, "million". Text in, text or a factor out.

/// Digits without separators and with a decimal point: `1,234.5`, `1.234,50` and `92,5` as programs write them. A comma before
/// one or two last digits is a decimal comma.
pub(super) fn plain(digits: &str) -> String {
    let digits: String = digits.split(char::is_whitespace).collect();
    let decimal_comma = digits
        .rsplit_once(',')
        .is_some_and(|(whole, decimals)| whole.contains('.') || decimals.len() < 3 || whole == "0");
    if decimal_comma {
        digits.replace('.', "").replace(',', ".")
    } else {
        digits.replace(',', "")
    }
}

pub(super) fn scale_of(word: &str) -> f64 {
    match word
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '-')
        .to_lowercase()
        .as_str()
    {
        "k" | "thousand" => 1e3,
        "m" | "mn" | "million" => 1e6,
        "b" | "bn" | "billion" => 1e9,
        _ => 1e12,
    }
}

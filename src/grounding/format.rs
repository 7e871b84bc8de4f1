//! How figures are printed wherever a person or a model reads them. Numbers in, short text out; the same everywhere and
//! on every machine, because a report's numbers are later compared with what was printed here.

/// The sign a currency is written with in front of an amount, by ISO 4217 code; `None` where the code itself is used.
pub fn symbol(currency: &str) -> Option<&'static str> {
    Some(match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "CAD" => "C$",
        "AUD" => "A$",
        "HKD" => "HK$",
        "BRL" => "R$",
        _ => return None,
    })
}

/// A price such as `$1,234.50`, `-€0.0420` or `CHF 92.80`: two decimals, four below one unit of the currency.
/// `currency` is an ISO 4217 code.
pub fn price(value: f64, currency: &str) -> String {
    let decimals = if value.abs() < 1.0 && value != 0.0 { 4 } else { 2 };
    let amount = grouped(value.abs(), decimals);
    let sign = if value < 0.0 && amount.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        "-"
    } else {
        ""
    };
    match symbol(currency) {
        Some(symbol) => format!("{sign}{symbol}{amount}"),
        None if currency.is_empty() => format!("{sign}{amount}"),
        None => format!("{currency} {sign}{amount}"),
    }
}

/// A change such as `+2.1%` or `-0.4%`, of a fraction: one decimal and a sign, except for zero.
pub fn percent(fraction: f64) -> String {
    match format!("{:+.1}%", fraction * 100.0) {
        zero if zero == "+0.0%" || zero == "-0.0%" => "0.0%".to_owned(),
        change => change,
    }
}

/// A level such as `28.4%`, of a fraction: one decimal, no sign for what cannot be negative.
pub(super) fn level(fraction: f64) -> String {
    format!("{:.1}%", fraction * 100.0)
}

/// A score such as `+0.12` or `-0.40`: two decimals and a sign, except for zero.
pub(super) fn score(value: f64) -> String {
    match format!("{value:+.2}") {
        zero if zero == "+0.00" || zero == "-0.00" => "0.00".to_owned(),
        score => score,
    }
}

/// `1234567.891` as `1,234,567.89`.
fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::with_capacity(plain.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && whole.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push('.');
    text.push_str(fraction);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_carry_symbol_separators_and_two_decimals() {
        assert_eq!(price(92.8, "USD"), "$92.80");
        assert_eq!(price(1_234_567.891, "EUR"), "€1,234,567.89");
        assert_eq!(price(999.999, "GBP"), "£1,000.00");
        assert_eq!(price(12.3, "CHF"), "CHF 12.30");
        assert_eq!(price(-12.3, "USD"), "-$12.30");
        assert_eq!(price(12.3, ""), "12.30");
    }

    #[test]
    fn prices_below_one_keep_four_decimals() {
        assert_eq!(price(0.042, "USD"), "$0.0420");
        assert_eq!(price(0.0, "USD"), "$0.00");
    }

    #[test]
    fn changes_carry_a_sign_and_zero_does_not() {
        assert_eq!(percent(0.0214), "+2.1%");
        assert_eq!(percent(-0.0214), "-2.1%");
        assert_eq!(percent(-0.0004), "0.0%");
        assert_eq!(score(-0.004), "0.00");
        assert_eq!(score(0.125), "+0.12");
        assert_eq!(level(0.284), "28.4%");
    }
}

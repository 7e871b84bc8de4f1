//! How figures are printed wherever a person or a model reads them, and how precise a computed price is in JSON. Numbers in,
//! short text out; the same on every machine, because a report's numbers are later compared with what was printed here.

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

/// More decimals than these say nothing of any price, and a browser prints no more.
const MOST_DECIMALS: usize = 20;

/// Decimals that every price has, as exchanges quote it.
const FEWEST_DECIMALS: usize = 2;

/// Significant digits that every price has, zeros aside.
const SIGNIFICANT: usize = 5;

/// Significant digits that JSON carries of a computed price: more than any market quotes, and few enough to hide the last
/// digits of binary arithmetic.
const BOUND: usize = 10;

/// A price such as `$1,234.50`, `$1.0845`, `-€0.042` or `CHF 92.80`: at least two decimals, and as many more as five significant digits
/// take, so that the days of a currency or of a cheap share differ; zeros after the second decimal are dropped. `currency` is an
/// ISO 4217 code. `src/render/price.js` prints the same.
pub fn price(value: f64, currency: &str) -> String {
    in_currency(value, short(grouped(value.abs(), price_decimals(value))), currency)
}

/// Prices that stand below each other, as [`price`] prints them, but all with as many decimals as the one that needs most.
pub(crate) fn prices(values: &[f64], currency: &str) -> Vec<String> {
    let decimals = values.iter().map(|value| plain_price(*value));
    let decimals = decimals.filter_map(|text| Some(text.len() - 1 - text.find('.')?));
    let decimals = decimals.max().unwrap_or(FEWEST_DECIMALS);
    let printed = |value: &f64| in_currency(*value, grouped(value.abs(), decimals), currency);
    values.iter().map(printed).collect()
}

fn in_currency(value: f64, amount: String, currency: &str) -> String {
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

/// A price with the same digits as [`price`], without currency and separators: `1234.50`, `0.00001234`.
pub(crate) fn plain_price(value: f64) -> String {
    short(format!("{value:.0$}", price_decimals(value)))
}

/// The most decimals that [`price`] prints of a price of this level.
pub(crate) fn price_decimals(value: f64) -> usize {
    let exponent = exponent(value, SIGNIFICANT).filter(|_| value != 0.0).unwrap_or(0);
    let decimals = SIGNIFICANT as i32 - 1 - exponent;
    usize::try_from(decimals)
        .unwrap_or(0)
        .clamp(FEWEST_DECIMALS, MOST_DECIMALS)
}

/// The text of a price without the zeros after its second decimal.
fn short(mut text: String) -> String {
    let Some(point) = text.find('.') else {
        return text;
    };
    let digits = text.trim_end_matches('0').len();
    text.truncate(digits.max(point + 1 + FEWEST_DECIMALS));
    text
}

/// An error or a width in price units: `fewest` decimals, and at least three significant digits.
pub(crate) fn amount(value: f64, fewest: usize) -> String {
    format!("{value:.0$}", decimals(value, fewest, 3))
}

/// `fewest` decimals, or below 1 as many more as `significant` digits take. What rounds up to 1 counts as 1.
fn decimals(value: f64, fewest: usize, significant: usize) -> usize {
    let after_point = exponent(value, significant)
        .filter(|exponent| *exponent < 0 && value != 0.0)
        .map_or(0, |exponent| significant - 1 + exponent.unsigned_abs() as usize);
    after_point.clamp(fewest, MOST_DECIMALS)
}

/// The power of ten of the first of `significant` digits, after rounding to them.
fn exponent(value: f64, significant: usize) -> Option<i32> {
    let rounded = format!("{value:.0$e}", significant - 1);
    rounded.split_once('e')?.1.parse().ok()
}

/// The letters of thousands, as tables print large amounts.
const LETTERS: [&str; 4] = ["K", "M", "B", "T"];

/// The words of thousands, as sentences do.
const WORDS: [&str; 4] = [" thousand", " million", " billion", " trillion"];

/// A large amount of money with three digits and a letter: `$2.90T`, `JPY 41.2B`, `$870M`.
pub(crate) fn money_in_short(value: f64, currency: &str) -> String {
    large(value, currency, LETTERS)
}

/// A large amount of money with three digits and a word: `$2.90 trillion`, `JPY 41.2 billion`, `$870 million`.
pub(super) fn money_in_words(value: f64, currency: &str) -> String {
    large(value, currency, WORDS)
}

fn large(value: f64, currency: &str, thousands: [&str; 4]) -> String {
    // What rounds up to a thousand of one unit is one of the next.
    let units = [1e3, 1e6, 1e9, 1e12].into_iter().zip(thousands);
    let (unit, name) = units
        .rev()
        .find(|(unit, _)| value >= 0.9995 * unit)
        .unwrap_or((1.0, ""));
    let scaled = value / unit;
    let decimals = match scaled {
        scaled if scaled >= 99.95 => 0,
        scaled if scaled >= 9.995 => 1,
        _ => 2,
    };
    let amount = format!("{scaled:.decimals$}{name}");
    match symbol(currency) {
        Some(symbol) => format!("{symbol}{amount}"),
        None => format!("{currency} {amount}").trim_start().to_owned(),
    }
}

/// A computed price as JSON carries it: rounded to ten significant digits.
pub(crate) fn bounded(price: f64) -> f64 {
    format!("{price:.0$e}", BOUND - 1).parse().unwrap_or(price)
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

/// Basis points as per cent, such as `0.2%` or `0.25%`.
pub(crate) fn basis_points(points: u16) -> String {
    let percent = format!("{}.{:02}", points / 100, points % 100);
    let short = percent.strip_suffix('0').unwrap_or(&percent);
    format!("{short}%")
}

/// A score such as `+0.12` or `-0.40`: two decimals and a sign, except for zero.
pub(super) fn score(value: f64) -> String {
    match format!("{value:+.2}") {
        zero if zero == "+0.00" || zero == "-0.00" => "0.00".to_owned(),
        score => score,
    }
}

/// `1234567.891` with two decimals as `1,234,567.89`.
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::with_capacity(plain.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && whole.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn prices_below_each_other_have_as_many_decimals_as_the_one_that_needs_most() {
        assert_eq!(
            prices(&[54.89, 56.146, 1_048.3], "USD"),
            ["$54.890", "$56.146", "$1,048.300"]
        );
        assert_eq!(prices(&[2_811.4, 2_851.7], "JPY"), ["¥2,811.40", "¥2,851.70"]);
        assert_eq!(
            prices(&[0.00001184, 0.000012378], "USD"),
            ["$0.000011840", "$0.000012378"]
        );
        assert!(prices(&[], "USD").is_empty());
    }

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
    fn prices_have_two_decimals_and_five_significant_digits_at_every_level() {
        let table: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/prices.json")).unwrap();
        let cases = table.as_array().unwrap();
        assert!(cases.len() > 15, "the table is read");
        for case in cases {
            let (value, currency) = (case[0].as_f64().unwrap(), case[1].as_str().unwrap());
            assert_eq!(price(value, currency), case[2].as_str().unwrap(), "{value}");
        }
    }

    #[test]
    fn a_plain_price_has_no_separators() {
        assert_eq!(plain_price(673_054.56), "673054.56");
        assert_eq!(plain_price(0.000_012_34), "0.00001234");
        assert_eq!(plain_price(1.084_53), "1.0845");
    }

    #[test]
    fn errors_keep_their_decimals_and_gain_some_where_these_would_say_nothing() {
        assert_eq!(amount(1.2345, 3), "1.234");
        assert_eq!(amount(0.532, 3), "0.532");
        assert_eq!(amount(0.000_000_412_34, 3), "0.000000412");
        assert_eq!(amount(0.0, 3), "0.000");
    }

    #[test]
    fn a_computed_price_carries_ten_significant_digits() {
        assert_eq!(bounded(505.0 * 104.0 / 500.0), 105.04);
        assert_eq!(bounded(0.000_012_345_678_901_234), 0.000_012_345_678_90);
        assert_eq!(bounded(673_054.561_234_5), 673_054.561_2);
        assert!(bounded(f64::NAN).is_nan());
        assert_eq!(bounded(0.0), 0.0);
    }

    #[test]
    fn a_large_amount_is_short_and_has_three_digits() {
        for (value, in_short, in_words) in [
            (2_901_000_000_000.0, "$2.90T", "$2.90 trillion"),
            (999_600_000_000.0, "$1.00T", "$1.00 trillion"),
            (41_230_000_000.0, "$41.2B", "$41.2 billion"),
            (870_400_000.0, "$870M", "$870 million"),
            (12.0, "$12.0", "$12.0"),
        ] {
            assert_eq!(money_in_short(value, "USD"), in_short);
            assert_eq!(money_in_words(value, "USD"), in_words);
        }
        assert_eq!(money_in_short(5e9, "SEK"), "SEK 5.00B");
    }

    #[test]
    fn changes_carry_a_sign_and_zero_does_not() {
        assert_eq!(percent(0.0214), "+2.1%");
        assert_eq!(percent(-0.0214), "-2.1%");
        assert_eq!(percent(-0.0004), "0.0%");
        assert_eq!(score(-0.004), "0.00");
        assert_eq!(score(0.125), "+0.12");
        assert_eq!(level(0.284), "28.4%");
        assert_eq!([0, 5, 20, 125].map(basis_points), ["0.0%", "0.05%", "0.2%", "1.25%"]);
    }
}

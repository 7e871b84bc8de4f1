//! Finds the numbers of a text: amounts, percentages, prices and dates, as they are written. Text in, a list of [`Written`] out.
//! Digits that belong to a name (Q3, 10th, S&P 500, a link) and numbers spelled in words are left out. Whether a number is right
//! is decided by the check.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::dates::{MONTH, PartialDate, dates};

/// A number in its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written<'t> {
    /// As written, signs and units included.
    pub text: &'t str,
    /// The text before it.
    pub before: &'t str,
    /// The text after it.
    pub after: &'t str,
    /// What it means.
    pub meaning: Meaning,
}

/// What a written number means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// A date; two readings where day and month could be swapped.
    Date(Vec<PartialDate>),
    /// An amount.
    Amount(Amount),
    /// Digits of another script, or an amount too large for a float: a number that cannot be compared.
    Unreadable,
}

/// An amount with the precision it is written with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    /// Its absolute value.
    pub value: f64,
    /// The value of its last digit: 0.01 for two decimals, 100,000 for `1.2 million`.
    pub step: f64,
    /// The sign written before it.
    pub sign: Option<Sign>,
    /// The unit written beside it.
    pub mark: Mark,
    /// The year that four bare digits could mean.
    pub year: Option<i32>,
}

/// An explicit sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// The unit written beside an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Percent,
    /// The currency's sign, code or name as written.
    Currency(String),
}

/// Every number of `text`, in order.
pub(super) fn numbers(text: &str) -> Vec<Written<'_>> {
    NUMBER
        .captures_iter(text)
        .filter_map(|found| written(text, &found))
        .collect()
}

/// Indices and lists whose name ends in a number.
const NAMES: [&str; 10] = [
    "S&P", "Nasdaq", "Russell", "Fortune", "FTSE", "Nikkei", "Stoxx", "CAC", "DAX", "Dow",
];

const CODE: &str = "(?:USD|EUR|GBP|JPY|INR|KRW|CAD|AUD|HKD|BRL|CHF|CNY|SEK|NOK|DKK)";

#[expect(
    clippy::expect_used,
    reason = "the pattern is made of constants, and every test of this file compiles it"
)]
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?x)
        (?P<link> (?:https?://|www\.)\S+ )
      | \b (?P<iso_year>\d{{4}})-(?P<iso_month>\d{{2}})-(?P<iso_day>\d{{2}}) \b
      | \b (?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/(?P<slash_year>\d{{4}}|\d{{2}}) \b
      | \b (?P<us_month>{MONTH})\b\.?\s+ (?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?\b
           (?: ,?\s+(?P<us_year>(?:19|20)\d{{2}})\b )?
      | \b (?P<eu_day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)? (?P<eu_month>{MONTH})\b
           (?: \.?,?\s+(?P<eu_year>(?:19|20)\d{{2}})\b )?
      | \b (?P<only_month>{MONTH})\b\.?,?\s+ (?P<only_year>(?:19|20)\d{{2}}) \b
      | (?P<sign> [-+\u{{2212}}\u{{2013}}] )?
        (?P<currency> US\$ | C\$ | A\$ | HK\$ | R\$ | [$€£¥₹₩] | \b{CODE}\s? )?
        (?P<inner_sign> [-+\u{{2212}}] )?
        (?P<amount> \d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?\b | \d+(?:\.\d+)? | \.\d+ )
        (?P<exponent> [eE][-+]?\d{{1,3}}\b )?
        (?P<ordinal> (?:st|nd|rd|th)\b )?
        (?P<scale> [\s-]?(?:thousand|million|billion|trillion)\b | (?:[kKmMbB]|bn|tn)\b )?
        (?P<percent> [*_]*[\s-]?(?: % | \u{{FF05}} | (?i:percent|per\s?cent|percentage\s+points?)\b ) )?
        (?P<money> \s?(?:{CODE}|[Dd]ollars?|[Ee]uros?|[Pp]ounds?|[Yy]en)\b | \s?€ | [£$] )?
        (?P<letters> [A-Za-z]+ )?
      | (?P<other> [\p{{N}}&&[^0-9]]+ )",
    ))
    .expect("a constant pattern")
});

fn written<'t>(text: &'t str, found: &Captures<'t>) -> Option<Written<'t>> {
    let whole = found.get(0)?;
    let (range, meaning) = if found.name("link").is_some() {
        return None;
    } else if let Some(readings) = dates(found) {
        (whole.range(), Meaning::Date(readings))
    } else if found.name("other").is_some() {
        (whole.range(), Meaning::Unreadable)
    } else {
        amount(text, found)?
    };
    Some(Written {
        text: text[range.clone()].trim_matches(|letter: char| letter.is_whitespace() || "*_".contains(letter)),
        before: &text[..range.start],
        after: &text[range.end..],
        meaning,
    })
}

/// The amount and where it stands, or `None` for what is a name.
fn amount(text: &str, found: &Captures<'_>) -> Option<(Range<usize>, Meaning)> {
    let whole = found.get(0)?;
    let digits = found.name("amount")?;
    let before = &text[..whole.start()];
    let neighbour = before.chars().next_back();
    // A dash right after a word, a number or a closing bracket is a hyphen, not a sign ("85-95", "COVID-19").
    let joined = neighbour.is_some_and(|letter| letter.is_alphanumeric() || "%)".contains(letter));
    let outer = found.name("sign").filter(|_| !joined);
    let letters = found.name("letters");
    let bare = ["currency", "percent", "money", "scale"]
        .iter()
        .all(|name| found.name(name).is_none());

    if found.name("ordinal").is_some()
        || bare
            && is_name(
                before,
                neighbour,
                digits.as_str(),
                letters.map(|letters| letters.as_str()),
                &text[whole.end()..],
            )
    {
        return None;
    }

    let start = if joined {
        found.name("sign").map_or(whole.start(), |dash| dash.end())
    } else {
        whole.start()
    };
    let end = letters.map_or(whole.end(), |letters| letters.start());
    let sign = outer
        .or(found.name("inner_sign"))
        .map(|sign| if sign.as_str() == "+" { Sign::Plus } else { Sign::Minus });
    let meaning = read(found, digits.as_str(), sign, bare).map_or(Meaning::Unreadable, Meaning::Amount);
    Some((start..end, meaning))
}

/// Whether bare digits belong to a name: `Q3`, `COVID-19`, `S&P 500`, `10-K`, `5G`.
fn is_name(before: &str, neighbour: Option<char>, digits: &str, letters: Option<&str>, after: &str) -> bool {
    let whole_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let of_a_word = neighbour.is_some_and(char::is_alphabetic) && whole_number;
    let of_an_index = NAMES.iter().any(|name| {
        before
            .trim_end()
            .get(before.trim_end().len().saturating_sub(name.len())..)
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    });
    let of_a_form = letters.is_none() && (after.starts_with("-K") || after.starts_with("-Q"));
    let with_letters =
        whole_number && digits.len() < 3 && letters.is_some_and(|letters| !["d", "x"].contains(&letters));
    of_a_word || of_an_index || of_a_form || with_letters
}

fn read(found: &Captures<'_>, digits: &str, sign: Option<Sign>, bare: bool) -> Option<Amount> {
    let plain = digits.replace(',', "");
    let exponent = found.name("exponent").map_or("", |exponent| exponent.as_str());
    let scale = found.name("scale").map_or(1.0, |scale| scale_of(scale.as_str()));
    let value = format!("{plain}{exponent}").parse::<f64>().ok()? * scale;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let step = format!("1{exponent}").parse::<f64>().ok()? * scale / 10_f64.powi(i32::try_from(decimals).ok()?);

    let currency = found.name("currency").or(found.name("money"));
    let mark = match (found.name("percent"), currency) {
        (Some(_), _) => Mark::Percent,
        (None, Some(currency)) => Mark::Currency(currency.as_str().trim().to_owned()),
        (None, None) => Mark::None,
    };
    let four_digits = bare && sign.is_none() && exponent.is_empty() && digits.len() == 4;
    let year = digits
        .parse()
        .ok()
        .filter(|year| four_digits && (1900..=2100).contains(year));
    (value.is_finite() && step.is_finite()).then_some(Amount {
        value,
        step,
        sign,
        mark,
        year,
    })
}

fn scale_of(word: &str) -> f64 {
    match word
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '-')
        .to_lowercase()
        .as_str()
    {
        "k" | "thousand" => 1e3,
        "m" | "million" => 1e6,
        "b" | "bn" | "billion" => 1e9,
        _ => 1e12,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        numbers(text).iter().map(|number| number.text).collect()
    }

    fn amount(text: &str) -> Amount {
        match &numbers(text)[..] {
            [
                Written {
                    meaning: Meaning::Amount(amount),
                    ..
                },
            ] => amount.clone(),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn date(text: &str) -> Vec<PartialDate> {
        match &numbers(text)[..] {
            [
                Written {
                    meaning: Meaning::Date(readings),
                    ..
                },
            ] => readings.clone(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_way_of_writing_an_amount_is_read() {
        let cases = [
            ("closed at 92.80 today", 92.8, 0.01, None, Mark::None),
            ("$1,234.50", 1234.5, 0.01, None, Mark::Currency("$".into())),
            ("-$5", 5.0, 1.0, Some(Sign::Minus), Mark::Currency("$".into())),
            ("$-5", 5.0, 1.0, Some(Sign::Minus), Mark::Currency("$".into())),
            ("USD 92.8", 92.8, 0.1, None, Mark::Currency("USD".into())),
            ("93 dollars", 93.0, 1.0, None, Mark::Currency("dollars".into())),
            ("92,5 €", 92.0, 1.0, None, Mark::None),
            ("+2.1%", 2.1, 0.1, Some(Sign::Plus), Mark::Percent),
            ("\u{2212}2.1 %", 2.1, 0.1, Some(Sign::Minus), Mark::Percent),
            ("**2.1** percent", 2.1, 0.1, None, Mark::Percent),
            ("$1.2 billion", 1.2e9, 1e8, None, Mark::Currency("$".into())),
            ("10k shares", 1e4, 1e3, None, Mark::None),
            (".5", 0.5, 0.1, None, Mark::None),
            ("1e3", 1000.0, 1000.0, None, Mark::None),
        ];
        for (text, value, step, sign, mark) in cases {
            let first = numbers(text).into_iter().next().unwrap();
            let Meaning::Amount(amount) = first.meaning else {
                panic!("{text}")
            };
            assert!((amount.value - value).abs() < 1e-9 * value, "{text}: {}", amount.value);
            assert!((amount.step - step).abs() < 1e-9 * step, "{text}: {}", amount.step);
            assert_eq!((amount.sign, amount.mark), (sign, mark), "{text}");
        }
    }

    #[test]
    fn dates_are_read_as_dates_in_every_common_order() {
        let whole = PartialDate {
            year: Some(2013),
            month: Some(3),
            day: Some(1),
        };
        for text in [
            "2013-03-01",
            "March 1, 2013",
            "Mar. 1st 2013",
            "1 March 2013",
            "1st of March 2013",
        ] {
            assert_eq!(date(text), [whole], "{text}");
        }
        assert_eq!(date("March 2013"), [PartialDate { day: None, ..whole }]);
        assert_eq!(date("on March 1."), [PartialDate { year: None, ..whole }]);
        assert!(date("3/1/2013").contains(&whole));
        assert!(date("1/3/13").contains(&whole));
    }

    #[test]
    fn four_bare_digits_may_be_a_year() {
        assert_eq!(amount("in 2013").year, Some(2013));
        assert_eq!(amount("$2013").year, None);
        assert_eq!(amount("2013.5").year, None);
    }

    #[test]
    fn a_range_is_two_numbers_without_a_sign() {
        assert_eq!(found("between 85-95"), ["85", "95"]);
        assert_eq!(found("$85\u{2013}$95"), ["$85", "$95"]);
        assert_eq!(found("2.1%-3.5%"), ["2.1%", "3.5%"]);
    }

    #[test]
    fn names_ordinals_and_links_are_no_figures() {
        for text in [
            "Q3",
            "the 10th percentile",
            "S&P 500",
            "the 10-K",
            "5G",
            "COVID-19",
            "SMA50",
            "https://a.b/2013/7",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn month_names_inside_other_words_make_no_date() {
        assert_eq!(amount("3 Major risks").value, 3.0);
        assert_eq!(amount("Marketing 5 times").value, 5.0);
    }

    #[test]
    fn digits_of_another_script_are_seen_but_not_read() {
        let seen = numbers("rose ٩٢ and ½");
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|number| number.meaning == Meaning::Unreadable));
    }

    #[test]
    fn what_stands_around_a_number_goes_with_it() {
        let text = "the 50-day average";
        let seen = numbers(text);
        assert_eq!((seen[0].before, seen[0].after), ("the ", "-day average"));
    }
}

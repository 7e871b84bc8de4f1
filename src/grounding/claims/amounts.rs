//! Finds the numbers that are written in digits: amounts, percentages, prices, ratios and dates. Text in, a list of [`Written`]
//! out. Digits that belong to a name (Q3, 10th, S&P 500, a link) are left out. Numbers in words are read elsewhere; whether a
//! number is right is decided elsewhere.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::calendar::{MONTH, PartialDate, dates};
use super::digits::{plain, scale_of};

/// A number and its place in the text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub start: usize,
    pub end: usize,
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
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    None,
    /// Per cent; basis points are converted.
    Percent,
    /// The currency's sign, code or name as written.
    Currency(String),
    /// `value` of so many: 4/11, two thirds.
    Ratio(f64),
}

/// Every number of `text`, in order.
pub(super) fn numbers(text: &str) -> Vec<Written> {
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
      | \b (?P<iso_year>\d{{4}})[-/](?P<iso_month>\d{{2}})[-/](?P<iso_day>\d{{2}}) \b
      | \b (?P<first>\d{{1,2}})[/](?P<second>\d{{1,2}})[/](?P<slash_year>\d{{4}}|\d{{2}}) \b
      | \b (?P<dot_day>\d{{1,2}})\.\s?(?P<dot_month>\d{{1,2}})\.\s?(?P<dot_year>(?:19|20)\d{{2}}) \b
      | \b (?P<us_month>{MONTH})\b\.?\s+ (?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?\b
           (?: ,?\s+(?P<us_year>(?:19|20)\d{{2}})\b )?
      | \b (?P<eu_day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)? (?P<eu_month>{MONTH})\b
           (?: \.?,?\s+(?P<eu_year>(?:19|20)\d{{2}})\b )?
      | \b (?P<only_month>{MONTH})\b\.?,?\s+(?:of\s+)? (?P<only_year>(?:19|20)\d{{2}}) \b
      | \b (?P<part>\d{{1,3}})\s?/\s?(?P<whole>\d{{1,3}}) \b
      | (?P<sign> [-+\u{{2212}}\u{{2013}}] )?
        (?P<currency> US\$ | C\$ | A\$ | HK\$ | R\$ | [$€£¥₹₩] | \b{CODE}\s? )?
        (?P<inner_sign> [-+\u{{2212}}] )?
        (?P<amount> \d{{1,3}}(?:[\x20\u{{a0}}\u{{202f}}]\d{{3}})+[.,]\d{{1,2}}\b | \d{{1,3}}(?:\.\d{{3}})+,\d{{1,2}}\b | \d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?\b | 0,\d+\b | \d+,\d{{1,2}}\b
           | \d+(?:\.\d+)? | \.\d+ )
        (?P<exponent> [eE][-+]?\d{{1,3}}\b )?
        (?P<ordinal> (?:st|nd|rd|th)\b )?
        (?P<scale> [\s-]?(?:thousand|million|billion|trillion)\b | (?:[kKmMbB]|bn|tn|mn)\b )?
        (?P<percent> [*_]*[\s-]?(?: % | \u{{FF05}} | (?i:percent|per\s?cent|percentage[\s-]points?|pct|pp)\b ) )?
        (?P<basis> [\s-]?(?i:basis[\s-]points?|bps?)\b )?
        (?P<money> \s?(?:{CODE}|[Dd]ollars?|[Ee]uros?|[Pp]ounds?|[Yy]en)\b | \s?€ | [£$] )?
        (?P<hundredth> \s?(?:cents?|pence|penny)\b | p\b )?
        (?P<letters> [A-Za-z]+ )?
      | (?P<other> [\p{{N}}&&[^0-9]]+ )",
    ))
    .expect("a constant pattern")
});

fn written(text: &str, found: &Captures<'_>) -> Option<Written> {
    let whole = found.get(0)?;
    let (start, end, meaning) = if found.name("link").is_some() {
        return None;
    } else if let Some(readings) = dates(found) {
        (whole.start(), whole.end(), Meaning::Date(readings))
    } else if let Some(other) = found.name("other") {
        (whole.start(), whole.end(), sign_of_fraction(other.as_str()))
    } else if let Some((part, of)) = found.name("part").zip(found.name("whole")) {
        let amount = ratio(part.as_str().parse().ok()?, of.as_str().parse().ok()?);
        (whole.start(), whole.end(), Meaning::Amount(amount))
    } else {
        amount(text, found)?
    };
    let trimmed = text[start..end].trim_end_matches(|letter: char| letter.is_whitespace() || "*_".contains(letter));
    Some(Written {
        start,
        end: start + trimmed.len(),
        meaning,
    })
}

/// An amount without a sign.
pub(super) fn unsigned(value: f64, step: f64, mark: Mark) -> Amount {
    Amount {
        value,
        step,
        sign: None,
        mark,
        year: None,
    }
}

/// `part` of `whole` things.
pub(super) fn ratio(part: f64, whole: f64) -> Amount {
    unsigned(part, 1.0, Mark::Ratio(whole))
}

fn sign_of_fraction(text: &str) -> Meaning {
    let (part, whole) = match text {
        "½" => (1.0, 2.0),
        "⅓" => (1.0, 3.0),
        "⅔" => (2.0, 3.0),
        "¼" => (1.0, 4.0),
        "¾" => (3.0, 4.0),
        _ => return Meaning::Unreadable,
    };
    Meaning::Amount(ratio(part, whole))
}

/// The amount and where it stands, or `None` for what is a name.
fn amount(text: &str, found: &Captures<'_>) -> Option<(usize, usize, Meaning)> {
    let whole = found.get(0)?;
    let digits = found.name("amount")?;
    let before = &text[..whole.start()];
    let neighbour = before.chars().next_back();
    // A dash right after a word, a number or a closing bracket is a hyphen, not a sign ("85-95", "COVID-19").
    let joined = neighbour.is_some_and(|letter| letter.is_alphanumeric() || "%)".contains(letter));
    let outer = found.name("sign").filter(|_| !joined);
    let letters = found.name("letters");
    let bare = ["currency", "percent", "basis", "money", "hundredth", "scale"]
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
    Some((start, end, meaning))
}

/// Whether bare digits belong to a name: `Q3`, `COVID-19`, `S&P 500`, `10-K`, `5G`.
pub(super) fn is_name(before: &str, neighbour: Option<char>, digits: &str, letters: Option<&str>, after: &str) -> bool {
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
        whole_number && digits.len() < 3 && letters.is_some_and(|letters| !["d", "x", "DMA", "SMA"].contains(&letters));
    of_a_word || of_an_index || of_a_form || with_letters
}

fn read(found: &Captures<'_>, digits: &str, sign: Option<Sign>, bare: bool) -> Option<Amount> {
    let plain = plain(digits);
    let exponent = found.name("exponent").map_or("", |exponent| exponent.as_str());
    let scale = found.name("scale").map_or(1.0, |scale| scale_of(scale.as_str()));
    let hundredth = found.name("hundredth");
    let basis = if found.name("basis").or(hundredth).is_some() {
        0.01
    } else {
        1.0
    };
    let value = format!("{plain}{exponent}").parse::<f64>().ok()? * scale * basis;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let step = format!("1{exponent}").parse::<f64>().ok()? * scale * basis / 10_f64.powi(i32::try_from(decimals).ok()?);

    let currency = found.name("currency").or(found.name("money")).or(hundredth);
    let mark = match (found.name("percent").or(found.name("basis")), currency) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        numbers(text)
            .iter()
            .map(|number| &text[number.start..number.end])
            .collect()
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
            ("92,5 €", 92.5, 0.1, None, Mark::Currency("€".into())),
            ("1.234,50 €", 1234.5, 0.01, None, Mark::Currency("€".into())),
            ("fell 250 basis points", 2.5, 0.01, None, Mark::Percent),
            ("4/11", 4.0, 1.0, None, Mark::Ratio(11.0)),
            ("½", 1.0, 1.0, None, Mark::Ratio(2.0)),
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
        let seen = numbers("rose ٩٢ and Ⅷ");
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|number| number.meaning == Meaning::Unreadable));
    }
}

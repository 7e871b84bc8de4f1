//! German numbers in digits: "1.234,50 $", "2,1 %", "50 Basispunkte", "1. März 2013". Text in, what is written out; digits that belong
//! to a name are left out, as in English.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::amounts::{Amount, Mark, Meaning, Sign, Written, is_name, ratio};
use super::super::calendar::PartialDate;
use crate::grounding::locale::GERMAN_MONTHS;

const MONTH: &str = "(?:Jan(?:uar|\\.)?|Jänner|Feb(?:ruar|\\.)?|März|Mrz\\.?|Apr(?:il|\\.)?|Mai|Jun(?:i|\\.)?|Jul(?:i|\\.)?|Aug(?:ust|\\.)?\
                     |Sept?(?:ember|\\.)?|Okt(?:ober|\\.)?|Nov(?:ember|\\.)?|Dez(?:ember|\\.)?)";

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
      | \b (?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>(?:19|20)\d{{2}}) \b
      | \b (?P<named_day>\d{{1,2}})\.\s?(?P<named_month>{MONTH}) (?: \s+(?P<named_year>(?:19|20)\d{{2}})\b )?
      | \b (?P<short_day>\d{{2}})\.(?P<short_month>\d{{2}})\.
      | \b (?P<only_month>{MONTH}) \s+ (?P<only_year>(?:19|20)\d{{2}}) \b
      | \b (?P<part>\d{{1,3}})\s?/\s?(?P<whole>\d{{1,3}}) \b
      | \b (?P<coins>\d+)\s(?:US-)?(?P<coin>[Dd]ollar|[Ee]uro)\s(?:und\s)?(?P<cents>\d{{1,2}})\s[Cc]ent \b
      | (?P<sign> [-+\u{{2212}}\u{{2013}}] )?
        (?P<currency> US\$ | C\$ | A\$ | HK\$ | R\$ | [$€£¥₹₩] | \b{CODE}\s? )?
        (?P<inner_sign> [-+\u{{2212}}] )?
        (?P<amount> \d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?\b | \d+(?:[.,]\d+)? | ,\d+ )
        (?P<scale> [\s-]?(?:[Tt]ausend|Tsd\.|[Mm]illion(?:en)?|Mio\.?|[Mm]illiarden?|Mrd\.?|[Bb]illion(?:en)?|Bio\.) )?
        (?P<percent> [*_]*[\s-]?(?: % | \u{{FF05}} | (?i:prozentpunkten?|prozentige[rnms]?|prozentig|prozent|v\.\s?H\.) ) )?
        (?P<basis> [\s-]?(?i:basispunkten?|basispunkt|bps?)\b )?
        (?P<money> \s?(?:{CODE}\b | US\$ | C\$ | A\$ | HK\$ | R\$ | [$€£¥₹₩] | (?:US-)?[Dd]ollar\b | [Ee]uro\b | [Pp]fund\b | [Yy]en\b | [Ff]ranken\b ) )?
        (?P<letters> [A-Za-zÄÖÜäöüß]+ )?
      | (?P<other> [\p{{N}}&&[^0-9]]+ )",
    ))
    .expect("a constant pattern")
});

/// Every number of `text`, in order.
pub(super) fn numbers(text: &str) -> Vec<Written> {
    NUMBER
        .captures_iter(text)
        .filter_map(|found| written(text, &found))
        .collect()
}

fn written(text: &str, found: &Captures<'_>) -> Option<Written> {
    let all = found.get(0)?;
    let (start, end, meaning) = if found.name("link").is_some() {
        return None;
    } else if let Some(date) = date(found) {
        (all.start(), all.end(), Meaning::Date(vec![date]))
    } else if let Some(other) = found.name("other") {
        (all.start(), all.end(), part_sign(other.as_str()))
    } else if let Some((part, of)) = found.name("part").zip(found.name("whole")) {
        let amount = ratio(part.as_str().parse().ok()?, of.as_str().parse().ok()?);
        (all.start(), all.end(), Meaning::Amount(amount))
    } else if let Some((whole, cents)) = found.name("coins").zip(found.name("cents")) {
        let value = whole.as_str().parse::<f64>().ok()? + cents.as_str().parse::<f64>().ok()? / 100.0;
        let currency = found.name("coin").map_or("", |coin| coin.as_str()).to_lowercase();
        let amount = Amount {
            value,
            step: 0.01,
            sign: None,
            mark: Mark::Currency(currency),
            year: None,
        };
        (all.start(), all.end(), Meaning::Amount(amount))
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

fn part_sign(text: &str) -> Meaning {
    match text {
        "½" => Meaning::Amount(ratio(1.0, 2.0)),
        "⅓" => Meaning::Amount(ratio(1.0, 3.0)),
        "⅔" => Meaning::Amount(ratio(2.0, 3.0)),
        "¼" => Meaning::Amount(ratio(1.0, 4.0)),
        "¾" => Meaning::Amount(ratio(3.0, 4.0)),
        _ => Meaning::Unreadable,
    }
}

fn date(found: &Captures<'_>) -> Option<PartialDate> {
    let number = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<u32>().ok());
    let year = |name: &str| number(name).and_then(|year| i32::try_from(year).ok());
    let named = |name: &str| month(found.name(name)?.as_str());
    let date = |year, month, day| Some(PartialDate { year, month, day });
    if found.name("iso_year").is_some() {
        date(year("iso_year"), number("iso_month"), number("iso_day"))
    } else if found.name("year").is_some() {
        date(year("year"), number("month"), number("day"))
    } else if found.name("named_month").is_some() {
        date(year("named_year"), named("named_month"), number("named_day"))
    } else if found.name("short_month").is_some() {
        date(None, number("short_month"), number("short_day"))
    } else if found.name("only_month").is_some() {
        date(year("only_year"), named("only_month"), None)
    } else {
        None
    }
}

/// The month, from 1, of its German name or its abbreviation.
fn month(written: &str) -> Option<u32> {
    let written = written.trim_end_matches('.');
    let begins = |name: &str| name == written || written.chars().count() >= 3 && name.starts_with(written);
    (1..).zip(GERMAN_MONTHS).find(|(_, name)| begins(name)).map_or_else(
        || match written {
            "Jänner" => Some(1),
            "Mrz" => Some(3),
            _ => None,
        },
        |(number, _)| Some(number),
    )
}

/// The amount and where it stands, or `None` for what is a name.
fn amount(text: &str, found: &Captures<'_>) -> Option<(usize, usize, Meaning)> {
    let all = found.get(0)?;
    let digits = found.name("amount")?.as_str();
    let before = &text[..all.start()];
    let neighbour = before.chars().next_back();
    // A dash right after a word, a number or a closing bracket is a hyphen, not a sign.
    let joined = neighbour.is_some_and(|letter| letter.is_alphanumeric() || "%$€)".contains(letter));
    let outer = found.name("sign").filter(|_| !joined);
    let letters = found.name("letters");
    let bare = ["currency", "percent", "basis", "money", "scale"]
        .iter()
        .all(|name| found.name(name).is_none());
    let after = &text[all.end()..];
    if bare
        && is_name(
            before,
            neighbour,
            digits,
            letters.map(|letters| letters.as_str()),
            after,
        )
    {
        return None;
    }
    let start = if joined {
        found.name("sign").map_or(all.start(), |dash| dash.end())
    } else {
        all.start()
    };
    let end = letters.map_or(all.end(), |letters| letters.start());
    let sign = outer
        .or(found.name("inner_sign"))
        .map(|sign| if sign.as_str() == "+" { Sign::Plus } else { Sign::Minus });
    let meaning = read(found, digits, sign, bare).map_or(Meaning::Unreadable, Meaning::Amount);
    Some((start, end, meaning))
}

fn read(found: &Captures<'_>, digits: &str, sign: Option<Sign>, bare: bool) -> Option<Amount> {
    let plain = plain(digits);
    let scale = found.name("scale").map_or(1.0, |scale| scale_of(scale.as_str()));
    let basis = if found.name("basis").is_some() { 0.01 } else { 1.0 };
    let value = plain.parse::<f64>().ok()? * scale * basis;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let step = scale * basis / 10_f64.powi(i32::try_from(decimals).ok()?);
    let currency = found.name("currency").or(found.name("money"));
    let mark = match (found.name("percent").or(found.name("basis")), currency) {
        (Some(_), _) => Mark::Percent,
        (None, Some(currency)) => Mark::Currency(currency_of(currency.as_str())),
        (None, None) => Mark::None,
    };
    let four_digits = bare && sign.is_none() && digits.len() == 4;
    let year = digits.parse().ok();
    let year = year.filter(|year| four_digits && (1900..=2100).contains(year));
    (value.is_finite() && step.is_finite()).then_some(Amount {
        value,
        step,
        sign,
        mark,
        year,
    })
}

/// A currency as the check compares it.
fn currency_of(written: &str) -> String {
    match written.trim().to_lowercase().as_str() {
        "us-dollar" | "dollar" => "dollar".to_owned(),
        "pfund" => "pound".to_owned(),
        "franken" => "CHF".to_owned(),
        _ => written.trim().to_owned(),
    }
}

/// Digits with a decimal point and no separators. A point before exactly three digits parts thousands; before fewer or more it is the
/// decimal point of an English notation.
fn plain(digits: &str) -> String {
    if digits.contains(',') {
        return digits.replace('.', "").replace(',', ".");
    }
    let groups = digits.split('.').skip(1).all(|group| group.len() == 3);
    if groups && !digits.starts_with("0.") {
        digits.replace('.', "")
    } else {
        digits.to_owned()
    }
}

fn scale_of(word: &str) -> f64 {
    let word = word
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '-')
        .to_lowercase();
    match word.get(..3) {
        Some("tau" | "tsd") => 1e3,
        Some("mio") => 1e6,
        Some("mrd") => 1e9,
        Some("mil") if word.starts_with("millia") => 1e9,
        Some("mil") => 1e6,
        _ => 1e12,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_german_notation_of_an_amount_is_read() {
        for (text, value, step, sign, mark) in [
            ("bei 92,80 $", 92.8, 0.01, None, Mark::Currency("$".into())),
            ("1.234,50 €", 1234.5, 0.01, None, Mark::Currency("€".into())),
            ("1.234 Pfade", 1234.0, 1.0, None, Mark::None),
            ("92.80 $", 92.8, 0.01, None, Mark::Currency("$".into())),
            ("-2,1 %", 2.1, 0.1, Some(Sign::Minus), Mark::Percent),
            ("\u{2212}2,1%", 2.1, 0.1, Some(Sign::Minus), Mark::Percent),
            ("4,5 Prozent", 4.5, 0.1, None, Mark::Percent),
            ("250 Basispunkte", 2.5, 0.01, None, Mark::Percent),
            ("3 Mio. Euro", 3e6, 1e6, None, Mark::Currency("Euro".into())),
            ("1,2 Mrd. $", 1.2e9, 1e8, None, Mark::Currency("$".into())),
            (
                "56 Dollar und 14 Cent",
                56.14,
                0.01,
                None,
                Mark::Currency("dollar".into()),
            ),
            ("12,30 Franken", 12.3, 0.01, None, Mark::Currency("CHF".into())),
            ("10-%-Quantil", 10.0, 1.0, None, Mark::Percent),
            ("0,042 $", 0.042, 0.001, None, Mark::Currency("$".into())),
            ("4/11", 4.0, 1.0, None, Mark::Ratio(11.0)),
        ] {
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
    fn german_dates_are_read_as_dates() {
        let whole = PartialDate {
            year: Some(2013),
            month: Some(3),
            day: Some(1),
        };
        for (text, date) in [
            ("1. März 2013", whole),
            ("01.03.2013", whole),
            ("1.3.2013", whole),
            ("2013-03-01", whole),
            ("am 1. März", PartialDate { year: None, ..whole }),
            ("am 01.03. war", PartialDate { year: None, ..whole }),
            ("März 2013", PartialDate { day: None, ..whole }),
        ] {
            let first = numbers(text).into_iter().next().unwrap();
            assert_eq!(first.meaning, Meaning::Date(vec![date]), "{text}");
        }
        assert!(
            numbers("Maigewitter 5")
                .iter()
                .all(|number| matches!(number.meaning, Meaning::Amount(_)))
        );
    }
}

//! Finds the horizon of a message: its text comes in, a horizon in trading days and every span of time go out. The past ("the last
//! 30 days"), indicators ("50-day moving average"), ages and rates are no horizon.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::asked::{Horizon, MAX_HORIZON};
use super::message::pattern;
use crate::text::small_number;

/// The spans of time in a text.
pub(super) struct Found {
    /// The horizon that the text asks for.
    pub horizon: Option<Horizon>,
    /// Every span of days, weeks and so on, horizon or not.
    pub spans: Vec<Range<usize>>,
}

/// Reads `text`. Of several horizons it takes the first with a word that looks forward ("over", "next", "ahead"), else the first.
pub(super) fn find(text: &str) -> Found {
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    let (mut forward, mut first) = (None, None);
    for found in SPAN.captures_iter(&lower) {
        let Some(whole) = found.get(0) else { continue };
        // `3D` is a word, `3d` means three days.
        if found.name("short").is_some() && text[whole.range()].contains(char::is_uppercase) {
            continue;
        }
        spans.push(whole.range());
        let (before, after) = (&lower[..whole.start()], &lower[whole.end()..]);
        let Some(days) = days(&found, before) else { continue };
        if is_not_ahead(before, after) || (is_loose(&found) && !is_led(before, after)) {
            continue;
        }
        first = first.or(Some(days));
        if is_forward(&found, before, after) {
            forward = forward.or(Some(days));
        }
    }
    Found {
        horizon: forward.or(first).map(within),
        spans,
    }
}

fn within(days: f64) -> Horizon {
    let whole = days.round();
    if whole >= 1.0 && whole <= MAX_HORIZON as f64 {
        // A small whole number, so the cast is exact.
        Horizon::Days(whole as usize)
    } else {
        Horizon::OutOfRange(days)
    }
}

const NUMBER_WORD: &str = "(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[\\x20-])?(?:one|two|three|four|five|six|seven|eight|nine)\
    |ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen\
    |twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety";

/// A quantity with a unit, a short form (`10d`), a span without a quantity ("next week", "the month ahead"), or "tomorrow".
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        &format!(
            r"(?x)
        \b (?P<next>next|this|coming|upcoming|following) \x20
            (?: trading\x20 )? (?P<next_unit>day|session|week|fortnight|month|quarter|year) \b
      | \b (?: (?P<digits>\d{{1,15}}(?:\.\d{{1,6}})?)
             | (?P<word>{NUMBER_WORD})
             | (?P<half>half\x20an?)
             | (?P<couple>(?:an?\x20)?couple(?:\x20of)?)
             | (?P<few>(?:an?\x20)?few)
             | (?P<many>(?:(?:an?|one|two|three|four|five|six|seven|eight|nine)\x20)?(?:hundred|thousand))
             | (?P<a>an?) )
           [\ -]* (?:more\x20)?
           (?P<kind>(?:trading|business|working|market|stock\ market|calendar)[\ -])?
           (?P<unit>day|session|week|fortnight|month|quarter|year)s? \b
      | \b (?P<short>\d{{1,4}}) (?P<short_unit>d|wks?|w|mos?|yrs?|y) \b
      | \b (?P<tomorrow>tomorrow|overnight) \b
      | \b (?P<unit_ahead>day|week|month|quarter|year)\x20ahead \b
    "
        )
        .replace("NUMBER_WORD", NUMBER_WORD),
    )
});

/// The span in trading days.
fn days(found: &Captures<'_>, before: &str) -> Option<f64> {
    let text = |name: &str| found.name(name).map(|part| part.as_str());
    if found.name("tomorrow").is_some() {
        return Some(1.0);
    }
    if let Some(unit) = text("next_unit").or_else(|| text("unit_ahead")) {
        return trading_days(unit);
    }
    if let (Some(digits), Some(unit)) = (text("short"), text("short_unit")) {
        return Some(digits.parse::<f64>().ok()? * trading_days(unit)?);
    }
    let quantity = if let Some(digits) = text("digits") {
        let number: f64 = digits.parse().ok()?;
        if is_negative(before) { -number } else { number }
    } else if let Some(word) = text("word") {
        number(word)?
    } else if found.name("half").is_some() {
        0.5
    } else if found.name("couple").is_some() {
        2.0
    } else if found.name("few").is_some() {
        3.0
    } else if let Some(many) = text("many") {
        let times = many.split(' ').next().and_then(number).unwrap_or(1.0);
        times * if many.ends_with("thousand") { 1_000.0 } else { 100.0 }
    } else {
        1.0
    };
    let calendar = text("kind").is_some_and(|kind| kind.starts_with("calendar"));
    let days = quantity * trading_days(text("unit")?)?;
    // Seven calendar days are five trading days; one or more calendar days are at least one trading day.
    Some(if calendar && days >= 1.0 {
        (days * 5.0 / 7.0).round().max(1.0)
    } else {
        days
    })
}

/// The trading days of a unit of time.
pub(super) fn trading_days(unit: &str) -> Option<f64> {
    Some(match unit {
        "day" | "session" | "d" => 1.0,
        "week" | "w" | "wk" | "wks" => 5.0,
        "fortnight" => 10.0,
        "month" | "mo" | "mos" => 21.0,
        "quarter" => 63.0,
        "year" | "y" | "yr" | "yrs" => 252.0,
        _ => return None,
    })
}

fn number(words: &str) -> Option<f64> {
    let small = |word: &str| small_number(word).filter(|value| *value > 0);
    let values: Option<Vec<u32>> = words.split([' ', '-']).map(small).collect();
    Some(f64::from(values?.iter().sum::<u32>()))
}

/// Whether a minus sign stands before the digits, as opposed to a range ("5-10 days") or a hyphen.
fn is_negative(before: &str) -> bool {
    before
        .strip_suffix('-')
        .is_some_and(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace))
        && !before
            .trim_end_matches(['-', ' '])
            .ends_with(|c: char| c.is_ascii_digit())
}

fn last_word(before: &str) -> &str {
    let before = before.trim_end();
    let start = before
        .rfind(|c: char| !c.is_ascii_alphanumeric())
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    &before[start..]
}

/// Whether a span is about the past, an age or a rate, or belongs to the name of an indicator or security.
fn is_not_ahead(before: &str, after: &str) -> bool {
    const BACKWARD: [&str; 14] = [
        "last",
        "past",
        "previous",
        "prior",
        "preceding",
        "trailing",
        "recent",
        "every",
        "each",
        "per",
        "since",
        "first",
        "latest",
        "ago",
    ];
    BACKWARD.contains(&last_word(before)) || NOT_AHEAD.is_match(after)
}

static NOT_AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)^ (?: 's
        | [\ -]* (?: ago | old | earlier | before | back | (?:worth\ )?of\ (?:history|data|context|prices|experience|gains|losses|growth|bars) ) \b
        | [\ -]* (?: (?:simple|exponential|weighted|daily|moving|rolling|treasury|treasuries|relative|annualised|annualized) [\ -]+ ){0,2}
          (?: averages? | s?ma | ema | dma | rsi | atr | macd | highs? | lows? | peaks? | volatility | mean | lookback | history
            | window | context | treasury | treasuries | t-bills? | bonds? | notes? | yields? | line | lines | momentum | crossover
            | trend\ ?lines? | strength | vwap ) \b
        )",
    )
});

/// "A week" and "one day" are common in other senses; they count only beside a word that looks ahead.
fn is_loose(found: &Captures<'_>) -> bool {
    found.name("a").is_some() || found.name("word").is_some_and(|word| word.as_str() == "one")
}

fn is_led(before: &str, after: &str) -> bool {
    const LEADS: [&str; 12] = [
        "in", "for", "over", "within", "during", "after", "next", "horizon", "about", "least", "a", "of",
    ];
    let alone = after.trim_start().is_empty() || after.trim_start().starts_with([',', '.', '?', '!']);
    (before.trim_end().is_empty() && alone)
        || before.trim_end().ends_with([',', ':', ';', '=', '('])
        || LEADS.contains(&last_word(before))
        || AHEAD.is_match(after)
}

fn is_forward(found: &Captures<'_>, before: &str, after: &str) -> bool {
    const FORWARD: [&str; 8] = [
        "over",
        "within",
        "next",
        "coming",
        "following",
        "upcoming",
        "forecast",
        "horizon",
    ];
    ["next", "tomorrow", "unit_ahead"]
        .iter()
        .any(|name| found.name(name).is_some())
        || FORWARD.contains(&last_word(before))
        || AHEAD.is_match(after)
}

static AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[ -]*(?:ahead|out|from now|from today|into the future|horizon|forecast|outlook|prediction)\b")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn days_of(text: &str) -> Option<f64> {
        find(text).horizon.map(|horizon| match horizon {
            Horizon::Days(days) => days as f64,
            Horizon::OutOfRange(days) => -days,
        })
    }

    #[test]
    fn spans_of_time_are_trading_days() {
        for (text, days) in [
            ("next two weeks", 10.0),
            ("10 days", 10.0),
            ("over the coming 7 trading days", 7.0),
            ("14 calendar days", 10.0),
            ("1 calendar day", 1.0),
            ("in a month", 21.0),
            ("a month", 21.0),
            ("next quarter", 63.0),
            ("three months", 63.0),
            ("tomorrow", 1.0),
            ("this week", 5.0),
            ("next week?", 5.0),
            ("over the next fortnight", 10.0),
            ("a fortnight", 10.0),
            ("half a month", 11.0),
            ("a couple of weeks", 10.0),
            ("the next couple weeks", 10.0),
            ("the next few days", 3.0),
            ("a 30-day forecast", 30.0),
            ("a two-week outlook", 10.0),
            ("a one-month outlook", 21.0),
            ("forty-five days", 45.0),
            ("ninety days", 90.0),
            ("twenty one sessions", 21.0),
            ("1.5 months", 32.0),
            ("5-10 days", 10.0),
            ("5 to 10 days", 10.0),
            ("5 business days", 5.0),
            ("20d", 20.0),
            ("2w", 10.0),
            ("3mo", 63.0),
            ("the week ahead", 5.0),
            ("one day ahead", 1.0),
            ("it gained for 20 days; what will it do in the next 5 days", 5.0),
            ("after last week, what about the next month?", 21.0),
            ("above its 50-day moving average, what about 15 days from now", 15.0),
        ] {
            assert_eq!(days_of(text), Some(days), "{text}");
        }
    }

    #[test]
    fn horizons_out_of_range_are_given_in_trading_days() {
        for (text, days) in [
            ("1 year", 252.0),
            ("next year", 252.0),
            ("six months", 126.0),
            ("91 days", 91.0),
            ("0 days", 0.0),
            ("a hundred days", 100.0),
            ("two thousand days", 2_000.0),
            ("for -5 days", -5.0),
            ("99999999999 years", 99_999_999_999.0 * 252.0),
        ] {
            assert_eq!(find(text).horizon, Some(Horizon::OutOfRange(days)), "{text}");
        }
    }

    #[test]
    fn the_past_indicators_prices_dates_and_rates_are_no_horizon() {
        for text in [
            "the last 30 days",
            "over the past two weeks",
            "30 days ago",
            "the 50-day moving average",
            "above its 200-day average",
            "the 200 day SMA",
            "RSI 14",
            "the 14-day RSI",
            "a new 52-week high",
            "20-day volatility",
            "180 days of history",
            "the 10-year treasury yield",
            "a company 30 years old",
            "$200 by March 3, 2013",
            "once a day",
            "five times a week is not a plan, 3 per week",
            "one day I will be rich",
            "after next quarter's earnings",
            "day trading",
            "3D printing",
            "the Q3 results",
            "",
        ] {
            assert_eq!(find(text).horizon, None, "{text}");
        }
    }

    #[test]
    fn every_span_of_time_is_marked_horizon_or_not() {
        let text = "the 50-day average over 10 days";
        let marked: Vec<&str> = find(text).spans.into_iter().map(|span| &text[span]).collect();
        assert_eq!(marked, ["50-day", "10 days"]);
    }
}

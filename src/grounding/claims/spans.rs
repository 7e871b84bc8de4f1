//! Spans of time: the 50 of a 50-day average, the window of a return, the horizon of the forecast. A sentence in; cues that name
//! the window, and the claims about spans, out.

use super::finding::Finding;
use super::lists::among;
use super::moments::{Span, YEAR, last_day, month_of_last_year, since_cross, year_but_a_month};
use super::moves::way;
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// Trading days in a week, a month, a quarter and a year.
const WEEK: f64 = 5.0;
const MONTH: f64 = 21.0;
const QUARTER: f64 = 63.0;

/// A horizon named in weeks or months may miss the true one by this share.
const LOOSE: f64 = 0.13;

/// What a span is the length of.
enum Role {
    Average(usize),
    Rsi,
    Future,
    Past,
    Unclear,
}

/// Reads the spans of a sentence, names the windows, and judges both.
pub(super) fn spans(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if reading.speaks_of(0, reading.tokens.len(), &[Topic::Momentum, Topic::Volatility]) {
        // "28 % a year", "the year without the last month": the year belongs to the figure.
        reading.cues.retain(|cue| cue.topic != Topic::Window(252));
    }
    if let Some((from, to)) = year_but_a_month(reading, table) {
        reading.put(Topic::Momentum, from, to);
        (from..to).for_each(|place| reading.spent[place] = true);
        findings.push(match table.get("momentum") {
            Some(fact) => Finding::decided(from, to, ClaimKind::Date, true, fact.id.as_ref()),
            None => Finding::unsupported(from, to, ClaimKind::Date),
        });
    }
    last_day(reading, table);
    let mut at = 0;
    while at < reading.tokens.len() {
        match counted(reading, at).or_else(|| named(reading, at)) {
            Some(span) => {
                let to = span.to;
                findings.extend(judge(reading, table, &span));
                at = to;
            }
            None => at += 1,
        }
    }
    findings
}

/// "50-day", "five trading days", the 50 of "50- and 200-day".
fn counted(reading: &Reading<'_>, at: usize) -> Option<Span> {
    let amount = reading.tokens[at].amount()?;
    if amount.mark != super::amounts::Mark::None || reading.spent[at] || amount.sign == Some(super::amounts::Sign::Plus)
    {
        return None;
    }
    let hyphen = reading.text[reading.tokens[at].end..].starts_with('-');
    let next = reading.tokens.get(at + 1);
    let joined =
        next.is_some_and(|next| matches!(next.word.as_str(), "and" | "or" | "to") || next.kind == Kind::Mark(','));
    if hyphen && joined {
        let place =
            (at + 2..at + 4).find(|place| reading.tokens.get(*place).is_some_and(|token| token.amount().is_some()))?;
        let shared = counted(reading, place)?;
        return Some(Span {
            from: at,
            to: at + 1,
            count: amount.value,
            ..shared
        });
    }
    // "in the last session and … in the last five"
    let ends = next.is_none_or(|next| matches!(next.kind, Kind::Mark(_)));
    let days = ends
        && among(reading.before(at, 1), "last past previous in over")
        && reading.has(0, at, "session sessions day days");
    let (unit, to) = if days { (1.0, at + 1) } else { unit(reading, at + 1)? };
    Some(Span {
        from: at,
        to,
        count: amount.value,
        unit,
    })
}

/// "the last quarter", "next month", "a fortnight": a unit without a number, after a word that says when.
fn named(reading: &Reading<'_>, at: usize) -> Option<Span> {
    if reading
        .cues
        .iter()
        .any(|cue| cue.topic == Topic::Momentum && cue.from <= at + 1 && at < cue.to)
    {
        return None;
    }
    const WHEN: &str = "last past previous prior next coming following this trailing preceding upcoming a recent latest half \
         full whole entire one single";
    if !among(reading.word(at), WHEN) {
        return None;
    }
    let (unit, to) = match reading.word(at + 1) {
        "week" => (WEEK, at + 2),
        "fortnight" => (2.0 * WEEK, at + 2),
        "month" => (MONTH, at + 2),
        "quarter" => (QUARTER, at + 2),
        "half" if matches!(reading.word(at + 2), "year") => (YEAR / 2.0, at + 3),
        "year" | "twelvemonth" => (YEAR, at + 2),
        "decade" => (10.0 * YEAR, at + 2),
        _ => return None,
    };
    Some(Span {
        from: at,
        to,
        count: 1.0,
        unit,
    })
}

fn unit(reading: &Reading<'_>, at: usize) -> Option<(f64, usize)> {
    let at = if among(
        reading.word(at),
        "trading calendar business market consecutive full working more",
    ) {
        at + 1
    } else {
        at
    };
    let unit = match reading.word(at) {
        "day" | "days" | "d" | "session" | "sessions" | "period" | "bar" | "bars" | "dma" | "sma" | "ma"
        | "periods" => 1.0,
        "week" | "weeks" | "wk" => WEEK,
        "fortnights" => 2.0 * WEEK,
        "month" | "months" => MONTH,
        "quarter" | "quarters" => QUARTER,
        "year" | "years" => YEAR,
        _ => return None,
    };
    let average = matches!(reading.word(at), "dma" | "sma" | "ma");
    Some((unit, if average { at } else { at + 1 }))
}

fn judge(reading: &mut Reading<'_>, table: &Table<'_>, span: &Span) -> Option<Finding> {
    let Span { from, to, count, unit } = *span;
    let written = reading.tokens[from].amount().is_some();
    let days = count * unit;
    let role = role(reading, span);
    if written {
        reading.spent[from] = true;
    }
    if let Some(finding) = month_of_last_year(reading, table, span) {
        return Some(finding);
    }
    if let Some(finding) = since_cross(reading, table, span) {
        return Some(finding);
    }
    let named = |holds: bool, fact: &str| {
        let known = holds && table.get(fact).is_some();
        if known {
            Finding::decided(from, from + 1, ClaimKind::Number, true, fact)
        } else {
            Finding::unsupported(from, from + 1, ClaimKind::Number)
        }
    };
    match role {
        Role::Average(end) => {
            let topic = Topic::Average(days as u32);
            reading.put(topic, from, end.max(to));
            let fact = if days == 50.0 { "sma_50" } else { "sma_200" };
            Some(named(days == 50.0 || days == 200.0, fact))
        }
        Role::Rsi => Some(named(days == 14.0, "rsi")),
        Role::Future => {
            reading.put(Topic::Forecast, from, to);
            let horizon = table.get("horizon");
            let Some(horizon) = horizon else {
                return Some(Finding::unsupported(from, to, ClaimKind::Date));
            };
            let tolerance = if unit > 1.0 { LOOSE * horizon.number } else { 0.0 };
            let calendar = unit == 1.0 && reading.has(from, to, "calendar");
            let days = if calendar { days * WEEK / 7.0 } else { days };
            let holds = (days - horizon.number).abs() <= if calendar { 2.0 } else { tolerance };
            Some(Finding::decided(from, to, ClaimKind::Date, holds, "horizon"))
        }
        Role::Past => past(reading, table, span),
        Role::Unclear if table.number("horizon") == Some(days) => {
            let kind = if unit > 1.0 { ClaimKind::Date } else { ClaimKind::Count };
            Some(Finding::decided(from, to, kind, true, "horizon"))
        }
        Role::Unclear if unit > 1.0 || window(span).is_some() => past(reading, table, span),
        Role::Unclear if !written => None,
        Role::Unclear => Some(match table.get("horizon") {
            Some(_) => Finding::decided(from, to, ClaimKind::Count, false, "horizon"),
            None => Finding::unsupported(from, to, ClaimKind::Count),
        }),
    }
}

/// A span that has passed: the window of a return, or one that nothing is known of.
fn past(reading: &mut Reading<'_>, table: &Table<'_>, span: &Span) -> Option<Finding> {
    let Span { from, to, .. } = *span;
    // "over the prior year": the year before the last month.
    let prior = among(reading.word(from), "prior previous preceding") && table.get("momentum").is_some();
    let momentum = prior || reading.speaks_of(0, reading.tokens.len(), &[Topic::Momentum]);
    let about_year = span.count * span.unit >= YEAR * 0.9 && span.count * span.unit <= YEAR;
    if momentum && about_year {
        reading.put(Topic::Momentum, from, to);
        return Some(match table.get("momentum") {
            Some(_) => Finding::decided(from, to, ClaimKind::Date, true, "momentum"),
            None => Finding::unsupported(from, to, ClaimKind::Date),
        });
    }
    let rate = reading.speaks_of(0, reading.tokens.len(), &[Topic::Volatility])
        || reading.has(0, reading.tokens.len(), "yield");
    if rate && span.count == 1.0 && span.unit == YEAR {
        return None;
    }
    let window = window(span);
    let news = reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines]);
    reading.put(
        Topic::Window(window.unwrap_or((span.count * span.unit) as u32)),
        from,
        to,
    );
    let fact = match window {
        Some(1) => "return_1d",
        Some(5) => "return_5d",
        Some(21) => "return_21d",
        _ if span.count * span.unit == YEAR && table.year().is_some() => {
            return Some(Finding::decided(
                from,
                to,
                ClaimKind::Date,
                true,
                "momentum, return_21d",
            ));
        }
        _ => {
            return (!(news && window.is_none() && span.unit < MONTH))
                .then(|| Finding::unsupported(from, to, ClaimKind::Date));
        }
    };
    Some(match table.get(fact) {
        Some(_) => Finding::decided(from, to, ClaimKind::Date, true, fact),
        None => Finding::unsupported(from, to, ClaimKind::Date),
    })
}

/// The window of a return that the span names.
fn window(span: &Span) -> Option<u32> {
    let days = span.count * span.unit;
    match days {
        1.0 => Some(1),
        5.0 => Some(5),
        days if days == 21.0 || days == 20.0 && span.unit == WEEK => Some(21),
        _ => None,
    }
}

fn role(reading: &Reading<'_>, span: &Span) -> Role {
    const MEANS: &str = "average averages sma ma mean dma smas";
    const CHANGES: &str = "return returns change gain loss decline performance move drop rise fall advance slide retreat slump \
         rally climb dip increase decrease setback downturn";
    const PAST: &str = "last past previous prior trailing recent preceding latest since back this";
    const FUTURE: &str = "next coming following upcoming ahead forward future forthcoming";
    let end = reading.tokens.len();
    let after = span.to..end.min(span.to + 6);
    let mut passed = 0;
    let written = reading.tokens[span.from].amount().is_some();
    for place in after {
        let word = reading.word(place);
        if written && among(word, MEANS) && !among(reading.word(place + 1), "absolute squared error") {
            return Role::Average(place + 1);
        }
        if matches!(word, "rsi" | "relative" | "oscillator") && passed < 3 {
            return Role::Rsi;
        }
        if among(word, CHANGES) && passed < 3 {
            break;
        }
        let is_mark = matches!(reading.tokens[place].kind, Kind::Mark(_));
        let filler = word.is_empty()
            || among(
                word,
                "simple exponential moving and or to the day days trading long short",
            );
        passed += 1;
        if is_mark || !filler && passed > 2 {
            break;
        }
    }
    let days = span.count * span.unit;
    if span.unit == 1.0
        && (days == 50.0 || days == 200.0)
        && (reading.has(0, end, MEANS) || reading.word(span.to) == "line")
    {
        let one = usize::from(matches!(reading.word(span.to), "one" | "line"));
        return Role::Average(span.to + one);
    }
    if reading.before(span.from, 2) == "rsi" || reading.before(span.from, 1) == "rsi" {
        return Role::Rsi;
    }
    let back = span.from.saturating_sub(3);
    let near = |words: &'static str| {
        reading.has(back, span.from + 1, words)
            && !reading.tokens[back..span.from]
                .iter()
                .any(|token| matches!(token.kind, Kind::Mark(_)))
    };
    let next = reading.word(span.to);
    if near(FUTURE)
        || among(
            next,
            "forecast horizon outlook projection prediction ahead forecasts out hence path paths view window time",
        )
        || written && !near(PAST) && among(next, "lie lies separate separates remain")
        || next == "from" && reading.word(span.to + 1) == "now"
        || next == "into" && reading.has(span.to, span.to + 4, "future")
    {
        return Role::Future;
    }
    if near(PAST)
        || among(next, CHANGES)
        || among(reading.word(span.to + 1), CHANGES)
        || next == "ago"
        || next == "earlier"
    {
        return Role::Past;
    }
    let yearly = span.count * span.unit > YEAR * 0.9 && span.count * span.unit <= YEAR;
    if is_told(reading, span) || yearly && reading.speaks_of(0, end, &[Topic::Momentum]) {
        return Role::Past;
    }
    let (from, to) = reading.clause(span.from);
    let forecast = reading.speaks_of(from, to, &[Topic::Forecast, Topic::Median, Topic::Horizon]);
    let within = among(reading.before(span.from, 1), "in within over after for of to the a");
    if reading.has(from, to, "horizon covers cover covering spans looks") && forecast {
        return Role::Future;
    }
    if forecast && within && (span.unit > 1.0 || span.count > 5.0) {
        Role::Future
    } else {
        Role::Unclear
    }
}

/// Whether a verb in the past tense near the span says that something moved.
fn is_told(reading: &Reading<'_>, span: &Span) -> bool {
    const TOLD: &str = "fell rose lost slid sank grew shed gave went fallen risen grown given was were moved";
    let near = span.from.saturating_sub(5)..reading.tokens.len().min(span.to + 5);
    let parted = |place: usize| {
        let (low, high) = if place < span.from {
            (place, span.from)
        } else {
            (span.to + 1, place)
        };
        let breaks =
            |at: usize| matches!(reading.tokens[at].kind, Kind::Mark(_)) || among(reading.word(at), "and while but");
        (low..high.max(low)).any(breaks)
    };
    near.filter(|place| *place < span.from || *place >= span.to)
        .any(|place| {
            let word = reading.word(place);
            (among(word, TOLD) || word.ends_with("ed") && way(word).is_some()) && !parted(place)
        })
}

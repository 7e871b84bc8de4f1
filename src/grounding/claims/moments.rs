//! Spans and days that only the calendar explains: the year without its last month, the weekday of the last close, a month of
//! last year, the time since a cross. A sentence in; cues, or the claim about a span, out.

use chrono::Datelike;

use super::amounts::Mark;
use super::finding::Finding;
use super::lists::among;
use super::moves::way;
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;
use crate::text::MONTHS;

/// Trading days in a year.
pub(super) const YEAR: f64 = 252.0;

/// A length of time at the tokens `from..to`.
pub(super) struct Span {
    pub from: usize,
    pub to: usize,
    pub count: f64,
    /// Trading days a unit.
    pub unit: f64,
}

/// The return of a year without its last month, in any words: "in the year to last month", "over the twelve months that ended
/// a month ago", "12 months ex last month".
pub(super) fn year_but_a_month(reading: &Reading<'_>, table: &Table<'_>) -> Option<(usize, usize)> {
    const BUT: &str = "before without excluding excludes ex excl to until till through ended ending leaves leaving less minus up \
         excluded omitting omits skips skipping ignoring except prior";
    const LAST: &str = "last latest recent previous past preceding final a one prior newest";
    let is_year = |at: usize| match reading.word(at) {
        "year" | "twelvemonth" => Some(at),
        "month" | "months" => {
            let twelve = at.checked_sub(1)?;
            (reading.tokens[twelve].amount()?.value == 12.0).then_some(twelve)
        }
        _ => None,
    };
    let before = table
        .dates
        .iter()
        .find(|(fact, _)| fact.id == "as_of")
        .map(|(_, day)| *day - chrono::Days::new(30));
    let is_month = |at: usize| {
        let word = reading.word(at);
        let named = before.is_some_and(|day| MONTHS.get(day.month0() as usize) == Some(&word));
        let alone = among(word, "latest last recent")
            && (reading.word(at + 1) == "one" || reading.tokens.get(at + 1).is_none_or(|next| !next.is_word()));
        named
            || alone
            || word == "that" && reading.before(at, 1) == "before"
            || word == "month"
                && (among(reading.before(at, 1), LAST) || among(reading.word(at + 1), "ago earlier out aside"))
    };
    (0..reading.tokens.len()).find_map(|at| {
        let from = is_year(at)?;
        let far = reading.tokens.len().min(at + 11);
        let but = (at + 1..far).find(|place| among(reading.word(*place), BUT))?;
        let month = (but + 1..far.min(but + 6)).find(|place| is_month(*place))?;
        let open = (at + 1..month).all(|place| !matches!(reading.tokens[place].kind, Kind::Mark(';' | ':')));
        let ends = month + 1 + usize::from(among(reading.word(month + 1), "ago earlier out aside"));
        open.then_some((from, ends))
    })
}

/// "dropped on Friday", "Friday's setback": the weekday of the last close stands for that day's return.
pub(super) fn last_day(reading: &mut Reading<'_>, table: &Table<'_>) {
    let Some((_, day)) = table.dates.iter().find(|(fact, _)| fact.id == "as_of") else {
        return;
    };
    let name = day.format("%A").to_string().to_lowercase();
    let share = |at: usize| {
        reading.tokens[at]
            .amount()
            .is_some_and(|amount| amount.mark == Mark::Percent)
    };
    let moves = (0..reading.tokens.len()).any(|at| way(reading.word(at)).is_some() || share(at));
    for at in 0..reading.tokens.len() {
        let told = at == 0 || reading.tokens[at].possessive || among(reading.before(at, 1), "on last this late");
        let free = !reading.cues.iter().any(|cue| cue.from <= at && at < cue.to);
        if moves && told && free && reading.word(at) == name {
            reading.put(Topic::Window(1), at, at + 1);
        } else if free && reading.word(at) == name && among(reading.before(at, 1), "previous prior preceding") {
            reading.put(Topic::Window(5), at - 1, at + 1);
        }
    }
}

/// "in December of last year"
pub(super) fn month_of_last_year(reading: &Reading<'_>, table: &Table<'_>, span: &Span) -> Option<Finding> {
    let year = span.unit == YEAR && matches!(reading.word(span.from), "last" | "this" | "past");
    let back = if matches!(reading.before(span.from, 1), "of") {
        2
    } else {
        1
    };
    let month = MONTHS
        .iter()
        .position(|month| *month == reading.before(span.from, back))
        .filter(|_| year)?;
    let (_, now) = table.dates.iter().find(|(fact, _)| fact.id == "as_of")?;
    let written = now.year() - i32::from(reading.word(span.from) != "this");
    let fact = table.dates.iter().find(|(_, date)| date.month0() as usize == month)?;
    let holds = fact.1.year() == written;
    Some(Finding::decided(
        span.from,
        span.to,
        ClaimKind::Date,
        holds,
        fact.0.id.as_ref(),
    ))
}

/// "crossed three weeks ago": the time from a cross to the last close.
pub(super) fn since_cross(reading: &Reading<'_>, table: &Table<'_>, span: &Span) -> Option<Finding> {
    const CALENDAR: f64 = 7.0 / 5.0;
    let (from, to) = reading.clause(span.from);
    let cross = reading.speaks_of(from, to, &[Topic::Cross]);
    // "for nearly four months the short average has stayed below the long one"
    let averages = [Topic::Average(50), Topic::Average(200)];
    let lasts = (1..3).any(|back| among(reading.before(span.from, back), "since for"))
        && averages.iter().all(|average| reading.speaks_of(from, to, &[*average]));
    let told = cross && among(reading.word(span.to), "ago earlier old since before back") || lasts;
    // "the cross happened last week"
    let happened = cross
        && span.count == 1.0
        && among(reading.word(span.from), "last this past")
        && reading.has(from, to, "happened occurred came formed printed took appeared was");
    let told = told || happened;
    let day = |id: &str| table.dates.iter().find(|(fact, _)| fact.id == id).map(|(_, day)| *day);
    let passed = day("as_of")
        .zip(day("sma_cross"))
        .filter(|_| told)
        .map(|(now, then)| (now - then).num_days())? as f64;
    let length = span.count * span.unit * CALENDAR;
    let holds =
        happened && passed <= 2.0 * length || (passed - length).abs() <= (0.6 * span.unit * CALENDAR).max(0.1 * passed);
    Some(Finding::decided(
        span.from,
        span.to,
        ClaimKind::Date,
        holds,
        "as_of, sma_cross",
    ))
}

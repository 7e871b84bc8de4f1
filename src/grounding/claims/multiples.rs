//! Multiples: "doubled", "halved", "a threefold rise", and how often a level was touched: "twice". A sentence in, one claim a
//! multiple out.

use super::counts::level_of;
use super::finding::Finding;
use super::hypotheticals::is_hypothetical;
use super::reading::Reading;
use super::table::Table;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// A multiple may miss the true one by this share.
const LOOSE: f64 = 0.1;

/// Judges the multiples of a sentence.
pub(super) fn multiples(reading: &Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    (0..reading.tokens.len())
        .filter_map(|at| multiple(reading, table, at).or_else(|| often(reading, table, at)))
        .collect()
}

/// "doubled": the price came to so many times what it was.
fn multiple(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let times = match word {
        "doubled" | "doubles" | "doubling" | "double" | "twofold" => 2.0,
        "tripled" | "triples" | "tripling" | "triple" | "trebled" | "threefold" => 3.0,
        "quadrupled" | "quadruples" | "quadrupling" | "fourfold" => 4.0,
        "fivefold" | "quintupled" => 5.0,
        "tenfold" => 10.0,
        "halved" | "halves" | "halving" => 0.5,
        _ => return None,
    };
    if is_hypothetical(reading, at)
        || reading.speaks_of(0, reading.tokens.len(), &[Topic::Volatility, Topic::Headlines])
    {
        return (word.ends_with('d') && !is_hypothetical(reading, at))
            .then(|| Finding::unsupported(at, at + 1, ClaimKind::Number));
    }
    let (from, to) = reading.clause(at);
    let speaks = |topics: &[Topic]| reading.speaks_of(from, to, topics);
    let ids: &[&str] = if speaks(&[Topic::Forecast, Topic::Median]) {
        &["expected_return"]
    } else if speaks(&[Topic::Window(1)]) {
        &["return_1d"]
    } else if speaks(&[Topic::Window(5)]) {
        &["return_5d"]
    } else if speaks(&[Topic::Window(21)]) {
        &["return_21d"]
    } else {
        &["momentum", "return_21d", "return_5d", "return_1d", "drawdown"]
    };
    let facts: Vec<_> = ids.iter().filter_map(|id| table.get(id)).collect();
    let more = reading.has(at.saturating_sub(2), at, "than") && times > 1.0;
    let is = |change: f64| {
        let ratio = (1.0 + change / 100.0) / times;
        (ratio - 1.0).abs() <= LOOSE || more && ratio > 1.0
    };
    Some(match facts.iter().find(|fact| is(fact.number)).or(facts.first()) {
        Some(fact) => Finding::decided(at, at + 1, ClaimKind::Number, is(fact.number), fact.id.as_ref()),
        None => Finding::unsupported(at, at + 1, ClaimKind::Number),
    })
}

/// "tested twice": how often a level was touched.
fn often(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let times = match reading.word(at) {
        "once" => 1.0,
        "twice" => 2.0,
        "thrice" => 3.0,
        _ => return None,
    };
    if reading.word(at + 1) == "as" || reading.word(at + 1) == "more" {
        return None;
    }
    let (from, to) = reading.clause(at);
    let stopped = reading.has(from, to, "stopped held capped halted rejected turned")
        && reading.speaks_of(from, to, &[Topic::Support, Topic::Resistance]);
    if !stopped && !reading.speaks_of(from, to, &[Topic::Turns]) {
        return None;
    }
    let level = level_of(reading, at);
    let id = if level == Some(Topic::Support) {
        "support_touches"
    } else {
        "resistance_touches"
    };
    Some(match table.get(id).filter(|_| level.is_some()) {
        Some(fact) => Finding::decided(at, at + 1, ClaimKind::Count, fact.number == times, fact.id.as_ref()),
        None => Finding::unsupported(at, at + 1, ClaimKind::Count),
    })
}

//! Counts: how many headlines, paths, days and turns there are, as numbers, shares and words ("most", "none", "half of"). A
//! sentence in, one claim a count out.

use super::amounts::{Mark, Meaning};
use super::finding::Finding;
use super::hedges::hedge;
use super::lists::among;
use super::nearness::nearest;
use super::reading::Reading;
use super::shares::{LABELS, id, odds, quantity, share};
use super::table::{Hedge, Table};
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// Judges the counts of a sentence.
pub(super) fn counts(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let places: Vec<usize> = (0..reading.tokens.len())
        .filter(|at| !reading.spent[*at] && is_count(reading, *at))
        .collect();
    findings.extend(odds(reading, table));
    let places: Vec<usize> = places.into_iter().filter(|at| !reading.spent[*at]).collect();
    let cues = nearest(reading, &places, |_, topic| id(topic).is_some());
    for (index, (at, cues)) in places.iter().zip(&cues).enumerate() {
        reading.spent[*at] = true;
        let Some(amount) = reading.tokens[*at].amount() else {
            continue;
        };
        // The whole of "4 of 11" and of "of 11 headlines, 4 …" is the total.
        let whole = index > 0 && reading.has(places[index - 1] + 1, *at, "of") && *at <= places[index - 1] + 4;
        let whole = whole || index > 0 && reading.before(*at, 1) == "among";
        // "half of the eight headlines"
        let share = reading.before(*at, 1) == "the"
            && reading.before(*at, 2) == "of"
            && at
                .checked_sub(3)
                .is_some_and(|place| reading.tokens[place].amount().is_some());
        let opens = share || reading.before(*at, 1) == "of" && (index == 0 || whole);
        let part = places
            .get(index + 1)
            .is_some_and(|next| reading.has(*at + 1, *next, "of") && *next <= *at + 4);
        let topics: Vec<Topic> = cues.iter().map(|cue| cue.topic).collect();
        let wanted = ids(reading, *at, &topics, whole || opens, part);
        let facts: Vec<_> = wanted.iter().filter_map(|id| table.get(id)).collect();
        if let Some(dropped) = dropped(reading, table, *at, &wanted).filter(|_| !(whole || opens)) {
            let fact = "paths, paths_kept";
            findings.push(Finding::decided(
                *at,
                *at + 1,
                ClaimKind::Count,
                dropped == amount.value,
                fact,
            ));
            continue;
        }
        let is = |number: f64| match hedge(reading, *at) {
            Hedge::None => number == amount.value,
            Hedge::Barely => number >= amount.value && number <= amount.value * 1.15 + 1.0,
            Hedge::About => (number - amount.value).abs() <= 0.1 * number,
            Hedge::Over => number >= amount.value && number <= amount.value * 1.5 + 1.0,
            Hedge::Under => number <= amount.value && number >= amount.value * 0.5,
        };
        // "not one headline is negative"
        let none = amount.value == 1.0 && reading.before(*at, 1) == "not";
        let is = |number: f64| if none { number == 0.0 } else { is(number) };
        findings.push(match facts.iter().find(|fact| is(fact.number)).or(facts.first()) {
            Some(fact) => Finding::decided(*at, *at + 1, ClaimKind::Count, is(fact.number), fact.id.as_ref()),
            None => Finding::unsupported(*at, *at + 1, ClaimKind::Count),
        });
    }
    for at in 0..reading.tokens.len() {
        if !reading.spent[at]
            && let Some(finding) = share(reading, table, at).or_else(|| quantity(reading, table, at))
        {
            reading.spent[at] = true;
            findings.push(finding);
        }
    }
    findings
}

fn ids(reading: &Reading<'_>, at: usize, topics: &[Topic], whole: bool, part: bool) -> Vec<&'static str> {
    let all = (0, reading.tokens.len());
    let labelled: Vec<&str> = topics
        .iter()
        .filter(|topic| LABELS.contains(topic))
        .filter_map(|topic| id(*topic))
        .collect();
    let speaks = |topics: &[Topic]| reading.speaks_of(all.0, all.1, topics);
    if speaks(&[Topic::InsideBand]) {
        return if whole {
            vec!["horizon"]
        } else {
            vec!["inside_band", "horizon"]
        };
    }
    if topics
        .iter()
        .any(|topic| matches!(topic, Topic::Paths | Topic::PathsKept))
    {
        return if whole {
            vec!["paths"]
        } else {
            vec!["paths_kept", "paths"]
        };
    }
    if topics.contains(&Topic::Turns)
        || topics
            .iter()
            .any(|topic| matches!(topic, Topic::Support | Topic::Resistance))
    {
        return match level_of(reading, at) {
            Some(Topic::Support) => vec!["support_touches"],
            Some(_) => vec!["resistance_touches"],
            None => vec!["support_touches", "resistance_touches"],
        };
    }
    // "4 of the 11 headlines are positive": the second is the total whatever stands beside it.
    if whole {
        return vec!["headlines"];
    }
    // "four of eleven headlines are positive": the label of the part stands behind the whole.
    if part {
        let label = reading
            .cues
            .iter()
            .filter(|cue| LABELS.contains(&cue.topic))
            .min_by_key(|cue| {
                if cue.from > at {
                    cue.from - at
                } else {
                    2 * (at - cue.from) + 6
                }
            });
        return label.and_then(|cue| id(cue.topic)).into_iter().collect();
    }
    let followed = reading
        .cues
        .iter()
        .find(|cue| cue.from == at + 1 || cue.from == at + 2 && reading.word(at + 1) != "of");
    if let Some(own) = followed.and_then(|cue| id(cue.topic)) {
        let adjective = own == "headlines"
            && reading
                .cues
                .iter()
                .any(|cue| LABELS.contains(&cue.topic) && cue.from > at && cue.from < at + 7);
        let label = reading
            .cues
            .iter()
            .find(|cue| LABELS.contains(&cue.topic) && cue.from > at);
        let parts = label.is_none_or(|label| {
            (at + 1..label.from).any(|place| !reading.tokens[place].is_word() || among(reading.word(place), "with of"))
        });
        let verb = reading.has(
            at + 1,
            at + 4,
            "are were is was carry read lean came have said rated scored labelled classified",
        );
        if !(adjective && verb && !parts) {
            return vec![own];
        }
        let label = reading
            .cues
            .iter()
            .find(|cue| LABELS.contains(&cue.topic) && cue.from > at);
        return label.and_then(|cue| id(cue.topic)).into_iter().collect();
    }
    // "of ten headlines, four were classified as positive"
    let label = reading
        .cues
        .iter()
        .find(|cue| cue.from > at + 1 && cue.from < at + 6 && LABELS.contains(&cue.topic));
    if let Some(own) = label
        .filter(|_| among(reading.word(at + 1), "is are was were"))
        .and_then(|cue| id(cue.topic))
    {
        return vec![own];
    }
    if labelled.is_empty() {
        topics.iter().filter_map(|topic| id(*topic)).collect()
    } else {
        labelled
    }
}

/// The level that turned the price so many times as the number at `at` says. Where a sentence begins with a level, each number
/// belongs to the level before it ("resistance held four times, support five"), else to the one behind.
pub(super) fn level_of(reading: &Reading<'_>, at: usize) -> Option<Topic> {
    let levels = reading
        .cues
        .iter()
        .filter(|cue| matches!(cue.topic, Topic::Support | Topic::Resistance));
    let (from, to) = reading.clause(at);
    let levels: Vec<_> = levels.filter(|cue| cue.from >= from && cue.to <= to).collect();
    let first = levels.first()?;
    let counted = |place: usize| {
        among(reading.word(place), "once twice thrice")
            || reading.tokens[place]
                .amount()
                .is_some_and(|amount| amount.mark == Mark::None && amount.step == 1.0)
    };
    let leads = !(from..first.from).any(counted);
    let own = if leads {
        levels.iter().rev().find(|cue| cue.to <= at)
    } else {
        levels.iter().find(|cue| cue.from > at)
    };
    own.or(levels.last()).map(|cue| cue.topic)
}

/// How many paths were left out, where the sentence counts those.
fn dropped(reading: &Reading<'_>, table: &Table<'_>, at: usize, wanted: &[&str]) -> Option<f64> {
    const DROPPED: &str =
        "dropped discarded rejected excluded removed failed thrown left unusable invalid missing lost make";
    const KEPT: &str = "leaving leaves kept used usable remain remained remaining valid";
    let of_paths = wanted.contains(&"paths_kept");
    let (from, to) = reading.clause(at);
    // "192 paths were drawn, none was discarded": the comma begins another count.
    let comma = |place: &usize| reading.tokens[*place].kind == Kind::Mark(',');
    let from = (from..at).rev().find(comma).unwrap_or(from);
    let to = (at..to).find(comma).unwrap_or(to);
    let speaks = of_paths && reading.has(from, to, DROPPED);
    let other = reading.has(at.saturating_sub(2), at + 3, KEPT);
    (speaks && !other).then(|| Some(table.number("paths")? - table.number("paths_kept")?))?
}

/// Whether a bare whole number counts headlines, paths or turns.
fn is_count(reading: &Reading<'_>, at: usize) -> bool {
    let Kind::Number(Meaning::Amount(amount)) = &reading.tokens[at].kind else {
        return false;
    };
    if amount.mark != Mark::None || amount.value.fract() != 0.0 || amount.step != 1.0 || amount.sign.is_some() {
        return false;
    }
    // "five times as frequent as"
    if reading.word(at + 1) == "times" && among(reading.word(at + 2), "as more") {
        return false;
    }
    let (from, to) = sentence_part(reading, at);
    let things = [
        Topic::Positive,
        Topic::Negative,
        Topic::Neutral,
        Topic::Headlines,
        Topic::Paths,
        Topic::PathsKept,
        Topic::Turns,
        Topic::InsideBand,
        Topic::Horizon,
    ];
    let measures = [
        Topic::Close,
        Topic::Median,
        Topic::Support,
        Topic::Resistance,
        Topic::Rsi,
        Topic::Low,
        Topic::High,
        Topic::NetScore,
        Topic::Average(50),
        Topic::Average(200),
    ];
    let near = |topics: &[Topic]| {
        reading.cues.iter().any(|cue| {
            topics.contains(&cue.topic)
                && cue.from > at
                && reading.cost(at + 1, cue.from) < 2.5
                && !(at + 1..cue.from).any(|place| reading.tokens[place].amount().is_some())
        })
    };
    let bound =
        among(reading.before(at, 1), "above below at near under over of") && reading.speaks_of(from, to, &[Topic::Rsi]);
    let bound = bound || reading.before(at, 1) == "of" && among(reading.before(at, 2), "score rsi index reading");
    let windows = reading.has(
        at + 1,
        at + 4,
        "windows horizons measures gauges indicators returns periods averages",
    ) && !near(&[Topic::Horizon]);
    !bound
        && !windows
        && (near(&things) && !(reading.before(at, 1) == "at" || reading.before(at, 2) == "rsi")
            || reading.speaks_of(from, to, &things) && !reading.speaks_of(from, to, &measures))
}

/// The stretch of tokens around `at` between semicolons.
fn sentence_part(reading: &Reading<'_>, at: usize) -> (usize, usize) {
    let strong = |place: &usize| reading.tokens[*place].kind == Kind::Mark(';');
    (
        (0..at).rev().find(strong).map_or(0, |place| place + 1),
        (at..reading.tokens.len()).find(strong).unwrap_or(reading.tokens.len()),
    )
}

//! Which phrase a figure belongs to. A sentence and the places of its figures in; for each figure the nearest phrases out. A
//! phrase that another figure stands closer to counts less, and "the 5-day and 21-day returns are A and B" pairs in order.

use super::lists::among;
use super::reading::{Cue, Reading};
use super::tokens::Kind;
use super::topics::Topic;

/// Phrases this much farther than the nearest may be meant as well.
const TIE: f64 = 0.35;

/// Beyond this cost a phrase has nothing to do with a figure.
const FAR: f64 = 16.0;

/// What a phrase loses when another figure stands closer to it.
const TAKEN: f64 = 2.5;

/// Words that tie a window to the figure before it.
const TIES: &str = "in over within during for on the a past last previous this since trailing prior preceding";

/// For each of the numbers at `places`, the cues it may belong to, the nearest first; none where there is none.
pub(super) fn nearest(reading: &Reading<'_>, places: &[usize], takes: impl Fn(usize, Topic) -> bool) -> Vec<Vec<Cue>> {
    let costs: Vec<Vec<Option<f64>>> = places
        .iter()
        .map(|place| {
            let cost = |cue: &Cue| takes(*place, cue.topic).then(|| cost(reading, *place, cue));
            reading.cues.iter().map(cost).collect()
        })
        .collect();
    let closest: Vec<f64> = (0..reading.cues.len())
        .map(|cue| costs.iter().filter_map(|row| row[cue]).fold(f64::INFINITY, f64::min))
        .collect();
    let mut found: Vec<Vec<Cue>> = costs
        .iter()
        .map(|row| {
            let mut near: Vec<(f64, Cue)> = row
                .iter()
                .zip(&reading.cues)
                .zip(&closest)
                .filter_map(|((cost, cue), closest)| {
                    let cost = (*cost)?;
                    Some((cost + if *closest < cost - 0.01 { TAKEN } else { 0.0 }, *cue))
                })
                .filter(|(cost, _)| *cost < FAR)
                .collect();
            near.sort_by(|one, other| one.0.total_cmp(&other.0));
            let best = near.first().map_or(0.0, |(cost, _)| *cost);
            near.into_iter()
                .take_while(|(cost, _)| *cost <= best + TIE)
                .map(|(_, cue)| cue)
                .collect()
        })
        .collect();
    in_order(reading, places, &takes, &mut found);
    found
}

fn cost(reading: &Reading<'_>, place: usize, cue: &Cue) -> f64 {
    if cue.to <= place {
        cue.weight + reading.cost(cue.to, place) + fronted(reading, cue, place) + general(reading, cue, place)
    } else if cue.from > place {
        let between = reading.word(place + 1);
        let by_window = matches!(
            cue.topic,
            Topic::Window(_) | Topic::Momentum | Topic::Drawdown | Topic::Forecast
        );
        let bracket = reading
            .tokens
            .get(place + 1)
            .is_some_and(|token| token.kind == Kind::Mark('('));
        let verb = among(between, "is was as for being marks in on above below");
        // "7.4% in the past five days and 12.6% in the past 21"
        let tied = matches!(cue.topic, Topic::Window(_) | Topic::Momentum)
            && (place + 1..cue.from).all(|at| among(reading.word(at), TIES));
        if tied {
            return cue.weight + 0.1;
        }
        // "$24.88 on the downside"
        let side = matches!(cue.topic, Topic::Upside | Topic::Downside | Topic::Low | Topic::High)
            && (reading.is_at(place + 1, &["on", "the"]) || reading.is_at(place + 1, &["at", "the"]))
            && cue.from == place + 3;
        if side {
            return cue.weight;
        }
        let behind = if cue.from == place + 1 || bracket {
            0.1
        } else if by_window {
            0.3
        } else if verb {
            0.8
        } else {
            1.5
        };
        cue.weight + reading.cost(place + 1, cue.from) + behind
    } else {
        0.0
    }
}

/// "In the worst case the model sees $31.85": what the sentence names of the forecast comes before the forecast itself.
fn general(reading: &Reading<'_>, cue: &Cue, place: usize) -> f64 {
    let parted = |from: usize, to: usize| (from..to).any(|at| !reading.tokens[at].is_word());
    let named = |other: &&Cue| {
        matches!(other.topic, Topic::Low | Topic::High | Topic::Level(_))
            && (other.to <= cue.from && !parted(other.from, place))
    };
    if cue.topic == Topic::Forecast && reading.cues.iter().any(|other| named(&other)) {
        3.0
    } else {
        0.0
    }
}

/// "Over five days, the stock lost …": a comma after a window at the start parts nothing.
fn fronted(reading: &Reading<'_>, cue: &Cue, place: usize) -> f64 {
    let comma = |at: &usize| reading.tokens[*at].kind == Kind::Mark(',');
    let first = (0..cue.from).all(|at| reading.spent[at] || !matches!(reading.tokens[at].kind, Kind::Number(_)));
    let opens = first && cue.from < 5 && matches!(cue.topic, Topic::Window(_) | Topic::Momentum | Topic::Forecast);
    if opens && (cue.to..place).find(comma).is_some_and(|at| at == cue.to) {
        -1.5
    } else {
        0.0
    }
}

/// "The 10% and 90% quantiles are A and B": as many cues in a row as figures in a row after them pair in order.
fn in_order(reading: &Reading<'_>, places: &[usize], takes: &impl Fn(usize, Topic) -> bool, found: &mut [Vec<Cue>]) {
    let filler = |from: usize, to: usize, words: &[&str]| {
        (from..to).all(|at| match &reading.tokens[at].kind {
            Kind::Word => words.contains(&reading.word(at)),
            Kind::Mark(mark) => *mark == ',',
            Kind::Number(_) => reading.spent[at],
        })
    };
    let mut start = 0;
    while start < places.len() {
        let mut end = start + 1;
        while end < places.len() && filler(places[end - 1] + 1, places[end], &["and", "to", "respectively", "or"]) {
            end += 1;
        }
        let count = end - start;
        let before: Vec<&Cue> = reading
            .cues
            .iter()
            .filter(|cue| cue.to <= places[start] && cue.weight < 1.0 && takes(places[start], cue.topic))
            .collect();
        if count > 1 && before.len() >= count {
            let row = &before[before.len() - count..];
            let together = row.windows(2).all(|pair| {
                filler(
                    pair[0].to,
                    pair[1].from,
                    &["and", "the", "its", "or", "day", "returns", "return", "changes"],
                )
            });
            let led = (row[count - 1].to..places[start]).all(|at| {
                !matches!(reading.tokens[at].kind, Kind::Number(_)) && !reading.is_at(at, &["between"])
                    || reading.spent[at]
            });
            let distinct = row.windows(2).all(|pair| pair[0].topic != pair[1].topic);
            if together && led && distinct {
                for (place, cue) in (start..end).zip(row) {
                    found[place] = vec![**cue];
                }
            }
        }
        start = end;
    }
}

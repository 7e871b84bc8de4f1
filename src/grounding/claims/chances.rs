//! Chances: "a 10% chance that it closes below $79.60", "three quarters of the paths end above $84.90", "one in ten". A share of
//! the outcomes, a side and a price must be a quantile of the forecast. A sentence in, one claim a chance out; what a chance is said of
//! is spent, so that no other judge takes it for what is.

use super::amounts::{Mark, Sign};
use super::finding::Finding;
use super::hedges::hedge;
use super::lists::among;
use super::reading::Reading;
use super::relations::{price, relation};
use super::table::{Hedge, Table, class, is_near};
use super::topics::{Class, Topic};
use crate::grounding::claim::ClaimKind;

/// Words that make a share one of chance, and things of which it may be a share.
const CHANCES: &str = "chance chances probability likelihood odds confidence likely certainty";
const OUTCOMES: &str = "path paths outcome outcomes scenario scenarios simulations case cases trajectories futures runs draws times \
                        trajectory chance";

/// A chance may miss the true one by so much, and by this much beside "about".
const EXACT: f64 = 0.006;
const ROUGH: f64 = 0.035;

/// A share of the outcomes, the tokens `from..to`.
struct Share {
    from: usize,
    to: usize,
    value: f64,
}

/// Judges the chances of a sentence.
pub(super) fn chances(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    let all = reading.tokens.len();
    let forecast = [Topic::Forecast, Topic::Median, Topic::Paths];
    let spoken = reading.has(0, all, CHANCES) || reading.has(0, all, OUTCOMES) || reading.speaks_of(0, all, &forecast);
    if !spoken || reading.speaks_of(0, all, &[Topic::Headlines]) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut at = 0;
    while at < all {
        let Some(share) = share(reading, at).filter(|share| is_of_outcomes(reading, share)) else {
            at += 1;
            continue;
        };
        at = share.to;
        let Some((sides, chance)) = said(reading, table, &share) else {
            continue;
        };
        findings.push(match chance {
            Some(limits) => judge(reading, &share, limits),
            None => Finding::unsupported(share.from, share.to, ClaimKind::Number),
        });
        // A day in the sentence is the day that the chance is for, whatever is said of the close.
        reading
            .cues
            .retain(|cue| !matches!(cue.topic, Topic::Close | Topic::Stock));
        if let Some(side) = sides.first() {
            reading.put(Topic::Band, *side, side + 1);
        }
        for place in (share.from..share.to).chain(sides) {
            reading.spent[place] = true;
        }
    }
    findings
}

/// "10%", "a quarter", "one in ten", "one case out of ten", "every tenth", "50/50".
fn share(reading: &Reading<'_>, at: usize) -> Option<Share> {
    let found = |to: usize, value: f64| Some(Share { from: at, to, value });
    if reading.spent[at] {
        return None;
    }
    if among(reading.word(at), "every each") {
        let of = ordinal(reading.word(at + 1))?;
        return found(at + 2, 1.0 / of);
    }
    let amount = reading.tokens[at].amount()?;
    match amount.mark {
        Mark::Percent if amount.sign != Some(Sign::Minus) => return found(at + 1, amount.value / 100.0),
        Mark::Ratio(whole) if whole == amount.value => return found(at + 1, 0.5),
        Mark::Ratio(whole) if whole > 0.0 => return found(at + 1, amount.value / whole),
        Mark::None if amount.step == 1.0 => {}
        _ => return None,
    }
    let part = at + 1 + usize::from(among(reading.word(at + 1), OUTCOMES));
    let of = (part..part + 3).find(|place| !among(reading.word(*place), "out of in to every"))?;
    let whole = reading.tokens.get(of)?.amount()?;
    let counts = whole.mark == Mark::None && [2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 100.0].contains(&whole.value);
    (of > part && counts && amount.value < whole.value).then(|| found(of + 1, amount.value / whole.value))?
}

fn ordinal(word: &str) -> Option<f64> {
    Some(match word {
        "second" => 2.0,
        "third" => 3.0,
        "fourth" => 4.0,
        "fifth" => 5.0,
        "tenth" => 10.0,
        "twentieth" => 20.0,
        _ => return None,
    })
}

/// Whether it is a share of outcomes: their word stands right behind it, or it is a chance.
fn is_of_outcomes(reading: &Reading<'_>, share: &Share) -> bool {
    let all = reading.tokens.len();
    let near = reading.has(share.from, share.to + 6, OUTCOMES)
        || reading.has(share.from.saturating_sub(4), share.to, OUTCOMES);
    // "Nine times out of ten, the model expects …"
    let odds = reading.tokens[share.from]
        .amount()
        .is_some_and(|amount| matches!(amount.mark, Mark::Ratio(whole) if whole > 4.0));
    near || odds || reading.has(0, all, CHANCES)
}

/// What the chance is said of: the places of the side and its prices, and the least and the greatest share of the outcomes there,
/// where the forecast knows them.
#[expect(clippy::type_complexity, reason = "a pair of places and limits, used once")]
fn said(reading: &Reading<'_>, table: &Table<'_>, share: &Share) -> Option<(Vec<usize>, Option<(f64, f64)>)> {
    let all = reading.tokens.len();
    let behind = (share.to..all).chain(0..share.from);
    for at in behind {
        if among(reading.word(at), "between from") {
            let mut prices = (at + 1..all.min(at + 9)).filter(|place| is_price(reading, *place));
            if let Some((low, high)) = prices.next().zip(prices.next()) {
                let limits = share_below(reading, table, low)
                    .zip(share_below(reading, table, high))
                    .map(|(low, high)| (high.0 - low.1, high.1 - low.0));
                return Some((vec![at, low, high], limits));
            }
        }
        let Some((above, to)) = relation(reading, at).filter(|(_, to)| *to != share.from) else {
            continue;
        };
        let limits = |below: Option<(f64, f64)>| match below {
            Some((least, most)) if above => Some((1.0 - most, 1.0 - least)),
            below => below,
        };
        let figure = (to..all.min(to + 5))
            .take_while(|place| *place == to || reading.tokens[*place - 1].is_word())
            .find(|place| is_price(reading, *place));
        if let Some(place) = figure {
            return Some((vec![at, place], limits(share_below(reading, table, place))));
        }
        let named = reading.cues.iter().find(|cue| cue.from >= to && cue.from <= to + 2);
        if let Some(fact) = named.and_then(|cue| price(table, cue.topic)) {
            return Some((
                vec![at],
                limits(limits_of(table, fact.number, |other| other.id == fact.id)),
            ));
        }
    }
    None
}

fn is_price(reading: &Reading<'_>, place: usize) -> bool {
    let amount = reading.tokens[place].amount().filter(|_| !reading.spent[place]);
    amount.is_some_and(|amount| {
        class(amount) == Class::Price || amount.mark == Mark::None && amount.value > 0.0 && amount.sign.is_none()
    })
}

/// The share of the outcomes below the price at `place`.
fn share_below(reading: &Reading<'_>, table: &Table<'_>, place: usize) -> Option<(f64, f64)> {
    let amount = reading.tokens[place].amount()?;
    limits_of(table, amount.value, |fact| is_near(fact, amount, Hedge::None))
}

/// The least and the greatest share of the outcomes below a price: the same number where the price is a quantile.
fn limits_of(table: &Table<'_>, number: f64, is: impl Fn(&crate::grounding::fact::Fact) -> bool) -> Option<(f64, f64)> {
    let levels = table
        .levels
        .iter()
        .map(|(level, fact)| (f64::from(*level) / 100.0, *fact));
    let known: Vec<_> = levels.chain(table.get("median").map(|fact| (0.5, fact))).collect();
    if known.is_empty() {
        return None;
    }
    if let Some((level, _)) = known.iter().find(|(_, fact)| is(fact)) {
        return Some((*level, *level));
    }
    let under = known
        .iter()
        .filter(|(_, fact)| fact.number <= number)
        .map(|(level, _)| *level);
    let over = known
        .iter()
        .filter(|(_, fact)| fact.number > number)
        .map(|(level, _)| *level);
    Some((under.fold(0.0, f64::max), over.fold(1.0, f64::min)))
}

/// The share against the limits of the true one.
fn judge(reading: &Reading<'_>, share: &Share, (least, most): (f64, f64)) -> Finding {
    let decided = |holds: bool| Finding::decided(share.from, share.to, ClaimKind::Number, holds, "forecast");
    let exact = most - least < 1e-9;
    match hedge(reading, share.from) {
        Hedge::Over | Hedge::Barely if least >= share.value - EXACT => decided(true),
        Hedge::Under if most <= share.value + EXACT => decided(true),
        Hedge::Over | Hedge::Barely if most <= share.value => decided(false),
        Hedge::Under if least >= share.value => decided(false),
        Hedge::About if exact => decided((share.value - least).abs() <= ROUGH),
        Hedge::None if exact => decided((share.value - least).abs() <= EXACT),
        Hedge::None | Hedge::About if share.value < least - ROUGH || share.value > most + ROUGH => decided(false),
        // Somewhere between two quantiles: nobody knows.
        _ => Finding::unsupported(share.from, share.to, ClaimKind::Number),
    }
}

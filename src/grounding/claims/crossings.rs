//! Lines that cross: the two averages, and the price that passes an average or a level. A sentence and a place in, the claim
//! there out.

use super::finding::Finding;
use super::hypotheticals::is_hypothetical;
use super::lists::among;
use super::moves::{Way, way};
use super::reading::{Cue, Reading};
use super::relations::{price, relation};
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// A golden or a death cross.
pub(super) fn cross(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    if let Some((golden, to)) = crosses(reading, at).filter(|_| !is_hypothetical(reading, at)) {
        return Some(match table.get("sma_cross") {
            Some(fact) => {
                let holds = golden == fact.label.contains("above");
                Finding::decided(at, to, ClaimKind::Comparison, holds, "sma_cross")
            }
            None => Finding::unsupported(at, to, ClaimKind::Comparison),
        });
    }
    let golden = match (reading.word(at), reading.word(at + 1)) {
        ("golden", "cross") | ("crossed", "above" | "over") | ("bullish", "cross" | "crossover") => true,
        ("death", "cross") | ("crossed", "below" | "under") | ("bearish", "cross" | "crossover") => false,
        _ => return None,
    };
    let averages =
        reading.word(at) != "crossed" || reading.cues.iter().any(|cue| matches!(cue.topic, Topic::Average(_)));
    if !averages || is_hypothetical(reading, at) {
        return None;
    }
    // "the 200-day average crossed above the 50-day one" is a death cross.
    let first = reading
        .cues
        .iter()
        .find(|cue| matches!(cue.topic, Topic::Average(50 | 200)) && cue.to <= at);
    let swapped = reading.word(at) == "crossed" && first.is_some_and(|cue| cue.topic == Topic::Average(200));
    Some(match table.get("sma_cross") {
        Some(fact) => {
            let denied = reading.has(at.saturating_sub(3), at, "no not without");
            Finding::decided(
                at,
                at + 2,
                ClaimKind::Comparison,
                ((golden != swapped) == fact.label.contains("above")) != denied,
                "sma_cross",
            )
        }
        None => Finding::unsupported(at, at + 2, ClaimKind::Comparison),
    })
}

/// "the 50-day average rose through the 200-day one": whether the cross is golden, and where it ends.
pub(super) fn crosses(reading: &Reading<'_>, at: usize) -> Option<(bool, usize)> {
    const GOES: &str = "went moved broke passed pushed cut got came sliced";
    let moves = way(reading.word(at)).is_some() || among(reading.word(at), GOES);
    let average = |cue: &&Cue| matches!(cue.topic, Topic::Average(50 | 200));
    let first = reading
        .cues
        .iter()
        .rev()
        .find(|cue| cue.to <= at && cue.to + 3 > at)
        .filter(average)?;
    let second = reading
        .cues
        .iter()
        .find(|cue| cue.from > at && cue.from <= at + 5)
        .filter(average)?;
    let up = match (at + 1..second.from).find_map(|place| relation(reading, place)) {
        Some((above, _)) => above,
        None if reading.has(at + 1, second.from, "through past") => way(reading.word(at)) != Some(Way::Down),
        None => return None,
    };
    (moves && first.topic != second.topic).then_some((up == (first.topic == Topic::Average(50)), second.to))
}

/// "has reclaimed its 50-day average", "support was broken": a level that the price has passed.
pub(super) fn broken(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    const UP: &str = "reclaim reclaimed regain regained recapture recaptured retake retaken retook overcome overcame conquered \
         clear cleared surpassed surmounted";
    const EITHER: &str = "break broke broken breached breach pierced pierce crossed penetrated violated passed";
    const BASE: &str = "reclaim regain recapture retake overcome clear break breach pierce";
    let word = reading.word(at);
    let (up, either) = (among(word, UP), among(word, EITHER));
    if !up && !either {
        return None;
    }
    let is_level = |cue: &&Cue| matches!(cue.topic, Topic::Support | Topic::Resistance | Topic::Average(50 | 200));
    let passive = among(reading.before(at, 1), "was were been is are being");
    let base = if passive {
        reading
            .cues
            .iter()
            .rev()
            .find(|cue| cue.to <= at && cue.to + 4 > at)
            .filter(is_level)?
    } else {
        reading
            .cues
            .iter()
            .find(|cue| cue.from > at && cue.from <= at + 5)
            .filter(is_level)?
    };
    let parted = !passive && (at + 1..base.from).any(|place| matches!(reading.tokens[place].kind, Kind::Mark(_)));
    let denied = reading.has(
        at.saturating_sub(5),
        at,
        "not yet failed never unable hasn't haven't cannot can't nor neither without",
    );
    // The bare form is a wish or an order, unless it is denied: "has yet to reclaim".
    let bare = among(word, BASE) && !passive && !among(reading.before(at, 1), "has have had");
    if parted || !denied && (bare || is_hypothetical(reading, at)) {
        return None;
    }
    let side = (at + 1..base.from)
        .find_map(|place| relation(reading, place))
        .map(|(above, _)| above);
    let above = match side {
        Some(above) => above,
        None if up => true,
        None => match base.topic {
            Topic::Resistance => true,
            Topic::Support => false,
            _ => return None,
        },
    };
    let (last, level) = table.get("last_close").zip(price(table, base.topic))?;
    let holds = (last.number > level.number) == above;
    Some(Finding::decided(
        at,
        at + 1,
        ClaimKind::Comparison,
        holds != denied,
        format!("{}, {}", last.id, level.id),
    ))
}

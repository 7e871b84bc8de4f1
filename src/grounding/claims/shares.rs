//! Counts without a whole number: shares ("two thirds of the headlines"), quantities ("most", "none", "more positive than
//! negative"), odds ("five to one"). A sentence and a place in, the claim there out.

use super::amounts::Mark;
use super::finding::Finding;
use super::hedges::hedge;
use super::lists::among;
use super::reading::{Cue, Reading};
use super::table::{Hedge, Table};
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// The topics whose things are counted.
pub(super) const LABELS: [Topic; 3] = [Topic::Positive, Topic::Negative, Topic::Neutral];

/// "two thirds of the headlines", "36% of the headlines are positive", "half of the news was bad".
pub(super) fn share(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let amount = reading.tokens[at].amount()?;
    let (share, exact) = match amount.mark {
        Mark::Ratio(whole) if whole > 0.0 => (amount.value / whole, false),
        Mark::Percent => (amount.value / 100.0, true),
        _ => return None,
    };
    let news = (at + 1..reading.tokens.len().min(at + 7)).any(|place| {
        reading
            .cues
            .iter()
            .any(|cue| cue.from == place && matches!(cue.topic, Topic::Headlines))
            || reading.word(place) == "news"
            || reading.word(place) == "them"
    });
    let of = reading.word(at + 1) == "of" || reading.word(at + 1) == "the";
    if reading.speaks_of(at, reading.tokens.len(), &[Topic::Paths, Topic::PathsKept]) && !news {
        return Some(of_paths(reading, table, at, share));
    }
    // "15 of 25 headlines are positive; that is 60%"
    let again = matches!(reading.before(at, 1), "is" | "or" | "e" | "ie" | "i.e" | "")
        && at > 2
        && reading.speaks_of(0, at, &[Topic::Headlines])
        && LABELS
            .iter()
            .filter(|label| reading.speaks_of(0, reading.tokens.len(), &[**label]))
            .count()
            == 1
        && !reading
            .cues
            .iter()
            .any(|cue| matches!(cue.topic, Topic::Window(_) | Topic::Stock | Topic::Close));
    if !(news && of || again || matches!(amount.mark, Mark::Ratio(_))) {
        return None;
    }
    if reading.has(
        at + 1,
        at + 5,
        "paths outcomes scenarios simulations trajectories futures runs draws cases",
    ) {
        return Some(of_paths(reading, table, at, share));
    }
    let label = reading
        .cues
        .iter()
        .filter(|cue| LABELS.contains(&cue.topic))
        .min_by_key(|cue| cue.from.abs_diff(at))?;
    let part = table.get(id(label.topic)?)?;
    let whole = table.number("headlines").filter(|whole| *whole > 0.0)?;
    let true_share = part.number / whole;
    let tolerance = if exact { amount.step / 100.0 * 0.5 + 1e-9 } else { 0.06 };
    let holds = match (hedge(reading, at), amount.mark == Mark::Ratio(whole)) {
        (_, true) => part.number == amount.value,
        (Hedge::Over | Hedge::Barely, _) => true_share > share,
        (Hedge::Under, _) => true_share < share + tolerance && true_share > share - 0.15,
        (Hedge::About, _) => (true_share - share).abs() <= 0.08,
        (Hedge::None, _) => (true_share - share).abs() <= tolerance,
    };
    Some(Finding::decided(
        at,
        at + 1,
        ClaimKind::Count,
        holds,
        format!("{}, headlines", part.id),
    ))
}

/// "most headlines are negative", "none of the headlines is positive", "no path was rejected", "more positive than negative".
pub(super) fn quantity(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let near = at + 1..reading.tokens.len().min(at + 12);
    let label = |from: usize, to: usize| {
        reading
            .cues
            .iter()
            .find(|cue| cue.from >= from && cue.from < to && LABELS.contains(&cue.topic))
    };
    let count = |topic: Topic| table.get(id(topic)?);
    let news = (at.saturating_sub(4)..near.end).any(|place| {
        among(
            reading.word(place),
            "headlines headline news articles stories them coverage reports titles",
        )
    });
    let decided = |holds: bool, fact: &str| Some(Finding::decided(at, at + 1, ClaimKind::Count, holds, fact));
    if among(
        word,
        "outnumber outnumbered outnumbers exceed exceeds outweigh outweighs outweighed",
    ) {
        let first = reading
            .cues
            .iter()
            .rev()
            .find(|cue| cue.to <= at && LABELS.contains(&cue.topic))?;
        let Some(second) = label(at + 1, near.end) else {
            // "the bad stories outweigh"
            return prevails(table, Some(first)).and_then(|(most, fact)| decided(most, &fact));
        };
        let passive =
            reading.before(at, 1) == "are" || reading.before(at, 1) == "were" || reading.has(at, at + 2, "by");
        let (one, other) = if passive { (second, first) } else { (first, second) };
        let (one, other) = (count(one.topic)?, count(other.topic)?);
        return decided(one.number > other.number, &format!("{}, {}", one.id, other.id));
    }
    if among(
        word,
        "dominate dominates dominated dominating prevail prevails prevailed prevailing predominate predominates",
    ) {
        let first = reading
            .cues
            .iter()
            .rev()
            .find(|cue| cue.to <= at && LABELS.contains(&cue.topic));
        let own = first.or_else(|| label(at + 1, near.end));
        return prevails(table, own).and_then(|(most, fact)| decided(most, &fact));
    }
    // "good and bad news balance each other"
    if among(word, "balance equal balanced even equally cancel")
        && !among(reading.before(at, 1), "an not nearly almost")
    {
        let first = reading.cues.iter().find(|cue| LABELS.contains(&cue.topic))?;
        let second = label(first.to, first.to + 3).filter(|second| second.topic != first.topic && first.to < at)?;
        let (one, other) = (count(first.topic)?, count(second.topic)?);
        return decided(one.number == other.number, &format!("{}, {}", one.id, other.id));
    }
    if word == "single" && matches!(reading.before(at, 1), "a" | "one" | "only" | "just") {
        let label = label(at + 1, at + 8).filter(|_| reading.speaks_of(at + 1, at + 6, &[Topic::Headlines]))?;
        let own = count(label.topic)?;
        return decided(own.number == 1.0, own.id.as_ref());
    }
    if matches!(word, "more" | "fewer" | "less") {
        let first = label(at + 1, (at + 4).min(near.end))?;
        let than = (first.to..near.end).find(|place| reading.word(*place) == "than")?;
        let second = label(than, near.end)?;
        let (one, other) = (count(first.topic)?, count(second.topic)?);
        let holds = if word == "more" {
            one.number > other.number
        } else {
            one.number < other.number
        };
        return decided(holds, &format!("{}, {}", one.id, other.id));
    }
    if word == "as" && among(reading.word(at + 1), "many frequent common numerous often") {
        let mut before = reading.cues.iter().rev().filter(|cue| cue.to <= at);
        let first = match reading.word(at + 1) {
            "many" => label(at + 1, near.end)?,
            _ => before.find(|cue| LABELS.contains(&cue.topic))?,
        };
        let second = reading
            .cues
            .iter()
            .find(|cue| cue.from > first.to.max(at) && cue.from < near.end && LABELS.contains(&cue.topic))?;
        let (one, other) = (count(first.topic)?, count(second.topic)?);
        let counted = at
            .checked_sub(2)
            .and_then(|place| reading.tokens[place].amount().map(|amount| (place, amount.value)));
        let (times, loose) = match (reading.before(at, 1), counted) {
            ("twice", _) => (2.0, false),
            ("times", Some((place, times))) => (times, hedge(reading, place) != Hedge::None),
            _ => (1.0, false),
        };
        let miss = (one.number - times * other.number).abs();
        let holds = miss <= if loose { 0.12 * times * other.number } else { 1e-9 };
        return decided(holds, &format!("{}, {}", one.id, other.id));
    }
    if !news {
        return None;
    }
    let share = |topic: Topic| {
        Some((
            count(topic)?,
            count(topic)?.number / table.number("headlines").filter(|all| *all > 0.0)?,
        ))
    };
    let topic = label(at + 1, near.end)?.topic;
    if table.get("headlines").is_none()
        && among(
            word,
            "most majority mostly predominantly largely mainly all many several",
        )
    {
        return Some(Finding::unsupported(at, at + 1, ClaimKind::Count));
    }
    let (fact, share) = share(topic)?;
    // "the average score across all headlines is positive"
    let whole = among(word, "all every each")
        && among(reading.before(at, 1), "across over of for from")
        && reading.speaks_of(0, at, &[Topic::NetScore]);
    // "the forecast and the momentum are all positive"
    let things = word == "all"
        && among(reading.before(at, 1), "are were")
        && !reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines]);
    if whole || things {
        return None;
    }
    let holds = match word {
        "most" | "majority" | "mostly" | "predominantly" | "largely" | "mainly" => share > 0.5,
        "each" if reading.word(at + 1) == "other" => return None,
        "all" | "every" | "each" | "entirely" => share == 1.0,
        "none" | "no" => share == 0.0,
        "minority" => share < 0.5 && share > 0.0,
        "few" => share < 0.34,
        "many" if reading.before(at, 1) != "as" => share > 0.2,
        "some" | "several" => share > 0.0,
        _ => return None,
    };
    decided(holds, fact.id.as_ref())
}

/// Whether there are more of this label than of the opposite one.
fn prevails(table: &Table<'_>, label: Option<&Cue>) -> Option<(bool, String)> {
    let own = table.get(id(label?.topic)?)?;
    // Of good and bad, one outweighs the other, however many are neutral.
    let other = match own.id.as_ref() {
        "positive" => table.number("negative")?,
        "negative" => table.number("positive")?,
        _ => table.number("positive")?.max(table.number("negative")?),
    };
    let most = other < own.number;
    Some((most, own.id.to_string()))
}

/// "for every bad headline there were five good ones": one label, a number, another label.
fn each(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Finding> {
    let mut labels = reading.cues.iter().filter(|cue| LABELS.contains(&cue.topic));
    let (first, second) = (labels.next()?, labels.next()?);
    let (one, other) = (first.topic, second.topic);
    let opens = first.from.checked_sub(1)?;
    let unit = reading.tokens[opens].amount().map(|amount| amount.value) == Some(1.0);
    let leads = among(reading.before(opens, 1), "for to on per") || among(reading.word(opens), "per");
    if !(leads && (unit || among(reading.word(opens), "every each a one per"))) {
        return None;
    }
    let at = (first.to..second.from)
        .rev()
        .find(|place| reading.tokens[*place].amount().is_some())?;
    let times = reading.tokens[at].amount()?.value;
    let (few, many) = (table.number(id(one)?)?, table.number(id(other)?)?);
    let loose = if hedge(reading, at) == Hedge::None { 0.05 } else { 0.15 };
    let holds = few > 0.0 && (many / few - times).abs() <= loose * times;
    reading.spent[opens] = true;
    reading.spent[at] = true;
    let facts = format!("{}, {}", id(one)?, id(other)?);
    Some(Finding::decided(at, at + 1, ClaimKind::Count, holds, facts))
}

/// "good headlines outnumber bad ones five to one"
pub(super) fn odds(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Finding> {
    if let Some(finding) = each(reading, table) {
        return Some(finding);
    }
    let all = reading.tokens.len();
    if ![Topic::Positive, Topic::Negative]
        .iter()
        .all(|label| reading.speaks_of(0, all, &[*label]))
    {
        return None;
    }
    let pair = |place: &usize| reading.tokens[*place].amount().is_some() && reading.word(place + 1) == "to";
    let first = (0..all).find(pair)?;
    let value = |place: usize| match reading.tokens.get(place)? {
        token if token.word == "one" => Some(1.0),
        token => token.amount().map(|amount| amount.value),
    };
    let (one, other) = (
        value(first)?,
        value(first + 2).filter(|_| reading.word(first + 1) == "to")?,
    );
    let (positive, negative) = (table.number("positive")?, table.number("negative")?);
    reading.spent[first] = true;
    reading.spent[first + 2] = true;
    let near = |many: f64, few: f64| (many * other - few * one).abs() <= 0.05 * many * other;
    let holds = near(positive, negative) || near(negative, positive);
    Some(Finding::decided(
        first,
        first + 3,
        ClaimKind::Count,
        holds,
        "positive, negative",
    ))
}

/// "half of the paths end above the median", "four of five paths end inside the band".
fn of_paths(reading: &Reading<'_>, table: &Table<'_>, at: usize, share: f64) -> Finding {
    let level = (share * 100.0).round() as u32;
    let (from, to) = (at + 1, reading.tokens.len());
    if let Some((kept, all)) = table.get("paths_kept").zip(table.number("paths"))
        && reading.has(from, to, "used kept usable accepted valid")
    {
        let holds = (kept.number / all.max(1.0) - share).abs() <= 0.03;
        return Finding::decided(at, at + 1, ClaimKind::Count, holds, kept.id.as_ref());
    }
    let half =
        level == 50 && (reading.speaks_of(from, to, &[Topic::Median]) || !reading.speaks_of(from, to, &[Topic::Close]));
    let fact = match table.band(level) {
        Some((low, high)) => Some(format!("{}, {}", low.id, high.id)),
        None => table.get("median").filter(|_| half).map(|fact| fact.id.to_string()),
    };
    match fact {
        Some(fact) => Finding::decided(at, at + 1, ClaimKind::Count, true, fact),
        None => Finding::unsupported(at, at + 1, ClaimKind::Count),
    }
}

/// The fact that counts the things of a topic.
pub(super) fn id(topic: Topic) -> Option<&'static str> {
    Some(match topic {
        Topic::Positive => "positive",
        Topic::Negative => "negative",
        Topic::Neutral => "neutral",
        Topic::Headlines => "headlines",
        Topic::Paths => "paths",
        Topic::PathsKept => "paths_kept",
        Topic::Horizon => "horizon",
        Topic::Turns | Topic::Support | Topic::Resistance => "turns",
        Topic::InsideBand => "inside_band",
        _ => return None,
    })
}

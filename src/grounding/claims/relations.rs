//! Two figures or two topics beside each other: ranges ("between A and B"), distances ("2.8% above the last close"). A sentence
//! and a place in; the other end, or whether the distance is right, out.

use super::amounts::Mark;
use super::hedges::hedge;
use super::lists::among;
use super::reading::Reading;
use super::table::{Hedge, Table, class, is_currency_of, near};
use super::tokens::Kind;
use super::topics::{Class, Topic};
use crate::grounding::fact::Fact;
use crate::grounding::locale::Locale;

/// "a third below its high" may miss the true share by so many per cent.
const RATIO: f64 = 3.0;

/// The other end of the range that the number at `place` is an end of, and whether `place` is the first end.
pub(super) fn partner(reading: &Reading<'_>, place: usize) -> Option<(usize, bool)> {
    if let Some(next) = next(reading, place) {
        return Some((next, true));
    }
    let before = (place.saturating_sub(3)..place)
        .rev()
        .find(|at| reading.tokens[*at].amount().is_some())?;
    (next(reading, before) == Some(place)).then_some((before, false))
}

fn next(reading: &Reading<'_>, place: usize) -> Option<usize> {
    let own = reading.tokens[place].amount()?;
    let other = (place + 1..reading.tokens.len().min(place + 4)).find(|at| reading.tokens[*at].amount().is_some())?;
    let end = reading.tokens[other].amount()?;
    let fits = class(own) == class(end) || own.mark == Mark::None;
    let written = reading
        .text
        .get(reading.tokens[place].end..reading.tokens[other].start)?;
    let words: Vec<&str> = (place + 1..other).map(|at| reading.word(at)).collect();
    let words = words.join(" ");
    let gap = match reading.locale {
        Locale::De if !words.is_empty() => words.as_str(),
        _ => written.trim(),
    };
    let between = reading.has(place.saturating_sub(4), place, "between");
    let joined = matches!(
        gap,
        "-" | "–" | "—" | "to" | "through" | "up to" | "or" | "till" | "until"
    ) || between && matches!(gap, "and" | "and about" | "and roughly" | "and the")
        || gap == "and" && reading.has(other + 1, other + 6, "quantiles");
    (fits && joined).then_some(other)
}

/// The relation at `at`: whether it says above, and where it ends.
pub(super) fn relation(reading: &Reading<'_>, at: usize) -> Option<(bool, usize)> {
    let next = reading.word(at + 1);
    Some(match reading.word(at) {
        "above" | "over" | "beyond" | "exceeds" | "exceeding" | "exceed" | "tops" | "topping" | "surpasses"
        | "surpassed" | "exceeded" | "outpaces" => (true, at + 1),
        "below" | "under" | "beneath" | "underneath" | "undercuts" | "trails" | "trailing" => (false, at + 1),
        "higher" | "greater" | "more" if next == "than" => (true, at + 2),
        "lower" | "less" | "cheaper" if next == "than" => (false, at + 2),
        "north" if next == "of" => (true, at + 2),
        "south" | "short" | "shy" if next == "of" => (false, at + 2),
        _ => return None,
    })
}

/// Whether the number at `place` is the distance it claims to be ("2.8% above the last close", "$1.55 below its 50-day
/// average"), and the facts it lies between; `None` where it claims no distance.
pub(super) fn difference(
    reading: &Reading<'_>,
    table: &Table<'_>,
    place: usize,
    class: Class,
) -> Option<(bool, String)> {
    let ratio = match reading.tokens[place].amount()?.mark {
        Mark::Ratio(whole) if whole > 0.0 => Some(100.0 / whole),
        _ => None,
    };
    if class == Class::Bare && ratio.is_none() {
        return None;
    }
    if reading.word(place + 1) == "wide" && class == Class::Price {
        let (low, high) = table.get("low").zip(table.get("high"))?;
        let holds = near(
            high.number - low.number,
            reading.tokens[place].amount()?,
            hedge(reading, place),
        );
        return Some((holds, format!("{}, {}", low.id, high.id)));
    }
    let above = match (reading.word(place + 1), reading.word(place + 2)) {
        ("above" | "over" | "beyond", _) | ("higher" | "more", "than") | ("north", "of") => Some(true),
        ("below" | "under" | "beneath", _) | ("lower" | "less", "than") | ("short" | "shy" | "south", "of") => {
            Some(false)
        }
        ("to", "the") if class == Class::Price => return None,
        ("away", "from") | ("from" | "off", _) | ("to", "the") | ("apart", "from") => None,
        _ => return None,
    };
    // "4.3% above the former and 8.5% above the latter": of the two averages.
    if reading.is_at(place + 2, &["the", "former"]) || reading.is_at(place + 2, &["the", "latter"]) {
        let averages = ["sma_50", "sma_200"].into_iter().filter_map(|id| table.get(id));
        let last = table.get("last_close")?;
        let amount = reading.tokens[place].amount()?;
        let far = |fact: &&Fact| {
            let distance = (last.number / fact.number - 1.0) * 100.0;
            above.is_none_or(|above| above == (distance >= 0.0)) && near(distance, amount, hedge(reading, place))
        };
        let found = averages.clone().find(far);
        let fact = found.or_else(|| averages.clone().next())?;
        return Some((
            found.is_some() && class == Class::Percent,
            format!("{}, {}", last.id, fact.id),
        ));
    }
    // "4.7% less than today"
    if let Some(above) =
        above.filter(|_| among(reading.word(place + 3), "today now currently") && class == Class::Percent)
    {
        let last = table.get("last_close")?;
        let mut cues = reading.cues.iter().rev().filter(|cue| cue.to <= place);
        let fact = cues.find_map(|cue| price(table, cue.topic).filter(|fact| fact.id != last.id));
        let fact = fact.or_else(|| table.get("median"))?;
        let distance = (fact.number / last.number - 1.0) * 100.0;
        let holds = above == (distance > 0.0) && near(distance, reading.tokens[place].amount()?, hedge(reading, place));
        return Some((holds, format!("{}, {}", fact.id, last.id)));
    }
    let base = reading
        .cues
        .iter()
        .find(|cue| cue.from > place && cue.from <= place + 7 && takes_part(cue.topic, table))?;
    let pronoun = above.is_some() && among(reading.word(place + 2), "it that them");
    if pronoun {
        return None;
    }
    if base.topic == Topic::Forecast && base.from <= place + 2 {
        // "2.8% from the last close" is the forecast's own change.
        return None;
    }
    let gap = reading.has(place + 1, base.from, "and with while but after where")
        || (place + 1..base.from).any(|at| reading.word(at).is_empty());
    let amount = reading.tokens[place].amount()?;
    let loose = |distance: f64| ratio.is_some_and(|whole| (distance.abs() - amount.value * whole).abs() <= RATIO);
    if let Some(fact) = table
        .get("drawdown")
        .filter(|_| base.topic == Topic::Drawdown && ratio.is_some())
    {
        return Some((above != Some(true) && loose(fact.number), fact.id.to_string()));
    }
    let base_fact = price(table, base.topic)?;
    let (start, _) = reading.clause(place);
    // "Support lies at $95 (3.5% below the last close)": a bracket goes on about what stands before it.
    let start = if start > 1 && reading.tokens[start - 1].kind == Kind::Mark('(') {
        reading.clause(start - 2).0
    } else {
        start
    };
    let subject = reading
        .cues
        .iter()
        .rev()
        .filter(|cue| cue.to <= place && start <= cue.from && !is_base(reading, cue.from))
        .find_map(|cue| price(table, cue.topic).filter(|fact| fact.id != base_fact.id));
    let last = table.get("last_close");
    let subject = subject
        .or(last)
        .filter(|fact| fact.id != base_fact.id)
        .or_else(|| table.get("median").filter(|_| base_fact.id == "last_close"))?;
    if gap {
        return None;
    }
    let distance = match class {
        Class::Percent | Class::Bare => (subject.number / base_fact.number - 1.0) * 100.0,
        _ => subject.number - base_fact.number,
    };
    let side = above.is_none_or(|above| above == (distance >= 0.0));
    let holds = side
        && (loose(distance)
            || ratio.is_none() && near(distance, amount, hedge(reading, place))
            || ratio.is_none() && (distance.abs() - amount.value).abs() <= amount.step * 0.75);
    Some((holds, format!("{}, {}", subject.id, base_fact.id)))
}

/// Whether what is named at `at` is what something else lies above or below.
fn is_base(reading: &Reading<'_>, at: usize) -> bool {
    const SIDES: &str = "above over beyond below under beneath than of from";
    (at.saturating_sub(3)..at)
        .rev()
        .take_while(|place| reading.tokens[*place].is_word())
        .any(|place| among(reading.word(place), SIDES))
}

/// Two prices that the sentence names, or one of them and the last close, that lie as far apart as the amount at `place` says:
/// "it must rise 10% to reach resistance", "36 dollars of upside". `up` is the way that the words around it give.
pub(super) fn apart(reading: &Reading<'_>, table: &Table<'_>, place: usize, up: Option<bool>) -> Option<String> {
    let amount = reading.tokens[place].amount()?;
    let mut prices: Vec<&Fact> = table.get("last_close").into_iter().collect();
    for cue in &reading.cues {
        let band = matches!(
            cue.topic,
            Topic::Band | Topic::BandOf(_) | Topic::Upside | Topic::Downside
        );
        match table.limits(cue.topic).filter(|_| band) {
            Some((low, high)) => prices.extend([low, high]),
            None => prices.extend(price(table, cue.topic)),
        }
    }
    prices.dedup_by_key(|fact| fact.id.clone());
    let percent = match &amount.mark {
        Mark::Percent => true,
        Mark::Currency(written) if prices.iter().all(|fact| is_currency_of(fact, written)) => false,
        _ => return None,
    };
    let hedge = match hedge(reading, place) {
        Hedge::None if reading.has(place.saturating_sub(3), place, "just only mere") => Hedge::About,
        hedge => hedge,
    };
    for one in &prices {
        for other in prices.iter().filter(|other| other.id != one.id && other.number != 0.0) {
            let distance = one.number - other.number;
            let size = if percent {
                100.0 * distance / other.number
            } else {
                distance
            };
            if up.is_none_or(|up| up == (distance > 0.0)) && near(size, amount, hedge) {
                return Some(format!("{}, {}", one.id, other.id));
            }
        }
    }
    None
}

fn takes_part(topic: Topic, table: &Table<'_>) -> bool {
    price(table, topic).is_some() || topic == Topic::Drawdown
}

/// The price that a topic stands for.
pub(super) fn price<'e>(table: &Table<'e>, topic: Topic) -> Option<&'e Fact> {
    match topic {
        Topic::Forecast => table.get("median"),
        Topic::Mae | Topic::Rmse | Topic::LargestError | Topic::Naive | Topic::Band => None,
        _ => table.price_of(topic),
    }
}

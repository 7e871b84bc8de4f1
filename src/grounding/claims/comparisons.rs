//! Comparisons of things with things: a price above an average, a close inside the band, an overbought index, a cross. A
//! sentence in, one claim a comparison out.

use super::amounts::Mark;
use super::crossings::{broken, cross};
use super::finding::Finding;
use super::hypotheticals::{is_hypothetical, is_noun_of_move};
use super::lists::among;
use super::reading::{Cue, Reading};
use super::relations::{price, relation};
use super::table::Table;
use super::thresholds::index;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;
use crate::grounding::fact::Fact;

/// Judges the comparisons of a sentence.
pub(super) fn comparisons(reading: &Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    (0..reading.tokens.len())
        .filter_map(|at| {
            side(reading, table, at)
                .or_else(|| sizes(reading, table, at))
                .or_else(|| nearer(reading, table, at))
                .or_else(|| band(reading, table, at))
                .or_else(|| index(reading, table, at))
                .or_else(|| cross(reading, table, at))
                .or_else(|| broken(reading, table, at))
                .or_else(|| naive(reading, table, at))
        })
        .collect()
}

/// "the close lies above its 50-day average", "the median is below the last close".
fn side(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    if let Some(finding) = near_high(reading, table, at) {
        return Some(finding);
    }
    let (above, to) = relation(reading, at).filter(|_| !reading.spent[at])?;
    if reading.word(at) == "over"
        && reading.word(to) == "the"
        && matches!(reading.word(to + 1), "last" | "past" | "next")
        && !reading.speaks_of(to, to + 3, &[Topic::Close, Topic::Forecast])
    {
        return None;
    }
    let base = reading.cues.iter().find(|cue| cue.from >= to && cue.from <= to + 4)?;
    let filler = (to..base.from).all(|place| match &reading.tokens[place].kind {
        Kind::Mark(mark) => matches!(mark, ',' | '('),
        Kind::Number(_) => true,
        Kind::Word => among(
            reading.word(place),
            "the its a their both all every each any of simple key nearest nearby important long term short own that recent \
             current today's identified this known stock model's",
        ),
    });
    let share = (to..base.from).any(|place| {
        reading.tokens[place]
            .amount()
            .is_some_and(|amount| matches!(amount.mark, Mark::Ratio(_)))
    });
    let after_number = share || at > 0 && reading.tokens[at - 1].amount().is_some();
    // "over 30 trading days": a span, named by what it spans.
    let span = base.from == to && base.topic == Topic::Forecast && reading.tokens[to].amount().is_some();
    if !filler || span || after_number || is_hypothetical(reading, at) || is_noun_of_move(reading, at) {
        return None;
    }
    let denied = reading.has(at.saturating_sub(3), at, "not no never isn't wasn't neither nor");
    let (from, _) = reading.clause(at);
    let subject = reading
        .subject_before(at, from)
        .or_else(|| reading.subject_after(base.to));
    let topic = subject.map_or(Topic::Stock, |cue| cue.topic);
    if matches!(
        topic,
        Topic::Volatility
            | Topic::Rsi
            | Topic::NetScore
            | Topic::Headlines
            | Topic::Paths
            | Topic::PathsKept
            | Topic::Mae
            | Topic::Rmse
            | Topic::Naive
            | Topic::Cross
            | Topic::Mape
            | Topic::LargestError
            | Topic::Drawdown
    ) {
        return None;
    }
    let finding = |holds: bool, fact: String| {
        Some(Finding::decided(
            at,
            base.to,
            ClaimKind::Comparison,
            holds != denied,
            fact,
        ))
    };
    if base.topic == Topic::Drawdown {
        let fact = table.get("drawdown")?;
        return finding(
            if above { fact.number > 0.0 } else { fact.number < 0.0 },
            fact.id.to_string(),
        );
    }
    // "the expected return is greater than the costs of trading"
    if let (Topic::Costs, Topic::Forecast | Topic::Median) = (base.topic, topic) {
        let (gain, costs) = table.get("expected_return").zip(table.get("costs"))?;
        return finding(
            (gain.number > costs.number) == above,
            format!("{}, {}", gain.id, costs.id),
        );
    }
    let last = table.get("last_close")?;
    let subject = match topic {
        Topic::Band | Topic::BandOf(_) => table.limits(topic).map(|(low, high)| if above { low } else { high })?,
        Topic::Average(0) => {
            return averages(reading, table, at, base, above)
                .map(|(holds, facts)| Finding::decided(at, base.to, ClaimKind::Comparison, holds != denied, facts));
        }
        _ => price(table, topic).unwrap_or(last),
    };
    if base.topic == Topic::Average(0) {
        let averages: Vec<_> = ["sma_50", "sma_200"].iter().filter_map(|id| table.get(id)).collect();
        let both =
            reading.has(base.from, base.to, "averages smas") || reading.has(to, base.from, "every each all both");
        if averages.is_empty() {
            return Some(Finding::unsupported(at, base.to, ClaimKind::Comparison));
        }
        let is = |number: f64| {
            if above {
                subject.number > number
            } else {
                subject.number < number
            }
        };
        let holds = if both {
            averages.iter().all(|fact| is(fact.number))
        } else {
            averages.iter().any(|fact| is(fact.number))
        };
        return finding(holds, format!("{}, {}", subject.id, averages[0].id));
    }
    let other = match base.topic {
        Topic::Window(_)
        | Topic::Momentum
        | Topic::Rsi
        | Topic::Volatility
        | Topic::NetScore
        | Topic::Turns
        | Topic::Cross
        | Topic::Headlines
        | Topic::Paths
        | Topic::PathsKept => return None,
        Topic::Positive
        | Topic::Negative
        | Topic::Neutral
        | Topic::Mae
        | Topic::Rmse
        | Topic::Mape
        | Topic::Naive
        | Topic::RightDirection
        | Topic::LargestError
        | Topic::InsideBand
        | Topic::Horizon
        | Topic::TrueReturn => return None,
        Topic::Band | Topic::BandOf(_) => table
            .limits(base.topic)
            .map(|(low, high)| if above { high } else { low }),
        Topic::Stock if topic == Topic::Stock => return None,
        topic => price(table, topic),
    };
    let Some(other) = other else {
        return Some(Finding::unsupported(at, base.to, ClaimKind::Comparison));
    };
    if other.id == subject.id {
        return None;
    }
    let holds = if above {
        subject.number > other.number
    } else {
        subject.number < other.number
    };
    finding(holds, format!("{}, {}", subject.id, other.id))
}

/// "the week's loss is larger than the month's", "the month's gain dwarfs the day's": the sizes of two changes.
fn sizes(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let verb = among(
        word,
        "dwarfs dwarfed outweighs exceeds exceeded outstrips outstripped surpasses",
    );
    let larger = verb || among(word, "larger bigger greater stronger steeper more");
    if !larger && !among(word, "smaller milder weaker less gentler lower") {
        return None;
    }
    let than = if verb {
        at
    } else {
        (at + 1..reading.tokens.len().min(at + 4)).find(|place| reading.word(*place) == "than")?
    };
    let change = |cue: &Cue| match cue.topic {
        Topic::Window(1) => table.get("return_1d"),
        Topic::Window(5) => table.get("return_5d"),
        Topic::Window(21) => table.get("return_21d"),
        Topic::Momentum => table.get("momentum"),
        _ => None,
    };
    let (from, to) = reading.clause(at);
    let mut before = reading.cues.iter().rev().filter(|cue| cue.to <= at && cue.from >= from);
    let mut after = reading
        .cues
        .iter()
        .filter(|cue| cue.from > than && cue.to <= to.min(than + 6));
    let Some((one, other)) = before.find_map(change).zip(after.find_map(change)) else {
        return figures(reading, at, than, larger);
    };
    let holds = (one.number.abs() > other.number.abs()) == larger;
    let facts = format!("{}, {}", one.id, other.id);
    Some(Finding::decided(at, than + 1, ClaimKind::Comparison, holds, facts))
}

/// "$3.40 is larger than that to support, $6.15": two figures of a kind, each judged by itself elsewhere.
fn figures(reading: &Reading<'_>, at: usize, than: usize, larger: bool) -> Option<Finding> {
    let amount = |place: usize| reading.tokens[place].amount();
    let near = at.saturating_sub(6)..at;
    let one = near.rev().find_map(amount)?;
    let other = (than + 1..reading.tokens.len().min(than + 9)).find_map(amount)?;
    let marked = !matches!(one.mark, Mark::None | Mark::Ratio(_)) && one.mark == other.mark;
    let holds = (one.value > other.value) == larger;
    (marked && than > at).then(|| Finding::decided(at, than + 1, ClaimKind::Comparison, holds, "figures"))
}

/// "The close is nearer to support than to resistance": two distances from the last close.
fn nearer(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let than = (at + 1..reading.tokens.len().min(at + 9)).find(|place| reading.word(*place) == "than")?;
    if !among(reading.word(at), "nearer closer") || is_hypothetical(reading, at) {
        return None;
    }
    let last = table.get("last_close")?;
    let mut cues = reading.cues.iter().filter(|cue| cue.from > at);
    let level = |cue: &&Cue| matches!(cue.topic, Topic::Support | Topic::Resistance) && cue.to <= at;
    let one = match reading.cues.iter().find(level) {
        // "Support is closer than resistance"
        Some(cue) if than == at + 1 => price(table, cue.topic),
        _ => cues.find(|cue| cue.from < than).and_then(|cue| price(table, cue.topic)),
    }?;
    let other = cues
        .find(|cue| cue.from > than)
        .and_then(|cue| price(table, cue.topic))?;
    let far = |fact: &Fact| (fact.number - last.number).abs();
    let facts = format!("{}, {}", one.id, other.id);
    Some(Finding::decided(
        at,
        than,
        ClaimKind::Comparison,
        far(one) < far(other),
        facts,
    ))
}

/// "both averages lie below the price"
fn averages(reading: &Reading<'_>, table: &Table<'_>, at: usize, base: &Cue, above: bool) -> Option<(bool, String)> {
    let both = reading.has(0, at, "both averages smas") && !reading.has(0, at, "one");
    let other = price(table, base.topic).filter(|_| both)?;
    let all = [table.get("sma_50")?, table.get("sma_200")?];
    let holds = all.iter().all(|fact| (fact.number > other.number) == above);
    Some((holds, format!("sma_50, sma_200, {}", other.id)))
}

/// "near its high": within a few per cent of it.
fn near_high(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    const FEW: f64 = 5.0;
    let at_it = reading.word(at) == "at"
        && !reading.has(at.saturating_sub(4), at, "what when")
        && among(
            reading.before(at, 1),
            "is are was were trades trading sits stands closed close remains hovers stock shares",
        );
    let near = at_it || among(reading.word(at), "near nearing around") || reading.is_at(at, &["close", "to"]);
    let base = reading
        .cues
        .iter()
        .find(|cue| cue.topic == Topic::Drawdown && cue.from > at && cue.from <= at + 3)?;
    let number = (at..base.from).any(|place| reading.tokens[place].amount().is_some());
    if !near || number || is_hypothetical(reading, at) {
        return None;
    }
    let fact = table.get("drawdown")?;
    Some(Finding::decided(
        at,
        base.to,
        ClaimKind::Comparison,
        fact.number >= -FEW,
        "drawdown",
    ))
}

/// "inside the 80% band", "the band holds the last close", "between support and resistance".
fn band(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let last = table.get("last_close")?;
    let near = |from: usize, to: usize| {
        reading
            .cues
            .iter()
            .find(|cue| cue.from >= from && cue.from < to && matches!(cue.topic, Topic::Band | Topic::BandOf(_)))
    };
    if is_hypothetical(reading, at) {
        return None;
    }
    let (from, to) = reading.clause(at);
    let closes = reading.speaks_of(from, to, &[Topic::Close, Topic::Stock])
        && !reading.speaks_of(
            from,
            to,
            &[Topic::InsideBand, Topic::Median, Topic::Volatility, Topic::TrueClose],
        );
    if matches!(word, "within" | "inside" | "outside") && closes {
        let topic = near(at + 1, at + 5)?.topic;
        let (low, high) = table.limits(topic)?;
        let inside = (low.number..=high.number).contains(&last.number);
        return Some(Finding::decided(
            at,
            at + 1,
            ClaimKind::Comparison,
            inside == (word != "outside"),
            format!("last_close, {}, {}", low.id, high.id),
        ));
    }
    if among(
        word,
        "holds contains includes covers brackets straddles excludes spans encloses",
    ) && reading.speaks_of(at + 1, to, &[Topic::Close])
    {
        let topic = near(from, at)?.topic;
        let (low, high) = table.limits(topic)?;
        let inside = (low.number..=high.number).contains(&last.number);
        let denied = reading.has(at.saturating_sub(3), at, "not no");
        return Some(Finding::decided(
            at,
            at + 1,
            ClaimKind::Comparison,
            (inside == (word != "excludes")) != denied,
            format!("last_close, {}, {}", low.id, high.id),
        ));
    }
    let both = reading.speaks_of(at + 1, reading.tokens.len().min(at + 8), &[Topic::Support])
        && reading.speaks_of(at + 1, reading.tokens.len().min(at + 8), &[Topic::Resistance]);
    if word == "between" && both && closes {
        let holds = match (table.get("support"), table.get("resistance")) {
            (Some(low), Some(high)) => low.number < last.number && last.number < high.number,
            _ => return Some(Finding::unsupported(at, at + 1, ClaimKind::Comparison)),
        };
        return Some(Finding::decided(
            at,
            at + 1,
            ClaimKind::Comparison,
            holds,
            "support, resistance",
        ));
    }
    None
}

/// "the model beats the naive forecast".
fn naive(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let beats = match reading.word(at) {
        "beats" | "beat" | "outperforms" | "outperformed" => true,
        "loses" | "lost" | "trails" | "trailed" | "underperforms" | "underperformed" => false,
        _ => return None,
    };
    let (model, naive) = (table.get("mae")?, table.get("naive_mae")?);
    let spoken = reading.speaks_of(0, reading.tokens.len(), &[Topic::Naive]);
    let reversed = reading.cues.iter().any(|cue| cue.topic == Topic::Naive && cue.to == at);
    spoken.then(|| {
        Finding::decided(
            at,
            at + 1,
            ClaimKind::Comparison,
            (model.number < naive.number) == (beats != reversed),
            "mae, naive_mae",
        )
    })
}

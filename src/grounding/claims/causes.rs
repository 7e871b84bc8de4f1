//! Causes: "because", "driven by", "amid". A cause of a move is unsupported unless a headline tells it; a reason that consists
//! of the table's own topics ("cautious because the price lies below its average") rests on them. A sentence in, one claim a
//! cause out.

use std::sync::LazyLock;

use super::finding::Finding;
use super::hypotheticals::is_hypothetical;
use super::lists::{PARTING, Phrases, among};
use super::moves::way;
use super::reading::Reading;
use super::source::Source;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use super::vocabulary::is_plain;
use crate::grounding::claim::ClaimKind;

/// Phrases before a cause.
const BEFORE: &str = "because of, because, based on, due to, driven by, driven higher by, driven lower by, driven down by, driven up by, \
     amid, amidst, on the back of, thanks to, owing to, as a result of, as a consequence of, in consequence of, \
     caused by, fueled by, fuelled by, boosted by, lifted by, buoyed by, helped by, hurt by, hit by, weighed \
     down by, weighed on by, dragged down by, dragged lower by, dragged by, pulled down by, pushed up by, \
     pushed down by, pushed higher by, pushed lower by, propelled by, spurred by, triggered by, sparked by, \
     prompted by, pressured by, in response to, in reaction to, reacting to, in the wake of, on account of, \
     attributed to, attributable to, attribute to, stems from, stemming from, stemmed from, resulting from, \
     results from, resulted from, result of, underpinned by, explained by, led by, reflecting, reflects, \
     reflected, on concerns, on fears, on worries, on hopes, on news, on reports, on expectations, on optimism, \
     on speculation, on strong demand, on weak demand, as investors, as traders, as analysts, as buyers, as \
     sellers, as demand, as concerns, as customers, as markets, as worries, as the market, as fears, as sales, \
     as consumers, as competition, courtesy of, by virtue of, following the, following a, following strong, \
     following weak, following its, following news, following reports, after the company, after it reported, \
     after reporting, after announcing, after news, after reports, after strong, after weak, after \
     disappointing, after its earnings, after a, after an, after its, linked to, tied to, down to concerns, \
     traced to, traceable to, blamed on, on talk of, on talk that, on rumours, on rumors, lies in, is to blame, suffers from, suffered from, benefits from, benefited from, benefitted from, profits from, owes much to, owe much to, owed much to, owes a lot to, owed to, with investors reacting, on the heels of, in light of, sent lower by, \
     sent higher by, undermined by, supported by, brought about by, motivated by, rooted in, given the, given \
     its, given strong, given weak, given that, encouraged by, unsettled by, rattled by, spooked by, cheered \
     by, since investors, since the company, since demand, since customers, inspired by, mirroring, thanks in \
     part to, for fear of, out of concern, stoked by, aided by, responding to";

/// Phrases after a cause.
const AFTER: &str = "drove, is driving, are driving, has driven, have driven, caused, is causing, are causing, triggered, \
     sparked, fueled, fuelled, spurred, prompted, explains why, explain why, explains the, explain the, \
     explained the, is behind, are behind, was behind, were behind, is the reason, was the reason, led to, is \
     responsible for, was responsible for, are responsible for, were responsible for, weighed on, weigh on, \
     weighs on, is weighing on, are weighing on, pushed the, pulled the, dragged the, lifted the, boosted the, \
     sent the, contributed to, accounts for, hurt the, helped the, pushed up, pushed down, dragged down, \
     resulted in, brought about, hit the, propelled the, knocked the, is to blame for, are to blame for, lies behind, lie behind, underlie the, underlies the, buoyed the, \
     pressured the, put pressure on, put the";

/// The phrases, and whether they stand before the cause.
static MARKERS: LazyLock<Phrases<bool>> = LazyLock::new(|| Phrases::new([(true, BEFORE), (false, AFTER)]));

/// Judges the causes of a sentence.
pub(super) fn causes(reading: &Reading<'_>, table: &Table<'_>, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    while at < reading.tokens.len() {
        let found = MARKERS.at(|place| reading.word(at + place));
        let before = found.filter(|(before, _)| *before).map(|(_, length)| length);
        let after = found.filter(|(before, _)| !before).map(|(_, length)| length);
        if let Some(length) = before {
            // "Given the mixed signals, …": the cause ends at the comma.
            let comma = |place: &usize| at == 0 && reading.tokens[*place].kind == Kind::Mark(',');
            let end = end(reading, at + length);
            let end = (at + length..end).find(comma).unwrap_or(end);
            // Words of the phrase itself may be the cause: "as investors worry", "on strong demand".
            let from = if among(reading.word(at), "as on since after following given") {
                at + 1
            } else {
                at + length
            };
            findings.extend(judge(reading, table, source, at, from, end));
            at = end.max(at + 1);
        } else if let Some(length) = after {
            let (from, _) = reading.clause(at);
            findings.extend(effect(reading, table, source, from, at, at + length));
            at += length;
        } else {
            if let Some((from, to)) = told_cause(reading, table, at) {
                findings.extend(judge(reading, table, source, at, from, to));
            }
            at += 1;
        }
    }
    findings
}

/// What follows "as", "when" or "on" after a move and begins with a thing that no report on a price knows: "fell as oil prices
/// collapsed", "came on talk of a deal"; and what follows "the reason for the gain is".
fn told_cause(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<(usize, usize)> {
    const TIES: &str = "as when after on with once amid";
    let reason = among(
        reading.word(at),
        "reason reasons explanation cause causes trigger driver",
    );
    if reason {
        let is = (at + 1..reading.tokens.len().min(at + 9))
            .find(|place| among(reading.word(*place), "is are was were lies"))?;
        let moved = (at + 1..is).any(|place| way(reading.word(place)).is_some());
        return (moved && among(reading.word(at + 1), "for of behind")).then(|| (is + 1, end(reading, is + 1)));
    }
    if !among(reading.word(at), TIES) || !is_conjunction(reading, at) {
        return None;
    }
    let (start, _) = reading.clause(at);
    let moved = (start..at).any(|place| {
        let word = reading.word(place);
        way(word).is_some() && !among(word, "above below positive negative bearish bullish under lower higher up down flat stable steady strength weakness")
    }) || reading.has(start, at, "came comes came");
    let first = (at + 1..reading.tokens.len().min(at + 4))
        .take_while(|place| reading.tokens[*place].is_word())
        .find(|place| !among(reading.word(*place), "a an the some its their new more fresh"))?;
    let token = &reading.tokens[first];
    let currency = among(&token.word, "pound euro dollar yen franc") && reading.tokens[first - 1].amount().is_none();
    let known = is_plain(&token.word) && !currency
        || table.own.contains(&token.word)
        || token.word.ends_with("ly")
        || reading.cues.iter().any(|cue| cue.from <= first && first < cue.to);
    let thing = first + 1 < reading.tokens.len();
    (moved && !known && thing).then(|| (at + 1, end(reading, at + 1)))
}

/// Whether the tie at `at` is a conjunction: not "as of", "as well", "on Friday".
fn is_conjunction(reading: &Reading<'_>, at: usize) -> bool {
    let after = among(
        reading.word(at + 1),
        "of well such long soon far many much low high little few if though",
    );
    let before = among(reading.before(at, 1), "as such same just twice well far long soon");
    let named =
        matches!(reading.word(at), "on" | "with") && reading.tokens.get(at + 1).is_some_and(|token| token.capital);
    !(after || before || named)
}

fn end(reading: &Reading<'_>, from: usize) -> usize {
    (from..reading.tokens.len())
        .find(|place| {
            matches!(reading.tokens[*place].kind, Kind::Mark(';' | ':' | '—')) || among(reading.word(*place), PARTING)
        })
        .unwrap_or(reading.tokens.len())
}

/// A cause at the tokens `from..to`, after its phrase at `at`.
fn judge(
    reading: &Reading<'_>,
    table: &Table<'_>,
    source: &Source,
    at: usize,
    from: usize,
    to: usize,
) -> Option<Finding> {
    let loose = among(
        reading.word(at),
        "based reflecting reflects reflected after following given supported mirroring linked tied in",
    ) && !reading.is_at(at, &["in", "response", "to"]);
    let foreign = foreign(reading, from, to);
    if let Some(fact) = source.tells(reading, table, from, to) {
        return Some(Finding::decided(at, to, ClaimKind::Cause, true, fact));
    }
    let topic = reading.cues.iter().find(|cue| {
        cue.from >= from && cue.to <= to && cue.topic != Topic::Stock && !matches!(cue.topic, Topic::Window(_))
    });
    let (start, _) = reading.clause(at);
    let start = if start == at { 0 } else { start };
    let moved = (start..at).any(|place| {
        way(reading.word(place)).is_some()
            && !among(
                reading.word(place),
                "above below positive negative bearish bullish under lower higher",
            )
    });
    if foreign == 0
        && (topic.is_some()
            || loose
            || (from..to).any(|place| !reading.spent[place] && reading.tokens[place].amount().is_some()))
    {
        // A reason made of the table's topics. Of a move, it is still an invention.
        let judged = reading.has(
            start,
            at,
            "outlook forecast call stance view recommendation verdict caution cautious hold buy sell picture \
             model",
        ) || !moved;
        if judged || loose {
            return None;
        }
    }
    if loose && foreign == 0 {
        return None;
    }
    // "after a bruising week", "after a sharp rally": what came before, no cause.
    let head = reading.has(
        from,
        from + 4,
        "week month day session year weeks months days sessions run stretch spell start",
    ) || (from..to.min(from + 4)).any(|place| way(reading.word(place)).is_some());
    if head && foreign < 3 && among(reading.word(at), "after following reflecting reflects reflected") {
        return None;
    }
    Some(Finding::unsupported(at, to, ClaimKind::Cause))
}

/// A cause before its phrase: "weak demand drove the decline".
fn effect(
    reading: &Reading<'_>,
    table: &Table<'_>,
    source: &Source,
    from: usize,
    at: usize,
    to: usize,
) -> Option<Finding> {
    if from == at || is_hypothetical(reading, at) {
        return None;
    }
    if let Some(fact) = source.tells(reading, table, from, at) {
        return Some(Finding::decided(from, to, ClaimKind::Cause, true, fact));
    }
    let moved = reading.has(
        to.saturating_sub(1),
        to + 6,
        "stock share shares price decline rise move drop fall gain gains losses rally selloff slide slump \
             weakness strength advance sell increase decrease company downturn sentiment dip setback jump \
             climb recovery it momentum retreat lower higher performance surge year month week session",
    );
    let own = reading.tokens[to..]
        .iter()
        .take(4)
        .any(|token| table.own.contains(&token.word));
    (moved || own).then(|| Finding::unsupported(from, to, ClaimKind::Cause))
}

/// How many words of `from..to` no report on prices needs.
fn foreign(reading: &Reading<'_>, from: usize, to: usize) -> usize {
    (from..to)
        .filter(|place| reading.tokens[*place].is_word() && !is_plain(reading.word(*place)))
        .count()
}

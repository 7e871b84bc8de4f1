//! The thresholds of the relative strength index: overbought, oversold, neutral. A sentence and a place in, the claim there out.

use super::amounts::Mark;
use super::finding::Finding;
use super::hypotheticals::is_hypothetical;
use super::lists::among;
use super::reading::{Cue, Reading};
use super::table::Table;
use super::topics::{Class, Topic};
use crate::grounding::claim::ClaimKind;
use crate::grounding::locale::Locale;

/// Wilder's thresholds of the index (1978).
const OVERBOUGHT: f64 = 70.0;
const OVERSOLD: f64 = 30.0;

/// "shy of" a threshold begins this far before it.
const SHY: f64 = 20.0;

/// "close to overbought" begins this far before the threshold.
const NEAR: f64 = 8.0;

/// Overbought, oversold, neutral by the index.
pub(super) fn index(reading: &Reading<'_>, table: &Table<'_>, at: usize) -> Option<Finding> {
    let word = reading.word(at);
    let (from, to) = reading.clause(at);
    let neutral = matches!(word, "neutral" | "midrange")
        && reading.speaks_of(from, to, &[Topic::Rsi])
        && !reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines]);
    if !matches!(word, "overbought" | "oversold") && !neutral
        || is_hypothetical(reading, at) && !reading.has(at.saturating_sub(3), at, "neither or nor")
    {
        return None;
    }
    let spoken = reading.speaks_of(0, reading.tokens.len(), &[Topic::Rsi, Topic::Stock, Topic::Close])
        || reading.tokens.iter().any(|token| table.own.contains(&token.word))
        || at < 3;
    if !spoken || reading.has(at + 1, at + 5, "words terms labels notions") {
        return None;
    }
    // "70, where stocks count as overbought"
    let defined = reading.has(at.saturating_sub(5), at, "count counts regarded considered");
    if defined && reading.has(0, at, "where which") {
        return None;
    }
    // "a reading over 70 is overbought": what the word means.
    let mark = if word == "overbought" { OVERBOUGHT } else { OVERSOLD };
    let named = (at.saturating_sub(6)..at).any(|place| is_mark(reading, place, mark)) && is_rule(reading);
    if named {
        return None;
    }
    let Some(rsi) = table.get("rsi") else {
        return Some(Finding::unsupported(at, at + 1, ClaimKind::Comparison));
    };
    let far = if reading.locale == Locale::De { 7 } else { 4 };
    let threshold = reading.has(at + 1, at + 3, "threshold mark line boundary level limit")
        || far > 4 && reading.has(at.saturating_sub(far), at, "threshold mark line boundary");
    if threshold && reading.has(at.saturating_sub(far), at, "above below under over") {
        let above = reading.has(at.saturating_sub(far), at, "above over");
        let limit = if word == "overbought" { OVERBOUGHT } else { OVERSOLD };
        return Some(Finding::decided(
            at,
            at + 1,
            ClaimKind::Comparison,
            (rsi.number > limit) == above,
            "rsi",
        ));
    }
    let denied = reading.has(
        at.saturating_sub(5),
        at,
        "not neither nor no isn't aren't wasn't without far never",
    ) || (2..4)
        .any(|back| among(reading.before(at, back), "short shy") && reading.before(at, back - 1) == "of");
    // "shy of the overbought line"
    let shy = (2..4).any(|back| among(reading.before(at, back), "short shy"));
    let limit = if word == "overbought" { OVERBOUGHT } else { OVERSOLD };
    if shy && (rsi.number - limit).abs() > SHY {
        return Some(Finding::decided(at, at + 1, ClaimKind::Comparison, false, "rsi"));
    }
    let close = reading.has(
        at.saturating_sub(far),
        at,
        "near nearly almost approaching nearing towards toward near close",
    );
    let reach = if close { NEAR } else { 0.0 };
    let is = match word {
        "overbought" => rsi.number >= OVERBOUGHT - reach,
        "oversold" => rsi.number <= OVERSOLD + reach,
        _ => (OVERSOLD..OVERBOUGHT).contains(&rsi.number),
    };
    Some(Finding::decided(at, at + 1, ClaimKind::Comparison, is != denied, "rsi"))
}

/// Whether the number at `place` is a threshold that something lies beyond.
fn is_mark(reading: &Reading<'_>, place: usize, mark: f64) -> bool {
    let amount = reading.tokens[place].amount();
    amount.is_some_and(|amount| amount.value == mark && amount.mark == Mark::None)
        && (1..3).any(|back| among(reading.before(place, back), "above below over under than beyond at"))
}

/// Whether the sentence says what any index would mean and not what this one is.
fn is_rule(reading: &Reading<'_>) -> bool {
    let any = |cue: &Cue| cue.topic == Topic::Rsi && among(reading.before(cue.from, 1), "a an any");
    reading.cues.iter().any(any)
        || reading.has(
            0,
            reading.tokens.len(),
            "would readings values counts count regarded considered",
        )
}

/// "the overbought zone of 70", "the neutral 50", "far from both 30 and 70": whether what is said of a mark on the scale of the index holds;
/// `None` where the figure is no such mark.
pub(super) fn threshold(reading: &Reading<'_>, table: &Table<'_>, place: usize, class: Class) -> Option<bool> {
    let value = reading.tokens[place].amount().filter(|_| class == Class::Bare)?.value;
    let rsi = table.number("rsi")?;
    let before = |word: &'static str| reading.has(place.saturating_sub(5), place, word);
    let far = [OVERSOLD, OVERBOUGHT].contains(&value) && before("far") && !before("not");
    if far && reading.speaks_of(0, reading.tokens.len(), &[Topic::Rsi]) {
        return Some((rsi - value).abs() > NEAR);
    }
    let near = |words: &'static str| reading.has(place.saturating_sub(5), place + 8, words);
    let named = match value {
        OVERBOUGHT => near("overbought overheated"),
        OVERSOLD => near("oversold"),
        50.0 => near("neutral midline centre center middle midpoint"),
        _ => false,
    };
    let marked = is_rule(reading)
        || near(
            "far near close crossed zone line mark threshold level territory boundary against versus neutral midline",
        );
    (named && marked).then_some(true)
}

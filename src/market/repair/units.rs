//! Prices in another unit: pence for pounds, cents for rand, fils for dinars. A step near the factor between the units leads into a
//! block of such prices, and one back leads out. The level that holds most bars is taken for the right one.

use std::ops::Range;

use super::finding::{Finding, FindingKind, days};
use super::steps::log_returns;
use crate::market::series::Series;

/// The factors between units: a hundred everywhere, a thousand where the currency has so many parts.
const HUNDRED: f64 = 100.0;
const THOUSAND: f64 = 1_000.0;

/// Currencies whose exchanges quote in hundredths: pence, cents, agorot.
const IN_HUNDREDTHS: [&str; 3] = ["GBP", "ZAR", "ILS"];

/// Currencies of a thousand parts.
const IN_THOUSANDTHS: [&str; 7] = ["KWD", "BHD", "OMR", "JOD", "TND", "LYD", "IQD"];

/// A step counts as one between units within this distance of the factor's logarithm: a factor of 64 to 157 for a hundred. No
/// market moves so far in a day.
const NEAR: f64 = 0.45;

/// An open, high or low is in another unit within this distance from the close; a day's range is part of it.
const NEAR_CELL: f64 = 0.5;

/// Bars on either side of an event that can explain a step.
pub(super) const AROUND_EVENT: usize = 20;

/// A run of bars between two steps.
struct Segment {
    bars: Range<usize>,
    /// The factor's power that its prices have over those of the first segment.
    level: i32,
}

/// Rescales the blocks whose right level is certain, then single opens, highs and lows.
pub(super) fn mend(series: &mut Series, findings: &mut Vec<Finding>) {
    for factor in factors(series) {
        let segments = segments(series, factor);
        let Some(right) = right_level(series, factor, &segments) else {
            continue;
        };
        for segment in segments.iter().filter(|segment| segment.level != right) {
            let block = &mut series.bars[segment.bars.clone()];
            let too_high = segment.level > right;
            let (times, done) = scaling(factor, too_high);
            let level = if too_high {
                format!("{factor} times")
            } else {
                format!("1/{factor} of")
            };
            findings.push(Finding {
                kind: FindingKind::Unit,
                from: block.first().map(|bar| bar.date).unwrap_or_default(),
                to: block.last().map(|bar| bar.date).unwrap_or_default(),
                text: format!("the closes of {} are about {level} their neighbours", days(block)),
                done: Some(done),
            });
            for bar in block {
                bar.scale(times);
            }
        }
    }
    mend_cells(series, findings);
}

/// The steps between units that are left, because it is not certain which level is right.
pub(super) fn doubts(series: &Series, findings: &mut Vec<Finding>) {
    for factor in factors(series) {
        for segment in segments(series, factor).iter().skip(1) {
            let (before, bar) = (&series.bars[segment.bars.start - 1], &series.bars[segment.bars.start]);
            let times = bar.close / before.close;
            let change = if times > 1.0 {
                format!("{times:.1} times")
            } else {
                format!("1/{:.1} of", 1.0 / times)
            };
            findings.push(Finding {
                kind: FindingKind::Unit,
                from: before.date,
                to: bar.date,
                text: format!(
                    "the close of {} is {change} that of the day before, as in another unit, and the level before does not return",
                    bar.date
                ),
                done: None,
            });
        }
    }
}

/// Whether a step is one between units, by its log return.
pub(super) fn is_unit_step(series: &Series, step: f64) -> bool {
    factors(series).any(|factor| (step.abs() - factor.ln()).abs() <= NEAR)
}

fn factors(series: &Series) -> impl Iterator<Item = f64> + use<> {
    let thousand = IN_THOUSANDTHS.contains(&series.currency.as_str()).then_some(THOUSAND);
    std::iter::once(HUNDRED).chain(thousand)
}

/// The series cut at its steps near the factor; one segment where there is none. A step that a split explains does not cut.
fn segments(series: &Series, factor: f64) -> Vec<Segment> {
    let returns = log_returns(&series.bars);
    let mut segments = Vec::new();
    let (mut start, mut level) = (0, 0);
    for (at, step) in returns.iter().enumerate() {
        if (step.abs() - factor.ln()).abs() > NEAR || is_split(series, at, *step) {
            continue;
        }
        segments.push(Segment { bars: start..at, level });
        start = at;
        level += if *step > 0.0 { 1 } else { -1 };
    }
    segments.push(Segment {
        bars: start..series.bars.len(),
        level,
    });
    segments
}

fn is_split(series: &Series, at: usize, step: f64) -> bool {
    let from = series.bars[at.saturating_sub(AROUND_EVENT)].date;
    let last = series.bars.len().saturating_sub(1);
    let to = series.bars[last.min(at + AROUND_EVENT)].date;
    let near = |ratio: f64| (step.abs() - ratio.ln().abs()).abs() <= NEAR;
    let mut splits = series.events.splits.iter();
    splits.any(|split| (from..=to).contains(&split.date) && near(split.ratio))
}

/// The level of most bars, if it is certain that it is right: there are two levels, and the newest bars are at that one, or the
/// factor is known from the currency. Without that, a step that stays may be a split.
fn right_level(series: &Series, factor: f64, segments: &[Segment]) -> Option<i32> {
    let last = segments.last().filter(|_| segments.len() > 1)?.level;
    let lowest = segments.iter().map(|segment| segment.level).min()?;
    let highest = segments.iter().map(|segment| segment.level).max()?;
    if highest - lowest != 1 {
        return None;
    }
    let count = |level: i32| -> usize {
        let at_level = segments.iter().filter(|segment| segment.level == level);
        at_level.map(|segment| segment.bars.len()).sum()
    };
    let other = if last == lowest { highest } else { lowest };
    let right = if count(other) > count(last) { other } else { last };
    (right == last || is_known(&series.currency, factor)).then_some(right)
}

/// Whether prices in this currency are quoted in such parts of it.
fn is_known(currency: &str, factor: f64) -> bool {
    match factor {
        HUNDRED => IN_HUNDREDTHS.contains(&currency),
        _ => IN_THOUSANDTHS.contains(&currency),
    }
}

/// Opens, highs and lows in another unit than the close of their day.
fn mend_cells(series: &mut Series, findings: &mut Vec<Finding>) {
    for factor in factors(series) {
        let mut wrong = Vec::new();
        for bar in &mut series.bars {
            let before = *bar;
            for cell in [&mut bar.open, &mut bar.high, &mut bar.low] {
                let Some(price) = cell.as_mut() else { continue };
                let distance = (*price / before.close).ln();
                if (distance.abs() - factor.ln()).abs() <= NEAR_CELL {
                    *price *= if distance > 0.0 { 1.0 / factor } else { factor };
                }
            }
            if *bar != before {
                wrong.push(before);
            }
        }
        if let (Some(first), Some(last)) = (wrong.first(), wrong.last()) {
            findings.push(Finding {
                kind: FindingKind::Unit,
                from: first.date,
                to: last.date,
                text: format!(
                    "the open, high or low of {} is in another unit than the close",
                    days(&wrong)
                ),
                done: Some(format!("brought to the close's by the factor {factor}")),
            });
        }
    }
}

/// The factor that brings a block to the right level, and its words.
fn scaling(factor: f64, too_high: bool) -> (f64, String) {
    if too_high {
        (1.0 / factor, format!("divided by {factor}"))
    } else {
        (factor, format!("multiplied by {factor}"))
    }
}

//! Splits that an event names and the prices do not show where they should: not applied to the days before, applied on another
//! day than the event's, or applied twice. A step near the ratio, within twenty bars of the event, tells which.

use std::ops::Range;

use super::finding::{Finding, FindingKind, days, ratio};
use super::steps::{Evidence, log_returns, median, noise};
use super::units::AROUND_EVENT;
use crate::market::series::{Bar, Series, Split};

/// Splits with a smaller logarithm are not looked for: a move of 15 % is not rare.
const SMALLEST: f64 = 0.15;

/// A split is visible when it is at least so many times the usual day's move.
const VISIBLE: f64 = 5.0;

/// A step belongs to the split within so many times the usual day's move of its ratio, and within these bounds.
const NEAR: f64 = 3.0;
const NEAREST: f64 = 0.03;
const FARTHEST: f64 = 0.15;

/// Volumes are rescaled with the prices when that brings the days before and after a split closer; so many days are compared.
const VOLUME_DAYS: usize = 20;

/// Bars on either side of the event that are looked at: those with a step, and those that tell what is usual around them.
const LOOKED_AT: usize = 60;

/// A step of the size of the split.
#[derive(Clone, Copy)]
struct Candidate {
    at: usize,
    /// Whether it goes the way of a split that was not applied to the earlier prices.
    unapplied: bool,
}

/// Mends the prices around each split.
pub(super) fn mend(series: &mut Series, findings: &mut Vec<Finding>) {
    for split in series.events.splits.clone() {
        let size = split.ratio.ln();
        if !size.is_finite() || size.abs() < SMALLEST {
            continue;
        }
        let at = series.bars.partition_point(|bar| bar.date < split.date);
        findings.extend(mend_one(&mut series.bars, &split, at));
    }
}

fn mend_one(bars: &mut [Bar], split: &Split, event: usize) -> Option<Finding> {
    let (range, times, text) = wrong_days(bars, split, event)?;
    let block = &mut bars[range.clone()];
    let finding = Finding {
        kind: FindingKind::Split,
        from: block.first()?.date,
        to: block.last()?.date,
        text,
        done: Some(format!("their prices were multiplied by {}", figure(times))),
    };
    for bar in block {
        bar.scale(times);
    }
    rescale_volumes(bars, range, times);
    Some(finding)
}

/// The bars at a wrong level, what to multiply them by, and what is wrong.
fn wrong_days(bars: &[Bar], split: &Split, event: usize) -> Option<(Range<usize>, f64, String)> {
    let start = event.saturating_sub(LOOKED_AT);
    let near = &bars[start..bars.len().min(event + LOOKED_AT)];
    let returns = log_returns(near);
    let candidates = candidates(&returns, split.ratio.ln(), event - start);
    let distance = |candidate: &&Candidate| (start + candidate.at).abs_diff(event);
    let nearest = candidates.iter().min_by_key(distance)?;
    let others = candidates.iter().filter(|other| other.unapplied != nearest.unapplied);
    let of = format!("the {} split of {}", ratio(split.ratio), split.date);
    if let Some(back) = others.min_by_key(distance) {
        // Between the two steps, days after the split were treated as days before it, or the other way round.
        let first = if nearest.at < back.at { nearest } else { back };
        let range = start + first.at..start + nearest.at.max(back.at);
        let times = if first.unapplied {
            split.ratio
        } else {
            1.0 / split.ratio
        };
        let text = format!(
            "{of} does not show on its day: the closes of {} are about {} times their neighbours",
            days(&bars[range.clone()]),
            figure(1.0 / times)
        );
        return Some((range, times, text));
    }
    let at = start + nearest.at;
    let on_the_day = at.abs_diff(event) <= 1;
    let day = bars[at].date;
    if nearest.unapplied && (on_the_day || Evidence::of(near, &returns, nearest.at).is_quiet()) {
        let text = format!("{of} is missing from the closes before {day}");
        Some((0..at, 1.0 / split.ratio, text))
    } else if on_the_day && !nearest.unapplied {
        let text = format!("{of} was applied twice to the closes before {day}");
        Some((0..at, split.ratio, text))
    } else {
        None
    }
}

/// The steps near the split's size, at most twenty bars from its day.
fn candidates(returns: &[f64], size: f64, event: usize) -> Vec<Candidate> {
    let from = event.saturating_sub(AROUND_EVENT).max(1);
    let until = returns.len().min(event + AROUND_EVENT + 1);
    (from..until)
        .filter_map(|at| {
            let noise = noise(returns, at);
            let near = (NEAR * noise).clamp(NEAREST, FARTHEST);
            let is_near = (returns[at].abs() - size.abs()).abs() <= near && size.abs() >= VISIBLE * noise;
            is_near.then_some(Candidate {
                at,
                unapplied: returns[at] * size < 0.0,
            })
        })
        .collect()
}

/// Share counts of a split go the other way than its prices. Sources adjust them or not, whatever they do with prices.
fn rescale_volumes(bars: &mut [Bar], range: Range<usize>, times: f64) {
    let usual = |bars: &[Bar]| {
        let mut volumes: Vec<f64> = bars
            .iter()
            .filter_map(|bar| bar.volume.map(|shares| shares as f64))
            .collect();
        median(&mut volumes).filter(|shares| *shares > 0.0)
    };
    let end = range.end;
    let before = usual(&bars[range.start.max(end.saturating_sub(VOLUME_DAYS))..end]);
    let after = usual(&bars[end..bars.len().min(end + VOLUME_DAYS)]);
    let Some((before, after)) = before.zip(after) else {
        return;
    };
    let distance = (after / before).ln();
    if (distance + times.ln()).abs() >= distance.abs() {
        return;
    }
    for bar in &mut bars[range] {
        bar.volume = bar.volume.map(|shares| (shares as f64 / times).round() as u64);
    }
}

fn figure(times: f64) -> String {
    if times < 1.0 && times > 0.0 {
        format!("1/{}", figure(1.0 / times))
    } else if (times - times.round()).abs() < 1e-6 * times {
        format!("{times:.0}")
    } else {
        format!("{times:.4}")
    }
}

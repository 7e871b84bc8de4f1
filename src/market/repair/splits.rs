//! Splits that an event names and the prices do not show where they should: not applied to the days before, applied on another
//! day than the event's, or applied twice. A step near the ratio, within twenty bars of the event, tells which.

use super::finding::{Finding, FindingKind, days, ratio};
use super::steps::{Evidence, log_returns, median, noise};
use super::units::{AROUND_EVENT, scale};
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
    let returns = log_returns(bars);
    let candidates = candidates(&returns, split.ratio.ln(), event);
    let nearest = *candidates.iter().min_by_key(|candidate| candidate.at.abs_diff(event))?;
    let back = candidates
        .iter()
        .filter(|candidate| candidate.unapplied != nearest.unapplied)
        .min_by_key(|candidate| candidate.at.abs_diff(event));
    let of = format!("the {} split of {}", ratio(split.ratio), split.date);
    let (range, times, text) = if let Some(back) = back {
        // Between the two steps the split was applied to days after it, or not applied to days before it.
        let (first, second) = if nearest.at < back.at {
            (nearest, *back)
        } else {
            (*back, nearest)
        };
        let range = first.at..second.at;
        let block = days(&bars[range.clone()]);
        if first.unapplied {
            (
                range,
                split.ratio,
                format!("{of} was applied to {block}, which are days after it"),
            )
        } else {
            (
                range,
                1.0 / split.ratio,
                format!("{of} was not applied to {block}, which are days before it"),
            )
        }
    } else {
        let on_the_day = nearest.at.abs_diff(event) <= 1;
        let day = bars[nearest.at].date;
        if nearest.unapplied {
            if !on_the_day && !Evidence::of(bars, &returns, nearest.at).is_quiet() {
                return None;
            }
            (
                0..nearest.at,
                1.0 / split.ratio,
                format!("{of} is missing from the closes before {day}"),
            )
        } else if on_the_day {
            (
                0..nearest.at,
                split.ratio,
                format!("{of} was applied twice to the closes before {day}"),
            )
        } else {
            return None;
        }
    };
    let block = &mut bars[range.clone()];
    let finding = Finding {
        kind: FindingKind::Split,
        from: block.first()?.date,
        to: block.last()?.date,
        text,
        done: Some(format!("their prices were multiplied by {}", figure(times))),
    };
    for bar in block {
        scale(bar, times);
    }
    rescale_volumes(bars, range.end, times);
    Some(finding)
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
fn rescale_volumes(bars: &mut [Bar], end: usize, times: f64) {
    let usual = |bars: &[Bar]| {
        let mut volumes: Vec<f64> = bars
            .iter()
            .filter_map(|bar| bar.volume.map(|shares| shares as f64))
            .collect();
        median(&mut volumes).filter(|shares| *shares > 0.0)
    };
    let before = usual(&bars[end.saturating_sub(VOLUME_DAYS)..end]);
    let after = usual(&bars[end..bars.len().min(end + VOLUME_DAYS)]);
    let Some((before, after)) = before.zip(after) else {
        return;
    };
    let distance = (after / before).ln();
    if (distance + times.ln()).abs() >= distance.abs() {
        return;
    }
    for bar in &mut bars[..end] {
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

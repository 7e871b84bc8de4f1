//! Rows that no market wrote: prices of zero, below zero or without a number, and rows that repeat the row before. They are left
//! out.

use super::finding::{Finding, FindingKind, days};
use crate::market::series::Bar;

/// Two rows with the same volume in shares of at least this many are copies even where the price did not move within the day; a
/// small volume repeats by chance.
const TELLING_VOLUME: u64 = 10_000;

/// Prices that differ by less than this share of them are the same: adjusted closes are rounded to seven digits.
pub(super) const SAME: f64 = 1e-6;

/// Leaves out closes that are no price, and empties opens, highs and lows that are none.
pub(super) fn drop_impossible(bars: &mut Vec<Bar>, findings: &mut Vec<Finding>) {
    let is_price = |price: f64| price.is_finite() && price > 0.0;
    let (kept, dropped): (Vec<Bar>, Vec<Bar>) = bars.iter().copied().partition(|bar| is_price(bar.close));
    if !dropped.is_empty() {
        *bars = kept;
        findings.push(told(&dropped, "the close of", "is no price above zero", "left out"));
    }
    let mut emptied = Vec::new();
    for bar in bars.iter_mut() {
        let before = *bar;
        for cell in [&mut bar.open, &mut bar.high, &mut bar.low] {
            *cell = cell.filter(|price| is_price(*price));
        }
        if (before.open, before.high, before.low) != (bar.open, bar.high, bar.low) {
            emptied.push(before);
        }
    }
    if !emptied.is_empty() {
        let wrong = "is no price above zero";
        findings.push(told(
            &emptied,
            "the open, high or low of",
            wrong,
            "that figure was left out",
        ));
    }
}

/// Leaves out each row that is a copy of the row before.
pub(super) fn drop_copies(bars: &mut Vec<Bar>, findings: &mut Vec<Finding>) {
    let mut copies = Vec::new();
    let mut kept: Vec<Bar> = Vec::with_capacity(bars.len());
    for bar in bars.iter() {
        match kept.last() {
            Some(last) if is_copy(last, bar) => copies.push(*bar),
            _ => kept.push(*bar),
        }
    }
    if copies.is_empty() {
        return;
    }
    // Rows that follow each other in the series are told together.
    let mut run: Vec<Bar> = Vec::new();
    let mut at = 0;
    for bar in bars.iter() {
        if copies.get(at).is_some_and(|copy| copy.date == bar.date) {
            run.push(*bar);
            at += 1;
        } else if !run.is_empty() {
            findings.push(copied(&run));
            run.clear();
        }
    }
    if !run.is_empty() {
        findings.push(copied(&run));
    }
    *bars = kept;
}

fn copied(run: &[Bar]) -> Finding {
    Finding {
        kind: FindingKind::Copied,
        ..told(
            run,
            "the row of",
            "repeats the row before in every price and the volume",
            "left out",
        )
    }
}

/// Whether every figure repeats, among them some that do not repeat by chance.
fn is_copy(one: &Bar, other: &Bar) -> bool {
    let same = |a: f64, b: f64| (a - b).abs() <= SAME * a;
    let cell = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    let equal = same(one.close, other.close)
        && cell(one.open, other.open)
        && cell(one.high, other.high)
        && cell(one.low, other.low)
        && one.volume == other.volume;
    equal && (moved(one) || one.volume.is_some_and(|shares| shares >= TELLING_VOLUME))
}

/// Whether the price moved within the day.
pub(super) fn moved(bar: &Bar) -> bool {
    bar.high
        .zip(bar.low)
        .is_some_and(|(high, low)| high > low * (1.0 + SAME))
}

fn told(bars: &[Bar], what: &str, wrong: &str, done: &str) -> Finding {
    let (from, to) = (bars.first(), bars.last());
    Finding {
        kind: FindingKind::Impossible,
        from: from.map(|bar| bar.date).unwrap_or_default(),
        to: to.map(|bar| bar.date).unwrap_or_default(),
        text: format!("{what} {} {wrong}", days(bars)),
        done: Some(done.to_owned()),
    }
}

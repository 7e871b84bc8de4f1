//! What looks wrong and cannot be mended, because the right prices are not known: steps near the ratio of a split that no event
//! names, copied blocks, dividends larger than the price, gaps, frozen prices. The bars stay as they are.

use std::collections::HashMap;

use super::finding::{Finding, FindingKind, days, ratio};
use super::rows::{SAME, moved};
use super::steps::{Evidence, log_returns, noise};
use super::units;
use crate::market::calendar::next_trading_days;
use crate::market::series::{Bar, Series};

/// The usual ratios of splits, new shares for one old, and of reverse splits, old for one new.
const SPLITS: [f64; 9] = [1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 8.0, 10.0, 20.0];
const REVERSE_SPLITS: [f64; 14] = [
    2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 50.0,
];

/// A step must be at least so many times the usual day's move.
const STANDS_OUT: f64 = 10.0;

/// How near a step must be to the ratio: so many times the usual day's move, and never farther than the second figure. Volumes and
/// ranges, or a step back, leave room for the day's own move; days that follow, less; nothing but the close itself, hardly any.
const NEAR_TELLING: (f64, f64) = (2.5, 0.08);
const NEAR_WITH_AFTER: (f64, f64) = (1.0, 0.03);
const NEAR_ALONE: (f64, f64) = (0.5, 0.01);

/// Without any of these, only steps near these ratios and larger ones are looked for: stocks do fall by a third in a day, and
/// they do double.
const LEAST_FALL: f64 = 2.0;
const LEAST_RISE: f64 = 3.0;

/// Bars within which the level must stay, or within which it returns by the same ratio.
const STAYS: usize = 5;
const RETURNS: usize = 20;

/// More trading days than this without a bar are a gap.
const LONGEST_PAUSE: usize = 10;

/// Gaps are counted up to this many days.
const COUNTED: usize = 400;

/// So many bars at one price are frozen.
const FROZEN: usize = 15;

/// A block is copied when so many rows in a row repeat earlier ones; of closes only, so many of at least so many different ones.
const COPIED: usize = 3;
const COPIED_CLOSES: usize = 10;
const DIFFERENT: usize = 5;

/// Adds everything that is not certain.
pub(super) fn find(series: &Series, findings: &mut Vec<Finding>) {
    units::doubts(series, findings);
    steps(series, findings);
    copied_blocks(&series.bars, findings);
    dividends(series, findings);
    gaps(series, findings);
    frozen(&series.bars, findings);
}

/// Prices that no mending settles.
pub(super) fn unsettled(bars: &[Bar]) -> Option<Finding> {
    Some(Finding {
        kind: FindingKind::Step,
        from: bars.first()?.date,
        to: bars.last()?.date,
        text: format!(
            "the closes of {} jump between levels so often that they cannot be mended",
            days(bars)
        ),
        done: None,
    })
}

fn steps(series: &Series, findings: &mut Vec<Finding>) {
    let bars = &series.bars;
    let returns = log_returns(bars);
    for (at, &step) in returns.iter().enumerate() {
        let Some(near) = unnamed_split(bars, &returns, at).filter(|_| !units::is_unit_step(series, step)) else {
            continue;
        };
        findings.push(Finding {
            kind: FindingKind::Step,
            from: bars[at - 1].date,
            to: bars[at].date,
            text: format!(
                "the close of {} is {:.3} times that of the day before, near a {} split that the source does not name",
                bars[at].date,
                step.exp(),
                ratio(near)
            ),
            done: None,
        });
    }
}

/// The ratio of the split that the step into a bar looks like. Every piece of evidence that there is must speak for a split.
fn unnamed_split(bars: &[Bar], returns: &[f64], at: usize) -> Option<f64> {
    let step = returns[at];
    if step.abs() < 0.3 {
        return None;
    }
    let noise = noise(returns, at);
    let comes_back = comes_back(returns, at, noise);
    if step.abs() < STANDS_OUT * noise || !(comes_back || stays(returns, at)) {
        return None;
    }
    let evidence = Evidence::of(bars, returns, at);
    if !evidence.is_quiet() {
        return None;
    }
    let is_telling = evidence.knows_day() || comes_back;
    let (times, farthest) = match evidence.times_after {
        _ if is_telling => NEAR_TELLING,
        Some(_) => NEAR_WITH_AFTER,
        None => NEAR_ALONE,
    };
    let near = (times * noise).min(farthest);
    let (ratios, least) = if step < 0.0 {
        (&SPLITS[..], LEAST_FALL)
    } else {
        (&REVERSE_SPLITS[..], LEAST_RISE)
    };
    let mut looked_for = ratios.iter().filter(|ratio| is_telling || **ratio >= least);
    let found = looked_for.find(|ratio| (ratio.ln() - step.abs()).abs() <= near)?;
    Some(if step < 0.0 { *found } else { 1.0 / found })
}

/// Whether the level after a step is nearer to the new one than to the old one.
fn stays(returns: &[f64], at: usize) -> bool {
    let after = &returns[at + 1..returns.len().min(at + 1 + STAYS)];
    after.iter().sum::<f64>().abs() < returns[at].abs() / 2.0
}

/// Whether a step of the same size leads back.
fn comes_back(returns: &[f64], at: usize, noise: f64) -> bool {
    let after = &returns[at + 1..returns.len().min(at + 1 + RETURNS)];
    after.iter().any(|back| (back + returns[at]).abs() <= 2.0 * noise)
}

/// Blocks of rows that repeat earlier rows in every figure.
fn copied_blocks(bars: &[Bar], findings: &mut Vec<Finding>) {
    let key = |bar: &Bar| {
        let bits = |price: Option<f64>| price.map_or(0, f64::to_bits);
        [
            bits(bar.open),
            bits(bar.high),
            bits(bar.low),
            bar.close.to_bits(),
            bar.volume.unwrap_or(0),
        ]
    };
    let mut seen: HashMap<[u64; 5], usize> = HashMap::new();
    let mut run = 0..0;
    let mut distance = 0;
    for (at, bar) in bars.iter().enumerate() {
        let earlier = seen.insert(key(bar), at).map(|before| at - before);
        if earlier == Some(distance) {
            run.end = at + 1;
            continue;
        }
        findings.extend(copied_block(bars, run.clone(), distance));
        distance = earlier.unwrap_or(0);
        run = at..if distance > 1 { at + 1 } else { at };
    }
    findings.extend(copied_block(bars, run, distance));
}

fn copied_block(bars: &[Bar], run: std::ops::Range<usize>, distance: usize) -> Option<Finding> {
    let block = &bars[run.clone()];
    let full = block.iter().filter(|bar| moved(bar) && bar.volume.is_some()).count();
    let mut closes: Vec<u64> = block.iter().map(|bar| bar.close.to_bits()).collect();
    closes.sort_unstable();
    closes.dedup();
    let is_copied = full >= COPIED || (block.len() >= COPIED_CLOSES && closes.len() >= DIFFERENT);
    // A longer run is a series with a period: made up, but not copied.
    let last = block.last().filter(|_| is_copied && block.len() <= distance)?;
    Some(Finding {
        kind: FindingKind::Copied,
        from: bars[run.start - distance].date,
        to: last.date,
        text: format!(
            "the rows of {} repeat those from {} on in every figure",
            days(block),
            bars[run.start - distance].date
        ),
        done: None,
    })
}

fn dividends(series: &Series, findings: &mut Vec<Finding>) {
    let (Some(first), Some(last)) = (series.bars.first(), series.bars.last()) else {
        return;
    };
    for paid in series.events.between(first.date, last.date).dividends {
        if paid.of_price >= 1.0 {
            findings.push(Finding {
                kind: FindingKind::Dividend,
                from: paid.date,
                to: paid.date,
                text: format!(
                    "the dividend of {} is {:.2} times the close before it, so the adjusted closes before are wrong",
                    paid.date, paid.of_price
                ),
                done: None,
            });
        }
    }
}

fn gaps(series: &Series, findings: &mut Vec<Finding>) {
    for pair in series.bars.windows(2) {
        let (from, to) = (pair[0].date, pair[1].date);
        if (to - from).num_days() <= LONGEST_PAUSE as i64 {
            continue;
        }
        let between = usize::try_from((to - from).num_days()).unwrap_or(COUNTED).min(COUNTED);
        let missing = next_trading_days(series, from, between).dates;
        let missing = missing.iter().filter(|day| **day < to).count();
        if missing > LONGEST_PAUSE {
            let more = if missing == COUNTED { "at least " } else { "" };
            findings.push(Finding {
                kind: FindingKind::Gap,
                from,
                to,
                text: format!("{more}{missing} trading days between {from} and {to} have no bar"),
                done: None,
            });
        }
    }
}

fn frozen(bars: &[Bar], findings: &mut Vec<Finding>) {
    let same = |one: &Bar, other: &Bar| (one.close - other.close).abs() <= SAME * one.close;
    for run in bars.chunk_by(same) {
        if run.len() >= FROZEN && !is_traded(run) {
            findings.push(Finding {
                kind: FindingKind::Frozen,
                from: run[0].date,
                to: run[run.len() - 1].date,
                text: format!(
                    "the close of {} is always the same, without a sign of trading",
                    days(run)
                ),
                done: None,
            });
        }
    }
}

/// Whether most of the days show trading: a range, or a volume of their own.
fn is_traded(run: &[Bar]) -> bool {
    let own_volume = |pair: &[Bar]| pair[1].volume.is_some_and(|shares| shares > 0) && pair[0].volume != pair[1].volume;
    let traded = run
        .windows(2)
        .filter(|pair| moved(&pair[1]) || own_volume(pair))
        .count();
    traded * 2 > run.len()
}

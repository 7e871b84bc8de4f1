//! Steps between two closes, and what tells a step of the data from a move of the market: how large it is against the usual day,
//! whether the day itself was an unusual one, and what followed.

use crate::market::series::Bar;

/// Days on either side from which the usual size of a day's move is read.
const AROUND: usize = 30;

/// Days before, and days after, that a day is compared with.
const BEFORE: usize = 20;
const AFTER: usize = 10;

/// Fewer days than this tell nothing about what is usual.
const FEWEST: usize = 3;

/// The smallest usual move that is reckoned with, and the one where too few days are known.
const LEAST_NOISE: f64 = 0.005;
const USUAL_NOISE: f64 = 0.02;

/// The day of a crash has more than so many times the usual turnover, or the usual range. A split changes neither.
const LOUD_TURNOVER: f64 = 3.0;
const LOUD_RANGE: f64 = 2.5;

/// After a crash the days move more than so many times as far as before. After a split they do not. Where the day itself was quiet,
/// more is needed, because volatility also rises by itself.
const LOUD_AFTER: f64 = 1.7;
const LOUD_AFTER_A_QUIET_DAY: f64 = 3.0;

/// The log return of each day; 0 for the first.
pub(super) fn log_returns(bars: &[Bar]) -> Vec<f64> {
    let first = bars.first().map(|_| 0.0);
    first
        .into_iter()
        .chain(bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()))
        .collect()
}

/// The usual size of a day's log return around a day, that day left out: a robust standard deviation, 1.4826 times the median of
/// the absolute returns (Rousseeuw and Croux, 1993). Days without a move say nothing about those with one.
pub(super) fn noise(returns: &[f64], at: usize) -> f64 {
    let from = at.saturating_sub(AROUND).max(1);
    let until = returns.len().min(at + AROUND + 1);
    let others = (from..until).filter(|&day| day != at);
    let mut sizes: Vec<f64> = others
        .map(|day| returns[day].abs())
        .filter(|size| *size > 0.0)
        .collect();
    match median(&mut sizes) {
        Some(median) if sizes.len() >= 2 * FEWEST => (1.4826 * median).max(LEAST_NOISE),
        _ => USUAL_NOISE,
    }
}

/// What is known about the day of a step. Each is `None` where the series cannot tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    /// Whether the turnover was usual for a split: about the same in shares or in money.
    pub(super) quiet_turnover: Option<bool>,
    /// Whether the day's range was usual and the step lies between the two days.
    pub(super) quiet_day: Option<bool>,
    /// How many times as far as before the days after it moved.
    pub(super) times_after: Option<f64>,
}

impl Evidence {
    /// The evidence about the step into the bar at `at`.
    pub(super) fn of(bars: &[Bar], returns: &[f64], at: usize) -> Self {
        Self {
            quiet_turnover: quiet_turnover(bars, returns, at),
            quiet_day: quiet_day(bars, returns, at),
            times_after: times_after(returns, at),
        }
    }

    /// Whether nothing speaks for a move of the market.
    pub(super) fn is_quiet(&self) -> bool {
        let loud = if self.knows_day() {
            LOUD_AFTER_A_QUIET_DAY
        } else {
            LOUD_AFTER
        };
        self.quiet_turnover != Some(false)
            && self.quiet_day != Some(false)
            && self.times_after.is_none_or(|times| times <= loud)
    }

    /// Whether the day itself is known: its turnover and its range.
    pub(super) fn knows_day(&self) -> bool {
        self.quiet_turnover.is_some() && self.quiet_day.is_some()
    }
}

/// With a split, the source's volumes are either as traded, so that the money turned over stays, or adjusted, so that the shares
/// stay. In a crash both rise.
fn quiet_turnover(bars: &[Bar], returns: &[f64], at: usize) -> Option<bool> {
    let shares = |bar: &Bar| bar.volume.filter(|&shares| shares > 0).map(|shares| shares as f64);
    let mut before: Vec<f64> = bars[at.saturating_sub(BEFORE)..at].iter().filter_map(shares).collect();
    // Volumes that are always the same were made up.
    if before.len() < FEWEST || before.iter().all(|shares| *shares == before[0]) {
        return None;
    }
    let usual = median(&mut before)?;
    let times = shares(&bars[at])? / usual;
    Some(times.min(times * returns[at].exp()) <= LOUD_TURNOVER)
}

fn quiet_day(bars: &[Bar], returns: &[f64], at: usize) -> Option<bool> {
    let range = |bar: &Bar| {
        let range = (bar.high? / bar.low?).ln();
        Some(range).filter(|range| *range > 0.0)
    };
    let mut before: Vec<f64> = bars[at.saturating_sub(BEFORE)..at].iter().filter_map(range).collect();
    if before.len() < FEWEST {
        return None;
    }
    let usual = median(&mut before)?.max(LEAST_NOISE);
    let bar = &bars[at];
    let overnight = (bar.open? / bars[at - 1].close).ln();
    let between = overnight * returns[at].signum() >= 0.6 * returns[at].abs();
    Some(between && range(bar)? <= LOUD_RANGE * usual)
}

fn times_after(returns: &[f64], at: usize) -> Option<f64> {
    let sizes = |days: &[f64]| days.iter().map(|size| size.abs()).collect::<Vec<_>>();
    let mut before = sizes(&returns[at.saturating_sub(BEFORE).max(1)..at]);
    let mut after = sizes(&returns[at + 1..returns.len().min(at + 1 + AFTER)]);
    if before.len() < FEWEST || after.len() < FEWEST {
        return None;
    }
    let (before, after) = (median(&mut before)?, median(&mut after)?);
    Some(after / before.max(LEAST_NOISE / 2.0))
}

/// The upper median; `None` of nothing.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

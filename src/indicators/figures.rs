//! All indicators of one price history: bars come in, oldest first, and [`Stats`] go out. Pure; never looks past the last bar.

use super::finite::finite;
use super::stats::{Cross, CrossKind, Stats, Trend};
use super::{averages, gaps, levels, rsi, volatility, volume};
use crate::market::Bar;

/// The largest change over the window that counts as a stable trend, a fraction. The billionth keeps a change of exactly 5 %
/// stable in spite of rounding.
const STABLE: f64 = 0.05 + 1e-9;

/// All figures of `bars` (oldest first) up to and including the last one.
///
/// `mean`, `std_dev`, `trend`, `drawdown`, `support` and `resistance` and what belongs to them, `gaps_up` and `gaps_down` describe
/// the last `context` bars, everything else the whole history. A figure that the history is too short for is `None`; no figure is ever infinite or not a number.
pub fn stats(bars: &[Bar], context: usize) -> Stats {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let window = &bars[bars.len().saturating_sub(context)..];
    let window_closes = &closes[closes.len().saturating_sub(context)..];

    let volatility_daily = volatility::latest(&closes);
    let sma_50 = averages::moving(&closes, 50);
    let sma_200 = averages::moving(&closes, 200);
    let (support, resistance) = levels::nearest(window);
    let distance = |level: levels::Level| finite(level.price / closes.last()? - 1.0);
    let gaps = gaps::count(window);
    let volume_ratio = volume::ratio(bars);

    Stats {
        bars: bars.len(),
        mean: averages::mean(window_closes),
        std_dev: averages::std_dev(window_closes),
        trend: trend(window_closes),
        return_1d: simple_return(&closes, 1),
        return_5d: simple_return(&closes, 5),
        return_21d: simple_return(&closes, 21),
        volatility_daily,
        volatility_ewma: volatility::ewma(&closes),
        volatility_annual: volatility_daily.map(volatility::a_year),
        volatility_class: volatility::class(&closes),
        sma_50,
        sma_200,
        sma_50_above_200: sma_50.zip(sma_200).map(|(short, long)| short > long),
        sma_cross: averages::last_cross(&closes, 50, 200).map(|(place, up)| Cross {
            kind: if up { CrossKind::Golden } else { CrossKind::Death },
            date: bars[place].date,
        }),
        momentum_12_1: closes
            .len()
            .checked_sub(21)
            .and_then(|until| simple_return(&closes[..until], 231)),
        rsi_14: rsi::rsi(&closes, 14),
        drawdown: drawdown(window_closes),
        support: support.map(|level| level.price),
        support_touches: support.map(|level| level.touches),
        support_distance: support.and_then(distance),
        resistance: resistance.map(|level| level.price),
        resistance_touches: resistance.map(|level| level.touches),
        resistance_distance: resistance.and_then(distance),
        gap: gaps::latest(bars),
        gaps_up: gaps.map(|(up, _)| up),
        gaps_down: gaps.map(|(_, down)| down),
        volume_ratio,
        volume_trend: volume_ratio.map(|ratio| side(ratio - 1.0)),
    }
}

fn trend(closes: &[f64]) -> Option<Trend> {
    let change = simple_return(closes, closes.len().checked_sub(1).filter(|&steps| steps > 0)?)?;
    Some(side(change))
}

fn side(change: f64) -> Trend {
    match change {
        up if up > STABLE => Trend::Upward,
        down if down < -STABLE => Trend::Downward,
        _ => Trend::Stable,
    }
}

/// Last close over the close `steps` bars before it, minus one.
fn simple_return(closes: &[f64], steps: usize) -> Option<f64> {
    let before = closes.len().checked_sub(steps + 1)?;
    finite(closes.last()? / closes[before] - 1.0)
}

/// Last close against the highest close, a fraction that is never above zero.
fn drawdown(closes: &[f64]) -> Option<f64> {
    let highest = closes.iter().copied().reduce(f64::max)?;
    finite(closes.last()? / highest - 1.0)
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;

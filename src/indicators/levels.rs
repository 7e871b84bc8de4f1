//! Support and resistance: prices at which the series has turned more than once. A turning point counts only when five later bars
//! confirm it.

use crate::market::Bar;

/// Bars on each side that a turning point must exceed: one trading week.
const SIDE: usize = 5;
/// Turning points within this share of the average daily range form one level.
const TOLERANCE: f64 = 0.5;
/// Rounding slack, so that two turning points exactly one tolerance apart form one level.
const ROUNDING: f64 = 1.0 + 1e-9;

/// A price at which the series has turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// Mean of the turning points, price units.
    pub(crate) price: f64,
    /// Number of turning points.
    pub(crate) touches: usize,
}

/// The nearest support below the last close and the nearest resistance above it.
pub(super) fn nearest(bars: &[Bar]) -> (Option<Level>, Option<Level>) {
    let (Some(last), Some(range)) = (bars.last(), average_range(bars)) else {
        return (None, None);
    };
    // Highs are negated, so that one search for lows finds both kinds of turning point.
    let lows: Vec<f64> = bars.iter().map(low).collect();
    let mirrored: Vec<f64> = bars.iter().map(|bar| -high(bar)).collect();

    let support = levels(&lows, range)
        .into_iter()
        .filter(|level| level.price < last.close)
        .max_by(|one, other| one.price.total_cmp(&other.price));
    let resistance = levels(&mirrored, range)
        .into_iter()
        .map(|level| Level {
            price: -level.price,
            ..level
        })
        .filter(|level| level.price > last.close)
        .min_by(|one, other| one.price.total_cmp(&other.price));
    (support, resistance)
}

/// Means of the groups of at least two turning points that lie within the tolerance of the lowest among them.
fn levels(lows: &[f64], range: f64) -> Vec<Level> {
    let mut turns = turning_points(lows);
    turns.sort_by(f64::total_cmp);
    let reach = TOLERANCE * range * ROUNDING;

    let mut groups: Vec<Vec<f64>> = Vec::new();
    for turn in turns {
        match groups.last_mut() {
            Some(group) if turn - group[0] <= reach => group.push(turn),
            _ => groups.push(vec![turn]),
        }
    }
    groups
        .iter()
        .filter(|group| group.len() > 1)
        .map(|group| Level {
            price: group.iter().sum::<f64>() / group.len() as f64,
            touches: group.len(),
        })
        .collect()
}

/// Lows below each of the five before and not above any of the five after, at least one of which is higher. A flat
/// bottom counts once, by its first bar.
fn turning_points(lows: &[f64]) -> Vec<f64> {
    lows.windows(2 * SIDE + 1)
        .filter(|around| {
            let (before, rest) = around.split_at(SIDE);
            let (middle, after) = (rest[0], &rest[1..]);
            before.iter().all(|low| *low > middle)
                && after.iter().all(|low| *low >= middle)
                && after.iter().any(|low| *low > middle)
        })
        .map(|around| around[SIDE])
        .collect()
}

/// Mean of high − low, or of the move from close to close where the source gives closes only.
fn average_range(bars: &[Bar]) -> Option<f64> {
    let ranges: Vec<f64> = if bars.iter().any(|bar| bar.high.is_some() && bar.low.is_some()) {
        bars.iter().map(|bar| high(bar) - low(bar)).collect()
    } else {
        bars.windows(2)
            .map(|pair| (pair[1].close - pair[0].close).abs())
            .collect()
    };
    super::averages::mean(&ranges)
}

/// The bar's low, at most its close: adjusted lows of some sources lie above it by rounding.
fn low(bar: &Bar) -> f64 {
    bar.low
        .filter(|low| low.is_finite())
        .map_or(bar.close, |low| low.min(bar.close))
}

/// The bar's high, at least its close.
fn high(bar: &Bar) -> f64 {
    bar.high
        .filter(|high| high.is_finite())
        .map_or(bar.close, |high| high.max(bar.close))
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::*;

    fn bars(closes: &[f64]) -> Vec<Bar> {
        closes
            .iter()
            .enumerate()
            .map(|(day, close)| Bar {
                date: NaiveDate::default() + Days::new(day as u64),
                open: None,
                high: None,
                low: None,
                close: *close,
                volume: None,
            })
            .collect()
    }

    /// Straight lines between the corners, each `steps` bars long.
    fn between(corners: &[f64], steps: usize) -> Vec<f64> {
        let mut closes = vec![corners[0]];
        for pair in corners.windows(2) {
            closes.extend((1..=steps).map(|step| pair[0] + (pair[1] - pair[0]) * step as f64 / steps as f64));
        }
        closes
    }

    fn prices(bars: &[Bar]) -> (Option<f64>, Option<f64>) {
        let (support, resistance) = nearest(bars);
        (support.map(|level| level.price), resistance.map(|level| level.price))
    }

    #[test]
    fn a_price_that_turned_twice_near_ninety_and_twice_near_a_hundred_and_ten_has_both_levels() {
        // One step is about 2, so turns within about 1 of each other are one level.
        let closes = between(&[100.0, 90.0, 110.0, 90.5, 110.5, 100.0], 10);
        let twice = |price| Some(Level { price, touches: 2 });
        assert_eq!(nearest(&bars(&closes)), (twice(90.25), twice(110.25)));
    }

    #[test]
    fn a_price_that_turned_only_once_is_no_level() {
        let closes = between(&[100.0, 90.0, 110.0, 100.0], 10);
        assert_eq!(prices(&bars(&closes)), (None, None));
    }

    #[test]
    fn the_nearest_of_several_levels_is_taken() {
        let closes = between(&[120.0, 80.0, 105.0, 80.0, 105.0, 95.0, 105.0, 95.0, 104.0, 100.0], 8);
        assert_eq!(prices(&bars(&closes)).0, Some(95.0));
    }

    #[test]
    fn a_level_above_the_last_close_is_no_support() {
        let closes = between(&[100.0, 90.0, 110.0, 90.0, 110.0, 70.0], 10);
        assert_eq!(prices(&bars(&closes)), (None, Some(110.0)));
    }

    #[test]
    fn highs_and_lows_of_the_day_are_used_where_they_exist() {
        let closes = between(&[100.0, 90.0, 110.0, 90.0, 110.0, 100.0], 10);
        let mut bars = bars(&closes);
        for bar in &mut bars {
            bar.low = Some(bar.close - 1.0);
            bar.high = Some(bar.close + 2.0);
        }
        assert_eq!(prices(&bars), (Some(89.0), Some(112.0)));
    }

    #[test]
    fn a_turn_in_the_last_five_bars_is_not_yet_one() {
        let closes = between(&[100.0, 90.0, 110.0, 90.0, 96.0], 4);
        assert_eq!(prices(&bars(&closes)), (None, None));
    }

    #[test]
    fn a_flat_series_has_no_levels() {
        assert_eq!(prices(&bars(&[5.0; 60])), (None, None));
    }
}

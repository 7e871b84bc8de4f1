//! Price gaps between one day and the next. Sources without opens, highs and lows have none.

use super::finite::finite;
use crate::market::Bar;

/// Last open over the close before it, minus one.
pub(super) fn latest(bars: &[Bar]) -> Option<f64> {
    let [.., before, last] = bars else { return None };
    finite(last.open? / before.close - 1.0)
}

/// Days whose low lay above the high of the day before, and days whose high lay below its low.
pub(super) fn count(bars: &[Bar]) -> Option<(usize, usize)> {
    let mut ranges = bars.iter().map(|bar| Some((bar.low?, bar.high?)));
    let mut before = ranges.next()??;
    let (mut up, mut down) = (0, 0);
    for range in ranges {
        let (low, high) = range?;
        up += usize::from(low > before.1);
        down += usize::from(high < before.0);
        before = (low, high);
    }
    Some((up, down))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(open: f64, low: f64, high: f64, close: f64) -> Bar {
        Bar {
            date: chrono::NaiveDate::default(),
            open: Some(open),
            low: Some(low),
            high: Some(high),
            close,
            volume: None,
        }
    }

    #[test]
    fn a_gap_is_a_day_that_does_not_touch_the_range_of_the_one_before() {
        let bars = [
            bar(10.0, 9.0, 11.0, 10.0),
            bar(12.0, 11.5, 13.0, 12.5),
            bar(12.0, 11.5, 12.5, 12.0),
            bar(10.0, 9.5, 11.0, 10.5),
        ];
        assert_eq!(count(&bars), Some((1, 1)));
        assert_eq!(latest(&bars), Some(10.0 / 12.0 - 1.0));
        // A day that touches the range of the one before leaves no gap.
        assert_eq!(count(&[bar(1.0, 1.0, 2.0, 2.0), bar(2.0, 2.0, 3.0, 3.0)]), Some((0, 0)));
    }

    #[test]
    fn closes_alone_have_no_gaps() {
        let mut bars = [bar(1.0, 1.0, 1.0, 1.0), bar(2.0, 2.0, 2.0, 2.0)];
        bars[1].open = None;
        bars[1].low = None;
        assert_eq!((latest(&bars), count(&bars)), (None, None));
        assert_eq!((latest(&bars[..1]), count(&[])), (None, None));
    }
}

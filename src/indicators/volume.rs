//! Trading volume of the last month relative to the last quarter.

use super::averages;
use crate::market::Bar;

/// A month of trading days.
const SHORT: usize = 21;
/// A quarter.
const LONG: usize = 63;

/// Mean volume of the last 21 bars over that of the last 63; `None` where a bar has none, or none was traded.
pub(super) fn ratio(bars: &[Bar]) -> Option<f64> {
    let quarter = &bars[bars.len().checked_sub(LONG)?..];
    let volumes = quarter
        .iter()
        .map(|bar| bar.volume.map(|volume| volume as f64))
        .collect::<Option<Vec<_>>>()?;
    let long = averages::mean(&volumes).filter(|mean| *mean > 0.0)?;
    Some(averages::moving(&volumes, SHORT)? / long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_twice_the_volume_is_told_and_a_missing_day_is_not_made_up() {
        let bar = |volume| Bar {
            date: chrono::NaiveDate::default(),
            open: None,
            high: None,
            low: None,
            close: 1.0,
            volume,
        };
        let mut bars = vec![bar(Some(100)); 42];
        bars.extend(vec![bar(Some(200)); 21]);
        // 200 over (42 × 100 + 21 × 200) / 63 = 400 / 3.
        assert_eq!(ratio(&bars), Some(1.5));
        assert_eq!(ratio(&bars[1..]), None);
        bars[10].volume = None;
        assert_eq!(ratio(&bars), None);
        assert_eq!(ratio(&vec![bar(Some(0)); 63]), None);
    }
}

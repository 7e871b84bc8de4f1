//! Averages and standard deviations of closes. Pure; an empty or too short slice gives `None`.

use super::finite::finite;

/// Arithmetic mean; `None` for an empty slice.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    finite(values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (n − 1); `None` of fewer than two values.
pub(super) fn std_dev(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    finite((squares / (values.len() - 1) as f64).sqrt())
}

/// Simple moving average: the mean of the last `length` closes; `None` of fewer.
pub(super) fn moving(closes: &[f64], length: usize) -> Option<f64> {
    mean(&closes[closes.len().checked_sub(length)?..])
}

/// Linear interpolation between order statistics (Hyndman and Fan 1996, type 7). `sorted` is not empty.
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = level * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// The last index at which the `short` moving average crossed the `long` one, and whether it crossed upwards. A day on which both
/// are equal counts to the side before it.
pub(super) fn last_cross(closes: &[f64], short: usize, long: usize) -> Option<(usize, bool)> {
    let sums = |length: usize| -> Vec<f64> {
        closes
            .windows(length)
            .map(|window| window.iter().sum::<f64>() / length as f64)
            .collect()
    };
    let (short_line, long_line) = (sums(short), sums(long));
    let first = long.checked_sub(1)?;
    let mut side = None;
    let mut found = None;
    for (place, (above, below)) in short_line.iter().skip(long - short).zip(&long_line).enumerate() {
        let now = match above.partial_cmp(below) {
            Some(std::cmp::Ordering::Greater) => Some(true),
            Some(std::cmp::Ordering::Less) => Some(false),
            _ => side,
        };
        if side.is_some() && now != side {
            found = now.map(|up| (first + place, up));
        }
        side = now;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_standard_deviation_divides_by_n_minus_one() {
        // Mean 5; squared distances 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32; 32 / 7.
        let spread = std_dev(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!(spread, Some((32.0_f64 / 7.0).sqrt()));
    }

    #[test]
    fn a_moving_average_reads_only_the_last_closes_and_needs_them_all() {
        assert_eq!(moving(&[100.0, 1.0, 2.0, 6.0], 3), Some(3.0));
        assert_eq!(moving(&[1.0, 2.0], 3), None);
    }

    #[test]
    fn nothing_has_no_mean_and_one_value_has_no_spread() {
        assert_eq!(mean(&[]), None);
        assert_eq!(std_dev(&[3.0]), None);
        assert_eq!(std_dev(&[3.0, 3.0]), Some(0.0));
    }
}

//! The relative strength index (J. Welles Wilder, New Concepts in Technical Trading Systems, 1978). Closes in, one figure out.

use super::finite::finite;

/// The index over `length` bars, 0–100, with Wilder's smoothing over the whole history: the first averages are plain
/// means of the first `length` gains and losses, each later one is `(previous × (length − 1) + current) / length`.
/// `None` for fewer than `length + 1` closes. The index of a history that never moved is 50, of one that never fell 100.
pub(super) fn rsi(closes: &[f64], length: usize) -> Option<f64> {
    if length == 0 || closes.len() <= length {
        return None;
    }
    let changes: Vec<f64> = closes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (first, later) = changes.split_at(length);
    let weight = length as f64;

    let mut gain = first.iter().map(|change| change.max(0.0)).sum::<f64>() / weight;
    let mut loss = first.iter().map(|change| (-change).max(0.0)).sum::<f64>() / weight;
    for change in later {
        gain = (gain * (weight - 1.0) + change.max(0.0)) / weight;
        loss = (loss * (weight - 1.0) + (-change).max(0.0)) / weight;
    }

    if gain + loss == 0.0 {
        return Some(50.0);
    }
    finite(100.0 * gain / (gain + loss))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilders_smoothing_matches_a_calculation_by_hand() {
        // Changes +2 −1 | +3 −2. First averages: gain 2/2 = 1, loss 1/2. Then gain (1 + 3)/2 = 2, loss 0.25;
        // then gain 1, loss (0.25 + 2)/2 = 1.125. Index 100 × 1 / 2.125.
        let index = rsi(&[10.0, 12.0, 11.0, 14.0, 12.0], 2);
        assert_eq!(index, Some(100.0 / 2.125));
    }

    #[test]
    fn fourteen_equal_gains_and_losses_stand_at_fifty() {
        let closes: Vec<f64> = (0..15).map(|day| if day % 2 == 0 { 10.0 } else { 11.0 }).collect();
        assert_eq!(rsi(&closes, 14), Some(50.0));
    }

    #[test]
    fn a_history_that_only_rose_stands_at_a_hundred_and_one_that_only_fell_at_zero() {
        let rising: Vec<f64> = (1..=20).map(f64::from).collect();
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        assert_eq!(rsi(&rising, 14), Some(100.0));
        assert_eq!(rsi(&falling, 14), Some(0.0));
    }

    #[test]
    fn a_history_that_never_moved_stands_at_fifty() {
        assert_eq!(rsi(&[7.0; 30], 14), Some(50.0));
    }

    #[test]
    fn fourteen_closes_are_one_too_few() {
        assert_eq!(rsi(&[1.0; 14], 14), None);
        assert!(rsi(&[1.0; 15], 14).is_some());
    }
}

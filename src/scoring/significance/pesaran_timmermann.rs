//! The Pesaran-Timmermann test of directional accuracy.

use statrs::function::erf::erfc;

use super::Test;

/// Tests whether the directions are forecast better than by chance (Pesaran & Timmermann 1992). The statistic is
/// standard normal when forecast and truth are independent. As in the paper the test is ONE-sided: the p-value is the
/// upper tail, so a forecast that is reliably wrong has a p near 1, not near 0.
///
/// With `P` the share of hits, and `y` and `x` the shares of ups in truth and forecast, it is (P − P*)/√(V(P) − V(P*))
/// with P* = yx + (1−y)(1−x). The paper's two variances differ by exactly 4·y(1−y)·x(1−x)·(n−1)/n², which is what is
/// computed. The windows are taken as independent of each other; where they share days, p is too small.
///
/// `None` for lists of different length, and where all forecasts or all truths went one way, which leaves nothing to
/// compare with.
pub fn pesaran_timmermann(actual_up: &[bool], predicted_up: &[bool]) -> Option<Test> {
    if actual_up.len() != predicted_up.len() || actual_up.is_empty() {
        return None;
    }
    let n = actual_up.len() as f64;
    let share = |ups: &[bool]| ups.iter().filter(|up| **up).count() as f64 / n;
    let (actual, predicted) = (share(actual_up), share(predicted_up));
    let hits = actual_up
        .iter()
        .zip(predicted_up)
        .filter(|(actual, predicted)| actual == predicted)
        .count() as f64
        / n;
    let by_chance = actual * predicted + (1.0 - actual) * (1.0 - predicted);
    let variance = 4.0 * actual * (1.0 - actual) * predicted * (1.0 - predicted) * (n - 1.0) / (n * n);
    if variance <= 0.0 {
        return None;
    }
    let statistic = (hits - by_chance) / variance.sqrt();
    Some(Test {
        statistic,
        p_value: erfc(statistic / std::f64::consts::SQRT_2) / 2.0,
        lags: 0,
        kernel: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn four_hits_in_four_give_the_statistic_worked_out_by_hand() {
        // P = 1, P* = ½, variance 4·(1/16)·3/16 = 3/64: ½·8/√3.
        let both = [true, false, true, false];
        let test = pesaran_timmermann(&both, &both).unwrap();
        assert!((test.statistic - 4.0 / 3.0_f64.sqrt()).abs() < 1e-12, "{test:?}");
        assert!(test.p_value < 0.011 && test.p_value > 0.010, "{test:?}");
    }

    #[test]
    fn always_wrong_is_far_from_significant() {
        let test = pesaran_timmermann(&[true, false, true, false], &[false, true, false, true]).unwrap();
        assert!(test.statistic < -2.0 && test.p_value > 0.98, "{test:?}");
    }

    #[test]
    fn one_direction_only_is_none() {
        assert_eq!(pesaran_timmermann(&[true, true, false], &[true, true, true]), None);
        assert_eq!(pesaran_timmermann(&[true, true], &[true, false]), None);
        assert_eq!(pesaran_timmermann(&[], &[]), None);
        assert_eq!(pesaran_timmermann(&[true], &[true, false]), None);
    }

    proptest! {
        #[test]
        fn the_variance_is_the_difference_of_the_two_in_the_paper(pairs in proptest::collection::vec(any::<(bool, bool)>(), 2..80)) {
            let (actual, predicted): (Vec<bool>, Vec<bool>) = pairs.into_iter().unzip();
            let n = actual.len() as f64;
            let share = |ups: &[bool]| ups.iter().filter(|up| **up).count() as f64 / n;
            let (y, x) = (share(&actual), share(&predicted));
            let hits = actual.iter().zip(&predicted).filter(|(a, p)| a == p).count() as f64 / n;
            let chance = y * x + (1.0 - y) * (1.0 - x);
            let of_hits = chance * (1.0 - chance) / n;
            let of_chance = (2.0 * y - 1.0).powi(2) * x * (1.0 - x) / n
                + (2.0 * x - 1.0).powi(2) * y * (1.0 - y) / n
                + 4.0 * y * x * (1.0 - y) * (1.0 - x) / (n * n);
            if let Some(test) = pesaran_timmermann(&actual, &predicted) {
                let by_paper = (hits - chance) / (of_hits - of_chance).sqrt();
                prop_assert!((test.statistic - by_paper).abs() < 1e-9 * by_paper.abs().max(1.0), "{} {}", test.statistic, by_paper);
            }
        }
    }
}

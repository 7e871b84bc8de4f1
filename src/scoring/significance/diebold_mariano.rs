//! The Diebold-Mariano test of equal predictive accuracy of two forecasts over the same windows.

use statrs::function::beta::checked_beta_reg;

use super::{Kernel, Test};

/// Part of a loss below which a difference, or the spread of all differences, is rounding error.
const NOISE: f64 = 1e-12;

/// Tests whether two forecasts lose the same on average (Diebold & Mariano 1995), with the small-sample correction of
/// Harvey, Leybourne & Newbold (1997) and Student's t with n−1 degrees of freedom, two-sided. A negative statistic says
/// that the model loses less.
///
/// `lags_h` is h: a window shares days with the h−1 before it, see [`overlap`]. The variance of the mean holds the
/// autocovariances up to h−1, all with weight one. Where that sum is not positive, as it can be, the same ones are
/// weighed by the Bartlett kernel, and the outcome says so. Losses that are identical but for rounding give statistic 0
/// and p 1.
///
/// `None` where there is nothing to judge by: lists of different length, fewer than two windows, h = 0, no more windows
/// than h (the correction is then 0), a loss that is not finite, or a difference that is the same in every window,
/// which leaves no spread.
pub fn diebold_mariano(model_losses: &[f64], other_losses: &[f64], lags_h: usize) -> Option<Test> {
    let count = model_losses.len();
    if count != other_losses.len() || count < 2 || lags_h == 0 || count <= lags_h {
        return None;
    }
    let lags = lags_h - 1;
    let differences: Vec<f64> = model_losses
        .iter()
        .zip(other_losses)
        .map(|(model, other)| model - other)
        .collect();
    if differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    let largest = model_losses
        .iter()
        .chain(other_losses)
        .map(|loss| loss.abs())
        .fold(0.0, f64::max);
    if differences.iter().all(|difference| difference.abs() <= NOISE * largest) {
        return Some(Test {
            statistic: 0.0,
            p_value: 1.0,
            lags,
            kernel: None,
        });
    }

    let n = count as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let centred: Vec<f64> = differences.iter().map(|difference| difference - mean).collect();
    let autocovariances: Vec<f64> = (0..lags_h).map(|lag| autocovariance(&centred, lag)).collect();
    if autocovariances.first()?.sqrt() <= NOISE * largest {
        return None;
    }
    let h = lags_h as f64;
    let rectangular = long_run(&autocovariances, |_| 1.0);
    let (variance, kernel) = if rectangular > 0.0 {
        (rectangular, Kernel::Rectangular)
    } else {
        (long_run(&autocovariances, |lag| 1.0 - lag / h), Kernel::Bartlett)
    };
    if variance <= 0.0 {
        return None;
    }
    let correction = ((n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n).sqrt();
    let statistic = correction * mean / (variance / n).sqrt();
    let p_value = two_sided(statistic, n - 1.0)?;
    Some(Test {
        statistic,
        p_value,
        lags,
        kernel: Some(kernel),
    })
}

/// The h of [`diebold_mariano`]: of windows that each look `horizon` steps ahead and start `stride` steps apart, so
/// many in a row look at a common day. 1 where none do.
pub fn overlap(horizon: usize, stride: usize) -> usize {
    horizon.div_ceil(stride.max(1)).max(1)
}

fn autocovariance(centred: &[f64], lag: usize) -> f64 {
    let products: f64 = centred
        .iter()
        .zip(centred.iter().skip(lag))
        .map(|(before, after)| before * after)
        .sum();
    products / centred.len() as f64
}

fn long_run(autocovariances: &[f64], weight: impl Fn(f64) -> f64) -> f64 {
    let both_ways = |(lag, covariance): (usize, &f64)| {
        if lag == 0 {
            *covariance
        } else {
            2.0 * weight(lag as f64) * covariance
        }
    };
    autocovariances.iter().enumerate().map(both_ways).sum()
}

/// Chance that Student's t with `freedom` degrees of freedom lies further from 0: the regularised incomplete beta
/// function (Abramowitz & Stegun 1964, 26.7.1), from the side on which no digits are lost.
fn two_sided(statistic: f64, freedom: f64) -> Option<f64> {
    let square = statistic * statistic;
    if !square.is_finite() {
        return None;
    }
    let chance = if square < 1.0 {
        1.0 - checked_beta_reg(0.5, freedom / 2.0, square / (freedom + square)).ok()?
    } else {
        checked_beta_reg(freedom / 2.0, 0.5, freedom / (freedom + square)).ok()?
    };
    chance.is_finite().then_some(chance)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_windows_give_the_statistic_worked_out_by_hand() {
        // Differences 1 and 3: mean 2, variance 1 of n = 2, so 2/√½; corrected by √½ it is 2. t with one degree of
        // freedom is Cauchy: p = 1 − 2·atan(2)/π.
        let test = diebold_mariano(&[2.0, 5.0], &[1.0, 2.0], 1).unwrap();
        assert!((test.statistic - 2.0).abs() < 1e-12, "{test:?}");
        assert!(
            (test.p_value - (1.0 - 2.0 * 2.0_f64.atan() / std::f64::consts::PI)).abs() < 1e-12,
            "{test:?}"
        );
        assert_eq!((test.lags, test.kernel), (0, Some(Kernel::Rectangular)));
    }

    #[test]
    fn identical_losses_are_no_difference() {
        let identical = Some(Test {
            statistic: 0.0,
            p_value: 1.0,
            lags: 1,
            kernel: None,
        });
        assert_eq!(diebold_mariano(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 2), identical);
        assert_eq!(diebold_mariano(&[0.0; 4], &[0.0; 4], 2), identical);
        assert_eq!(diebold_mariano(&[0.1 + 0.2, 0.7], &[0.3, 0.7], 1).unwrap().p_value, 1.0);
    }

    #[test]
    fn a_negative_variance_falls_back_to_the_bartlett_kernel() {
        // Differences that alternate have an autocovariance of nearly minus the variance.
        let model = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.2];
        let test = diebold_mariano(&model, &[0.4; 8], 2).unwrap();
        assert_eq!(test.kernel, Some(Kernel::Bartlett));
        assert!(test.statistic.is_finite());
    }

    #[test]
    fn what_cannot_be_judged_is_none() {
        assert_eq!(diebold_mariano(&[1.0], &[2.0], 1), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0], &[2.0, 1.5], 2), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0], &[2.0, 1.5], 0), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0], &[2.0], 1), None);
        assert_eq!(diebold_mariano(&[1.0, f64::NAN], &[2.0, 1.0], 1), None);
        assert_eq!(diebold_mariano(&[1.1, 2.1, 3.1], &[1.0, 2.0, 3.0], 1), None);
    }

    #[test]
    fn windows_that_share_days_are_counted() {
        assert_eq!(
            [
                overlap(5, 5),
                overlap(5, 1),
                overlap(30, 7),
                overlap(1, 9),
                overlap(5, 0)
            ],
            [1, 5, 5, 1, 5]
        );
    }

    fn losses() -> impl Strategy<Value = Vec<(f64, f64)>> {
        proptest::collection::vec((0.0..10.0_f64, 0.0..10.0_f64), 6..60)
    }

    proptest! {
        #[test]
        fn the_other_way_round_only_the_sign_changes(pairs in losses(), h in 1..6_usize) {
            let (model, other): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let forth = diebold_mariano(&model, &other, h);
            let back = diebold_mariano(&other, &model, h);
            prop_assert_eq!(forth.map(|test| test.kernel), back.map(|test| test.kernel));
            if let (Some(forth), Some(back)) = (forth, back) {
                prop_assert!((forth.statistic + back.statistic).abs() < 1e-6 * forth.statistic.abs().max(1.0));
                prop_assert!((0.0..=1.0).contains(&forth.p_value));
            }
        }

        #[test]
        fn the_unit_of_the_losses_does_not_matter(pairs in losses(), power in -20..21_i32) {
            let (model, other): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let scaled = |losses: &[f64]| losses.iter().map(|loss| loss * 2.0_f64.powi(power)).collect::<Vec<_>>();
            prop_assert_eq!(diebold_mariano(&model, &other, 3), diebold_mariano(&scaled(&model), &scaled(&other), 3));
        }

        #[test]
        fn chance_falls_as_the_statistic_grows(statistic in 0.0..50.0_f64, more in 0.01..5.0_f64, freedom in 1..400_u32) {
            let near = two_sided(statistic, f64::from(freedom)).unwrap();
            let far = two_sided(statistic + more, f64::from(freedom)).unwrap();
            prop_assert!(far < near && near <= 1.0, "{near} then {far}");
        }
    }
}

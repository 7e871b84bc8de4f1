//! Sample paths moved to a forecast's bands: a model's calibration may widen a forecast and move its median after its paths were
//! sampled. Paths and quantiles come in, paths with those quantiles go out.

use std::collections::BTreeMap;

use crate::indicators::quantile;

/// The quantiles that a day's line goes through.
const LOW: (&str, f64) = ("0.05", 0.05);
const HIGH: (&str, f64) = ("0.95", 0.95);
/// A line that differs less from the identity is rounding.
const ROUNDING: f64 = 1e-6;

/// A calibration moves the log prices of a day along one straight line. The line is the one through the day's quantiles at 0.05 and
/// 0.95; where the paths have these already, or do not differ from each other, they stay as they are.
pub(super) fn moved(mut paths: Vec<Vec<f64>>, quantiles: &BTreeMap<String, Vec<f64>>) -> Vec<Vec<f64>> {
    let (Some(low), Some(high)) = (quantiles.get(LOW.0), quantiles.get(HIGH.0)) else {
        return paths;
    };
    for (step, (low, high)) in low.iter().zip(high).enumerate() {
        let mut prices: Vec<f64> = paths.iter().filter_map(|path| path.get(step).copied()).collect();
        prices.sort_by(f64::total_cmp);
        if prices.is_empty() {
            continue;
        }
        let (from, to) = (quantile(&prices, LOW.1).ln(), quantile(&prices, HIGH.1).ln());
        let (wide, log_low) = ((high / low).ln() / (to - from), low.ln());
        let differs = (wide - 1.0).abs() > ROUNDING || (log_low - from).abs() > ROUNDING;
        if !(differs && wide.is_finite() && wide > 0.0 && log_low.is_finite()) {
            continue;
        }
        for price in paths.iter_mut().filter_map(|path| path.get_mut(step)) {
            *price = (log_low + wide * (price.ln() - from)).exp();
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn quantiles(paths: &[Vec<f64>]) -> BTreeMap<String, Vec<f64>> {
        let mut prices: Vec<f64> = paths.iter().map(|path| path[0]).collect();
        prices.sort_by(f64::total_cmp);
        [LOW, HIGH]
            .map(|(name, level)| (name.to_owned(), vec![quantile(&prices, level)]))
            .into()
    }

    #[test]
    fn paths_follow_a_calibration_and_stay_without_one() {
        let log = |number: u32| f64::from(number * 37 % 101) / 1_000.0;
        let sampled: Vec<Vec<f64>> = (0..101).map(|number| vec![100.0 * log(number).exp()]).collect();
        assert_eq!(moved(sampled.clone(), &quantiles(&sampled)), sampled);
        let calibrated: Vec<Vec<f64>> = (0..101)
            .map(|number| vec![100.0 * (0.01 + 1.2 * log(number)).exp()])
            .collect();
        for (found, wanted) in moved(sampled, &quantiles(&calibrated)).iter().zip(&calibrated) {
            assert!((found[0] / wanted[0] - 1.0).abs() < 1e-9, "{found:?} is not {wanted:?}");
        }
    }

    #[test]
    fn paths_without_spread_or_bands_stay() {
        let equal = vec![vec![5.0]; 3];
        let bands: BTreeMap<String, Vec<f64>> = [("0.05".to_owned(), vec![4.0]), ("0.95".to_owned(), vec![6.0])].into();
        assert_eq!(moved(equal.clone(), &bands), equal);
        assert_eq!(moved(equal.clone(), &BTreeMap::new()), equal);
        assert!(moved(Vec::new(), &bands).is_empty());
    }
}

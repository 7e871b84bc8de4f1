//! The average of the metrics of several windows. Every window has the same weight, whatever its horizon.

use std::collections::BTreeMap;

use super::figures::Metrics;

/// The average over windows; `None` without windows. The root mean squared error is the root of the mean square. A figure that
/// one window lacks is missing in the average: a mean over the windows that have it would not be comparable.
pub fn mean(windows: &[Metrics]) -> Option<Metrics> {
    if windows.is_empty() {
        return None;
    }
    let average = |figure: fn(&Metrics) -> f64| of(windows.iter().map(figure), windows.len());
    let where_all = |figure: fn(&Metrics) -> Option<f64>| {
        let figures: Option<Vec<f64>> = windows.iter().map(figure).collect();
        figures.map(|figures| of(figures.into_iter(), windows.len()))
    };
    Some(Metrics {
        mae: average(|window| window.mae),
        rmse: root_mean_square(windows),
        mape: where_all(|window| window.mape),
        smape: average(|window| window.smape),
        mase: where_all(|window| window.mase),
        directional_accuracy: average(|window| window.directional_accuracy),
        horizon_direction: average(|window| window.horizon_direction),
        pinball: where_all(|window| window.pinball),
        crps: where_all(|window| window.crps),
        coverage: shared(windows, |window| &window.coverage),
        width: shared(windows, |window| &window.width),
    })
}

/// A mean that stays finite where the sum would not.
fn of(figures: impl Iterator<Item = f64>, count: usize) -> f64 {
    let mut mean = 0.0;
    let count = count as f64;
    for figure in figures {
        mean += figure / count;
    }
    mean
}

/// Scaled by the largest, so that no square overflows.
fn root_mean_square(windows: &[Metrics]) -> f64 {
    let largest = windows.iter().map(|window| window.rmse).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    largest
        * of(
            windows.iter().map(|window| (window.rmse / largest).powi(2)),
            windows.len(),
        )
        .sqrt()
}

/// The averages of the intervals that every window has.
fn shared(windows: &[Metrics], map: fn(&Metrics) -> &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let Some(first) = windows.first() else {
        return BTreeMap::new();
    };
    let averaged = map(first).keys().filter_map(|name| {
        let figures: Option<Vec<f64>> = windows.iter().map(|window| map(window).get(name).copied()).collect();
        Some((name.clone(), of(figures?.into_iter(), windows.len())))
    });
    averaged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(rmse: f64, mape: Option<f64>, coverage: &[(&str, f64)]) -> Metrics {
        Metrics {
            mae: rmse,
            rmse,
            mape,
            smape: 1.0,
            mase: Some(2.0),
            directional_accuracy: 50.0,
            horizon_direction: 100.0,
            pinball: Some(rmse),
            crps: None,
            coverage: coverage.iter().map(|&(name, share)| (name.to_owned(), share)).collect(),
            width: BTreeMap::new(),
        }
    }

    #[test]
    fn squares_are_averaged_before_the_root() {
        let averaged =
            mean(&[window(3.0, Some(1.0), &[]), window(4.0, Some(3.0), &[])]).unwrap_or_else(|| unreachable!());
        assert!((averaged.rmse - 12.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(
            (averaged.mae, averaged.mape, averaged.pinball),
            (3.5, Some(2.0), Some(3.5))
        );
        let large = mean(&[window(1e300, None, &[]), window(1e300, None, &[])]).map(|averaged| averaged.rmse);
        assert!(
            large.is_some_and(|rmse| (rmse / 1e300 - 1.0).abs() < 1e-12),
            "{large:?}"
        );
    }

    #[test]
    fn what_one_window_lacks_the_average_lacks() {
        let both = [
            window(1.0, Some(1.0), &[("0.5", 1.0), ("0.8", 1.0)]),
            window(1.0, None, &[("0.8", 0.5)]),
        ];
        let averaged = mean(&both).unwrap_or_else(|| unreachable!());
        assert_eq!((averaged.mape, averaged.crps), (None, None));
        assert_eq!(averaged.coverage, BTreeMap::from([("0.8".to_owned(), 0.75)]));
    }

    #[test]
    fn no_window_has_no_average() {
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn one_window_is_its_own_average() {
        let only = window(0.0, Some(1.5), &[("0.9", 0.25)]);
        assert_eq!(mean(std::slice::from_ref(&only)), Some(only));
    }
}

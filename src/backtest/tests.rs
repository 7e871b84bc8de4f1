//! Windows for the tests of this folder, and tests of the summary over many windows.
#![allow(clippy::unwrap_used)]

use chrono::{Days, NaiveDate};

use super::*;
use crate::market::Bar;
use crate::scoring::Verdict;

fn bars(closes: impl IntoIterator<Item = f64>) -> Vec<Bar> {
    let first = NaiveDate::from_ymd_opt(2012, 1, 2).unwrap();
    (0..)
        .zip(closes)
        .map(|(day, close)| Bar {
            date: first + Days::new(day),
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        })
        .collect()
}

/// A window of one day after a last close, whose only sample path is the forecast.
pub(super) fn window(last: f64, predicted: f64, truth: f64) -> ScoredWindow {
    window_on(0, last, predicted, truth)
}

/// The same, `day` days later.
pub(super) fn window_on(day: u64, last: f64, predicted: f64, truth: f64) -> ScoredWindow {
    let mut all = bars([last * 0.99, last * 1.01, last, truth]);
    for bar in &mut all {
        bar.date = bar.date + Days::new(day);
    }
    let sampled = Sampled {
        median: vec![predicted],
        quantiles: ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
            .map(|level| (level.to_owned(), vec![predicted]))
            .into(),
        paths: vec![vec![predicted]],
        prompt_tokens: 7,
        ..Sampled::default()
    };
    score_window(&all[..3], 3, &all[3..], &sampled).unwrap()
}

#[test]
fn a_window_is_scored_beside_every_baseline_that_it_is_long_enough_for() {
    let window = window(100.0, 104.0, 102.0);
    assert_eq!((window.metrics.mae, window.baselines[NAIVE].mae), (2.0, 2.0));
    assert_eq!(window.metrics.horizon_direction, 100.0);
    assert_eq!(window.prompt_tokens, 7);
    assert!(
        !window.baselines.contains_key("seasonal_naive"),
        "three closes are no week"
    );
}

#[test]
fn a_model_that_knows_beats_naive_and_one_that_is_naive_ties() {
    let truth = |number: u64| 100.0 + ((number * 37) % 11) as f64 - 5.0;
    let knowing: Vec<_> = (0..60).map(|n| window_on(n, 100.0, truth(n) + 0.1, truth(n))).collect();
    let summary = summarise(&knowing, 1, 1).unwrap();
    assert_eq!(summary.verdict, Some(Verdict::BeatsNaive));
    let test = summary.significance.diebold_mariano.unwrap();
    assert!(
        test.statistic < 0.0 && test.p_value < 0.001 && test.windows == 60,
        "{test:?}"
    );
    assert!(summary.intervals.unwrap().mae_difference.high < 0.0);
    let naive: Vec<_> = (0..60).map(|n| window_on(n, 100.0, 100.0, truth(n))).collect();
    let summary = summarise(&naive, 1, 1).unwrap();
    assert_eq!(summary.verdict, Some(Verdict::TiesNaive));
    assert_eq!(summary.model.mae, summary.baselines[NAIVE].mae);
}

#[test]
fn one_window_has_errors_and_no_verdict() {
    let summary = summarise(&[window(100.0, 104.0, 102.0)], 1, 1).unwrap();
    assert_eq!((summary.verdict, summary.intervals), (None, None));
    assert!(summary.significance.diebold_mariano.is_none());
    assert!(summarise(&[], 1, 1).is_none());
}

#[test]
fn formats_are_compared_on_the_windows_that_all_of_them_have() {
    let of = |days: std::ops::Range<u64>, error: f64| -> Vec<ScoredWindow> {
        days.map(|n| window_on(n, 100.0, 101.0 + error + (n % 3) as f64 * 0.01, 101.0))
            .collect()
    };
    let (raw, stats) = (of(0..30, 1.0), of(5..35, 3.0));
    let runs = [
        FormatRun {
            ticker: "AAPL",
            format: "seed-v1",
            windows: &raw,
        },
        FormatRun {
            ticker: "AAPL",
            format: "stats-v2",
            windows: &stats,
        },
    ];
    let ablation = compare_formats(&runs, 1, 1).unwrap();
    assert_eq!(
        (ablation.windows, ablation.formats.len(), ablation.pairs.len()),
        (25, 2, 1)
    );
    assert!((ablation.pairs[0].difference + 0.02).abs() < 1e-9, "{ablation:?}");
    assert_eq!(ablation.formats[0].prompt_tokens, 7.0);
    assert!(compare_formats(&runs[..0], 1, 1).is_none());
}

//! Windows for the tests of this folder, and tests of the summary over many windows.
#![allow(clippy::unwrap_used)]

use chrono::{Days, NaiveDate};

use super::*;
use crate::analysis::FirstDay;
use crate::market::Bar;
use crate::scoring::{FLOOR, Verdict};

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

/// The backtest of a ticker over windows of one day.
fn backtest(ticker: &str, windows: Vec<ScoredWindow>) -> Backtest {
    let summary = summarise(&windows, 1, 1, 20).unwrap();
    Backtest {
        id: String::new(),
        object: "backtest".into(),
        created: 0,
        ticker: ticker.into(),
        company: None,
        currency: "USD".into(),
        horizon: 1,
        context: 3,
        samples: 1,
        stride: 1,
        seed: 0,
        prompt_format: "returns-v4".into(),
        origins: windows.len(),
        failed: 0,
        from: windows[0].as_of,
        until: windows[0].as_of,
        coverage: summary.model.coverage.clone(),
        crps: summary.model.crps,
        mase: summary.model.mase,
        model: summary.model,
        baselines: summary.baselines,
        intervals: summary.intervals,
        significance: summary.significance,
        verdict: summary.verdict,
        stance: summary.stance,
        contaminated: false,
        analysis: None,
        review: None,
        chart: rolling_figure(ticker, "USD", 1, &windows, &[]),
        windows,
        forecaster: None,
        warnings: Vec::new(),
        disclaimer: String::new(),
    }
}

#[test]
fn groups_have_a_row_each_and_all_tickers_one() {
    let truth = |number: u64| 100.0 + ((number * 37) % 11) as f64 - 5.0;
    let knowing: Vec<_> = (0..60).map(|n| window_on(n, 100.0, truth(n) + 0.1, truth(n))).collect();
    let naive: Vec<_> = (0..60).map(|n| window_on(n, 100.0, 100.0, truth(n))).collect();
    let backtests = [backtest("AAPL", knowing), backtest("IBM", naive)];
    let groups = [
        ("one".to_owned(), vec!["AAPL".to_owned()]),
        ("two".to_owned(), vec!["IBM".to_owned(), "GONE".to_owned()]),
        ("none".to_owned(), vec!["GONE".to_owned()]),
    ];
    let overall = overall(&backtests, &groups).unwrap();
    let rows: Vec<_> = overall
        .groups
        .iter()
        .map(|row| (row.group.as_str(), row.tickers, row.windows))
        .collect();
    assert_eq!(rows, [("one", 1, 60), ("two", 1, 60), ("all", 2, 120)]);
    let figures = |row: usize| &overall.groups[row].horizons[0];
    assert!(figures(0).error_to_naive.unwrap().value < 0.1);
    assert_eq!(figures(0).verdict, Some(Verdict::BeatsNaive));
    assert_eq!(figures(1).error_to_naive.unwrap().value, 1.0);
    assert_eq!(figures(1).verdict, Some(Verdict::TiesNaive));
    let both = figures(2).error_to_naive.unwrap();
    assert!(both.value > 0.5 && both.value < 0.55, "{both:?}");
    assert!(both.interval.unwrap().low < both.value);
    // The one path of the naive model is the cone's median: as far from the truth, and without the cone's spread.
    assert!(figures(1).crps_to["volatility_cone"].value > 1.0);
    // The model states no density; the cone's stand beside each other.
    assert!(overall.groups[2].log_loss.model_minus.is_empty());
    assert!(overall.groups[2].log_loss.mean.contains_key("volatility_cone"));

    let table = overall_table(&overall);
    assert!(table.contains("Days 1 to 1") && table.contains("1.000"), "{table}");
    let entries = measured(&overall);
    assert_eq!((entries.len(), entries[0].tickers, entries[0].windows), (1, 2, 120));
    let text = card(&overall).unwrap();
    assert!(
        text.starts_with("# ") && text.contains("[[measured]]") && text.contains("horizon = 1\n"),
        "{text}"
    );
    assert!(super::overall(&[], &[]).is_none());
}

#[test]
fn a_model_with_a_density_is_scored_by_it_and_falls_to_the_floor_outside_its_words() {
    let all = bars([99.0, 101.0, 100.0, 102.0]);
    let scored = |edges: [f64; 3]| {
        let sampled = Sampled {
            median: vec![100.0],
            paths: vec![vec![100.0]],
            first_day: Some(FirstDay {
                edges: edges.to_vec(),
                probabilities: vec![0.5, 0.5],
            }),
            ..Sampled::default()
        };
        score_window(&all[..3], 3, &all[3..], &sampled).unwrap().log_scores["model"]
    };
    assert!((scored([-0.05, 0.0, 0.05]) - 10.0_f64.ln()).abs() < 1e-12);
    assert!((scored([-0.01, 0.0, 0.01]) - FLOOR.ln()).abs() < 1e-12);
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
    let summary = summarise(&knowing, 1, 1, 20).unwrap();
    assert_eq!(summary.verdict, Some(Verdict::BeatsNaive));
    let test = summary.significance.diebold_mariano.unwrap();
    assert!(
        test.statistic < 0.0 && test.p_value < 0.001 && test.windows == 60,
        "{test:?}"
    );
    assert!(summary.intervals.unwrap().mae_difference.high < 0.0);
    let naive: Vec<_> = (0..60).map(|n| window_on(n, 100.0, 100.0, truth(n))).collect();
    let summary = summarise(&naive, 1, 1, 20).unwrap();
    assert_eq!(summary.verdict, Some(Verdict::TiesNaive));
    assert_eq!(summary.model.mae, summary.baselines[NAIVE].mae);
    let few = summarise(&naive[..9], 1, 1, 20).unwrap();
    assert_eq!(few.verdict, None, "nine windows tie nothing");
}

#[test]
fn one_window_has_errors_and_no_verdict() {
    let summary = summarise(&[window(100.0, 104.0, 102.0)], 1, 1, 20).unwrap();
    assert_eq!((summary.verdict, summary.intervals), (None, None));
    assert!(summary.significance.diebold_mariano.is_none());
    assert!(summarise(&[], 1, 1, 20).is_none());
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

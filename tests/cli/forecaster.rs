//! The forecaster that is part of the program: it needs no download, its forecasts follow from its manifest, and a backtest scores
//! the density that it gives to the next day.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::command::{stderr, stdout, tripod_command};

fn run(cache: &Path, arguments: &[&str]) -> Output {
    let output = tripod_command(arguments).env("TRIPOD_CACHE", cache).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

#[test]
fn the_bundled_forecaster_forecasts_without_a_download() {
    let cache = tempfile::tempdir().unwrap();
    run(cache.path(), &["models", "pull", "tripod-forecaster"]);
    let asked = [
        "analyze",
        "AAPL",
        "--demo",
        "--stages",
        "forecast",
        "--forecaster",
        "tripod-forecaster",
        "--json",
        "--quiet",
    ];
    let analysis: Value = serde_json::from_str(&stdout(&run(cache.path(), &asked))).unwrap();
    let forecast = &analysis["forecast"];
    assert_eq!(forecast["prompt_format"], "returns-v4");
    assert_eq!((&forecast["samples"], &forecast["rejected"]), (&256.into(), &0.into()));
    let (last, bands) = (analysis["last_close"].as_f64().unwrap(), &forecast["quantiles"]);
    let width = |day: usize| {
        let price = |level: &str| bands[level][day].as_f64().unwrap();
        assert!(price("0.05") < price("0.1") && price("0.1") < price("0.9") && price("0.9") < price("0.95"));
        (price("0.9") - price("0.1")) / last
    };
    // A share's 80 % band after a day and after thirty: a few per cent, and about the root of thirty times as many.
    let (day, month) = (width(0), width(29));
    assert!(
        (0.005..0.12).contains(&day) && (3.0..9.0).contains(&(month / day)),
        "{day} {month}"
    );
    // The same seed gives the same forecast.
    let again: Value = serde_json::from_str(&stdout(&run(cache.path(), &asked))).unwrap();
    assert_eq!(again["forecast"], *forecast);
}

#[test]
fn a_backtest_scores_the_density_that_the_model_gives_to_the_next_day() {
    let cache = tempfile::tempdir().unwrap();
    run(cache.path(), &["models", "pull", "tripod-forecaster"]);
    let asked = [
        "backtest",
        "AAPL",
        "--demo",
        "--horizon",
        "5",
        "--origins",
        "4",
        "--samples",
        "32",
        "--forecaster",
        "tripod-forecaster",
        "--json",
        "--quiet",
    ];
    let backtest: Value = serde_json::from_str(&stdout(&run(cache.path(), &asked))).unwrap();
    let windows = backtest["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 4);
    for window in windows {
        let scores = &window["log_scores"];
        let (model, garch) = (scores["model"].as_f64().unwrap(), scores["garch_t"].as_f64().unwrap());
        // The log of the density of a daily return of one or two per cent: both know as much to within a few nats.
        assert!((model - garch).abs() < 3.0 && model > -5.0, "{model} {garch}");
        assert_eq!(window["unparsable"], 0);
    }
}

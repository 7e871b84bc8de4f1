//! Compares the backtester's statistics with other implementations; tests/fixtures/backtest/make.py names them and is run to
//! regenerate the reference.

use std::collections::BTreeMap;

use serde::Deserialize;

use tripod::scoring::diebold_mariano;
use tripod::scoring::holm;
use tripod::scoring::pesaran_timmermann;
use tripod::scoring::{
    self, BaselineForecast, Distribution, Garch, Metrics, Resampling, Scored, Smoothing, Test, Trend, garch_fit,
    mean_interval, score,
};

#[derive(Deserialize)]
struct Reference {
    windows: Vec<Window>,
    baselines: Vec<History>,
    smoothings: Vec<Smoothed>,
    best_smoothings: Vec<BestSmoothing>,
    diebold_mariano: Vec<Losses>,
    pesaran_timmermann: Vec<Directions>,
    holm: Vec<Several>,
    bootstrap: Vec<Resampled>,
    garch: Vec<Volatility>,
}

#[derive(Deserialize)]
struct Window {
    name: String,
    history: Vec<f64>,
    predicted: Vec<f64>,
    quantiles: BTreeMap<String, Vec<f64>>,
    paths: Vec<Vec<f64>>,
    crps_fair: Option<f64>,
    actual: Vec<f64>,
    metrics: Metrics,
}

#[derive(Deserialize)]
struct History {
    name: String,
    closes: Vec<f64>,
    horizon: usize,
    forecasts: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

#[derive(Deserialize)]
struct Smoothed {
    name: String,
    closes: Vec<f64>,
    horizon: usize,
    smoothing: Parameters,
    initial_level: f64,
    initial_growth: f64,
    squares: f64,
    spread: f64,
    aicc: f64,
    quantiles: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Parameters {
    trend: String,
    alpha: f64,
    beta: f64,
    phi: f64,
}

#[derive(Deserialize)]
struct BestSmoothing {
    name: String,
    closes: Vec<f64>,
    trend: String,
    squares: f64,
    statsmodels: Option<f64>,
}

#[derive(Deserialize)]
struct Volatility {
    name: String,
    closes: Vec<f64>,
    log_likelihood: f64,
    omega: f64,
    alpha: f64,
    beta: f64,
    freedom: f64,
    next_variance: f64,
    at: [f64; 4],
    log_likelihood_at: f64,
    quantiles: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Losses {
    name: String,
    model: Vec<f64>,
    other: Vec<f64>,
    h: usize,
    test: Option<Test>,
}

#[derive(Deserialize)]
struct Directions {
    name: String,
    actual: Vec<bool>,
    predicted: Vec<bool>,
    test: Option<Test>,
}

#[derive(Deserialize)]
struct Several {
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Resampled {
    figures: Vec<f64>,
    block: usize,
    seed: u64,
    level: f64,
    resamples: usize,
    low: f64,
    high: f64,
}

fn reference() -> Reference {
    let text = std::fs::read_to_string("tests/fixtures/backtest/reference.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Agreement to nine digits. Differences below the twelfth digit of `size` (for example of the prices) are rounding errors.
fn same(found: f64, wanted: f64, size: f64, what: &str) {
    let allowed = 1e-9 * wanted.abs() + 1e-12 * size;
    assert!((found - wanted).abs() <= allowed, "{what}: {found} instead of {wanted}");
}

fn same_option(found: Option<f64>, wanted: Option<f64>, what: &str) {
    assert_eq!(
        found.is_some(),
        wanted.is_some(),
        "{what}: {found:?} instead of {wanted:?}"
    );
    if let (Some(found), Some(wanted)) = (found, wanted) {
        same(found, wanted, 1.0, what);
    }
}

fn same_map(found: &BTreeMap<String, f64>, wanted: &BTreeMap<String, f64>, what: &str) {
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        wanted.keys().collect::<Vec<_>>(),
        "{what}"
    );
    for (found, wanted) in found.values().zip(wanted.values()) {
        same(*found, *wanted, 1.0, what);
    }
}

fn same_bands(found: &BaselineForecast, wanted: &BTreeMap<String, Vec<f64>>, what: &str) {
    assert_eq!(
        found.quantiles.keys().collect::<Vec<_>>(),
        wanted.keys().collect::<Vec<_>>(),
        "{what}"
    );
    assert_eq!(found.quantiles.get("0.5"), Some(&found.median), "{what}");
    for ((level, found), wanted) in found.quantiles.iter().zip(wanted.values()) {
        assert_eq!(found.len(), wanted.len(), "{what}");
        for (found, wanted) in found.iter().zip(wanted) {
            same(*found, *wanted, 1.0, &format!("{what} at {level}"));
        }
    }
}

fn same_test(found: Option<Test>, wanted: Option<Test>, what: &str) {
    let shape = |test: Test| (test.lags, test.kernel);
    assert_eq!(
        found.map(shape),
        wanted.map(shape),
        "{what}: {found:?} instead of {wanted:?}"
    );
    if let (Some(found), Some(wanted)) = (found, wanted) {
        same(found.statistic, wanted.statistic, 0.0, what);
        same(found.p_value, wanted.p_value, 0.0, what);
    }
}

fn trend(name: &str) -> Trend {
    match name {
        "none" => Trend::None,
        "linear" => Trend::Linear,
        "damped" => Trend::Damped,
        other => panic!("`{other}` is no trend"),
    }
}

#[test]
fn a_window_has_the_errors_that_scikit_learn_and_scoringrules_give() {
    for window in reference().windows {
        let name = &window.name;
        let scored = |distribution| {
            score(Scored {
                history: &window.history,
                predicted: &window.predicted,
                quantiles: &window.quantiles,
                distribution,
                actual: &window.actual,
            })
            .unwrap()
        };
        if let Some(fair) = window.crps_fair {
            same_option(scored(Distribution::Paths(&window.paths)).crps, Some(fair), name);
        }
        let found = scored(Distribution::Members(&window.paths));
        let wanted = &window.metrics;
        same(found.mae, wanted.mae, 1.0, name);
        same(found.rmse, wanted.rmse, 1.0, name);
        same(found.smape, wanted.smape, 1.0, name);
        same(found.directional_accuracy, wanted.directional_accuracy, 1.0, name);
        same(found.horizon_direction, wanted.horizon_direction, 1.0, name);
        same_option(found.mape, wanted.mape, name);
        same_option(found.mase, wanted.mase, name);
        same_option(found.pinball, wanted.pinball, name);
        same_option(found.crps, wanted.crps, name);
        same_map(&found.coverage, &wanted.coverage, name);
        same_map(&found.width, &wanted.width, name);
    }
}

#[test]
fn the_baselines_forecast_what_regressions_and_formulas_give() {
    for history in reference().baselines {
        let mut compared = 0;
        for (method, forecast) in scoring::all(&history.closes, history.horizon) {
            if let Some(wanted) = history.forecasts.get(method) {
                same_bands(&forecast.unwrap(), wanted, &format!("{method} of {}", history.name));
                compared += 1;
            }
        }
        assert_eq!(compared, history.forecasts.len());
    }
}

#[test]
fn a_garch_model_is_as_likely_as_the_best_that_arch_finds() {
    for case in reference().garch {
        let name = &case.name;
        let returns: Vec<f64> = case.closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
        let [omega, alpha, beta, freedom] = case.at;
        let given = Garch {
            omega,
            alpha,
            beta,
            freedom,
        };
        same(given.log_likelihood(&returns), case.log_likelihood_at, 1.0, name);
        let fit = garch_fit(&returns).unwrap();
        same(fit.model.log_likelihood(&returns), fit.log_likelihood, 1.0, name);
        let (found, wanted) = (fit.log_likelihood, case.log_likelihood);
        assert!(
            found > wanted - 1e-3 * returns.len() as f64,
            "{name}: {found}, where {wanted} was found"
        );
        let close = |found: f64, wanted: f64, allowed: f64, what: &str| {
            assert!(
                (found - wanted).abs() <= allowed,
                "{name}, {what}: {found} instead of {wanted}"
            );
        };
        close(fit.next_variance / case.next_variance, 1.0, 0.02, "variance");
        // Where nothing clusters, ω and β cannot be told apart, and many pairs of them are as likely.
        if case.alpha > 0.05 {
            close(fit.model.alpha, case.alpha, 0.005, "alpha");
            close(fit.model.beta, case.beta, 0.005, "beta");
            close(fit.model.omega / case.omega, 1.0, 0.05, "omega");
            close(fit.model.freedom / case.freedom, 1.0, 0.02, "freedom");
        }
        let horizon = case.quantiles["0.5"].len();
        let (_, forecast) = scoring::all(&case.closes, horizon)
            .into_iter()
            .find(|(method, _)| *method == "garch_t")
            .unwrap();
        let (forecast, last) = (forecast.unwrap(), case.closes.last().unwrap());
        for (level, wanted) in &case.quantiles {
            for (found, wanted) in forecast.quantiles[level].iter().zip(wanted) {
                // Two simulations: 4,000 paths here, 200,000 there.
                let (found, wanted) = ((found / last).ln(), (wanted / last).ln());
                close(found, wanted, 0.06 * wanted.abs() + 0.0006, level);
            }
        }
    }
}

#[test]
fn smoothing_at_given_parameters_is_that_of_statsmodels() {
    for case in reference().smoothings {
        let Parameters { alpha, beta, phi, .. } = case.smoothing;
        let what = format!("{} with trend {}", case.name, case.smoothing.trend);
        let fit = scoring::fixed(
            &case.closes,
            Smoothing {
                alpha,
                beta,
                phi,
                trend: trend(&case.smoothing.trend),
            },
        )
        .unwrap();
        same(fit.initial_level, case.initial_level, 1.0, &what);
        same(fit.initial_growth, case.initial_growth, 1.0, &what);
        same(fit.squares, case.squares, 1.0, &what);
        same(fit.spread, case.spread, 1.0, &what);
        same(fit.aicc, case.aicc, 1.0, &what);
        same_bands(&fit.forecast(case.horizon).unwrap(), &case.quantiles, &what);
    }
}

#[test]
fn the_search_for_smoothing_parameters_finds_as_good_a_fit_as_theirs() {
    for case in reference().best_smoothings {
        let found = scoring::fit(&case.closes, trend(&case.trend)).unwrap().squares;
        let bounded = found <= case.squares * 1.001 && case.statsmodels.is_none_or(|theirs| found <= theirs * 1.001);
        let what = (&case.name, &case.trend);
        assert!(
            bounded,
            "{what:?}: {found}, where {} and {:?} were found",
            case.squares, case.statsmodels
        );
    }
}

#[test]
fn equal_accuracy_is_tested_as_by_two_packages() {
    for case in reference().diebold_mariano {
        same_test(diebold_mariano(&case.model, &case.other, case.h), case.test, &case.name);
    }
}

#[test]
fn directions_are_tested_by_the_formula_of_the_paper() {
    for case in reference().pesaran_timmermann {
        same_test(pesaran_timmermann(&case.actual, &case.predicted), case.test, &case.name);
    }
}

#[test]
fn p_values_are_adjusted_as_by_statsmodels() {
    for case in reference().holm {
        for (found, wanted) in holm(&case.p_values).into_iter().zip(case.adjusted) {
            same(found, wanted, 0.0, "holm");
        }
    }
}

#[test]
fn an_interval_is_that_of_numpy_over_the_same_draws() {
    for Resampled {
        figures,
        block,
        seed,
        level,
        resamples,
        low,
        high,
    } in reference().bootstrap
    {
        let found = mean_interval(
            &figures,
            Resampling {
                block,
                resamples,
                level,
                seed,
            },
        )
        .unwrap();
        same(found.low, low, 1.0, "low");
        same(found.high, high, 1.0, "high");
    }
}

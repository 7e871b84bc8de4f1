//! The Backtest: scored windows in, one object out, with the model beside every baseline, intervals, tests and a verdict. The
//! answer of `POST /v1/backtest` and of `tripod backtest --json`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::ScoredWindow;
use crate::analysis::{Analysis, Chart, ModelRef, Review};
use crate::scoring::{
    ALPHA, Interval, Kernel, Metrics, Resampling, Test, Verdict, diebold_mariano, holm, mean, mean_interval, overlap,
    pesaran_timmermann, verdict,
};

/// A test of forecasts on days that have passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Backtest {
    /// `backtest-` and a time-ordered UUID.
    pub id: String,
    /// Always `backtest`.
    pub object: String,
    /// Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The company's name, where known.
    pub company: Option<String>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// Trading days forecast from each origin.
    pub horizon: usize,
    /// Closes that the forecaster and the baselines saw.
    pub context: usize,
    /// Sample paths of each forecast.
    pub samples: usize,
    /// Trading days from one origin to the next.
    pub stride: usize,
    /// The seed of every forecast.
    pub seed: u64,
    /// The format that the model was asked in.
    pub prompt_format: String,
    /// Windows that were scored.
    pub origins: usize,
    /// Windows in which the model came to no forecast; they are in no figure.
    pub failed: usize,
    /// The first split day.
    pub from: NaiveDate,
    /// The last day that a forecast was held against.
    pub until: NaiveDate,
    /// The model's errors, the mean over the windows.
    pub model: Metrics,
    /// Those of the baselines, by name.
    pub baselines: BTreeMap<String, Metrics>,
    /// The model's: share of the closes inside the central 50, 80 and 90 % bands.
    pub coverage: BTreeMap<String, f64>,
    /// The model's continuous ranked probability score, price units.
    pub crps: Option<f64>,
    /// The model's mean absolute scaled error.
    pub mase: Option<f64>,
    /// 95 % intervals over the windows; `None` with fewer than two blocks of them.
    pub intervals: Option<Intervals>,
    /// Whether the differences are more than luck.
    pub significance: Significance,
    /// The model against the naive forecast; `None` with too few windows to say.
    #[schema(value_type = Option<Verdict>)]
    pub verdict: Option<Verdict>,
    /// Whether a holdout begins before the end of the model's training data.
    pub contaminated: bool,
    /// Each window, oldest first.
    pub windows: Vec<ScoredWindow>,
    /// With one origin, the analysis made with what was known on the split day.
    pub analysis: Option<Analysis>,
    /// With one origin, the reporter's review with the truth in hand.
    pub review: Option<Review>,
    /// A Plotly figure.
    pub chart: Chart,
    /// The forecaster.
    pub forecaster: Option<ModelRef>,
    /// What a reader should know.
    pub warnings: Vec<String>,
    /// The not-investment-advice line.
    pub disclaimer: String,
}

/// Intervals of means over the windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Intervals {
    /// The model's mean absolute error.
    pub mae: Interval,
    /// The model's minus the naive forecast's.
    pub mae_difference: Interval,
    /// The model's continuous ranked probability score.
    pub crps: Option<Interval>,
    /// The model's directional accuracy, per cent.
    pub directional_accuracy: Interval,
}

/// Tests of the model's forecasts. `None` where there are too few windows, or nothing to tell apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Significance {
    /// Mean absolute error, as a part of the last close, against the naive forecast's, two-sided.
    pub diebold_mariano: Option<TestResult>,
    /// Whether the direction over the whole horizon is told better than by chance, over windows that do not overlap, one-sided.
    pub pesaran_timmermann: Option<TestResult>,
    /// Mean absolute error against each other baseline, two-sided.
    pub against: BTreeMap<String, TestResult>,
}

/// A test's statistic, with its p-value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// Negative where the model was closer (Diebold–Mariano), positive where it told the direction (Pesaran–Timmermann).
    pub statistic: f64,
    /// How often luck alone would do as much.
    pub p_value: f64,
    /// The same after Holm's correction for all tickers tested together.
    pub p_holm: f64,
    /// Windows that went in.
    pub windows: usize,
    /// Autocovariances in the variance.
    pub lags: usize,
    /// How they were weighed.
    pub kernel: Option<Kernel>,
}

impl TestResult {
    /// A test over so many windows, alone.
    pub(crate) fn of(test: &Test, windows: usize) -> Self {
        TestResult {
            statistic: test.statistic,
            p_value: test.p_value,
            p_holm: test.p_value,
            windows,
            lags: test.lags,
            kernel: test.kernel,
        }
    }
}

/// What the windows say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The model's errors.
    pub model: Metrics,
    /// Those of the baselines that every window has.
    pub baselines: BTreeMap<String, Metrics>,
    /// Intervals.
    pub intervals: Option<Intervals>,
    /// Tests.
    pub significance: Significance,
    /// The model against the naive forecast.
    pub verdict: Option<Verdict>,
}

/// Summarises windows of one ticker, oldest first. `None` without any.
///
/// Windows that begin before the one before them has ended overlap, and their errors move together: the tests and intervals
/// count with `overlap` = ⌈horizon / stride⌉ of them at a time.
pub fn summarise(windows: &[ScoredWindow], horizon: usize, stride: usize) -> Option<Summary> {
    let all = |pick: &dyn Fn(&ScoredWindow) -> Option<Metrics>| -> Option<Metrics> {
        mean(&windows.iter().map(pick).collect::<Option<Vec<_>>>()?)
    };
    let model = all(&|window| Some(window.metrics.clone()))?;
    let names = windows.first()?.baselines.keys();
    let baselines: BTreeMap<String, Metrics> = names
        .filter_map(|name| Some((name.clone(), all(&|window| window.baselines.get(name).cloned())?)))
        .collect();
    let overlap = overlap(horizon, stride);
    let count = windows.len();
    // As parts of the last close, so that windows of high prices do not decide alone.
    let of_model: Vec<f64> = windows
        .iter()
        .map(|window| window.metrics.mae / window.last_close)
        .collect();
    let of_baseline = |name: &str| -> Option<Vec<f64>> {
        let loss = |window: &ScoredWindow| Some(window.baselines.get(name)?.mae / window.last_close);
        windows.iter().map(loss).collect()
    };
    let against = |name: &str| diebold_mariano(&of_model, &of_baseline(name)?, overlap);
    let naive = against(NAIVE);
    let apart: Vec<&ScoredWindow> = windows.iter().step_by(overlap).collect();
    let up = |window: &&ScoredWindow, last: Option<&f64>| last.is_some_and(|&close| close > window.last_close);
    let actual: Vec<bool> = apart.iter().map(|window| up(window, window.truth.last())).collect();
    let predicted: Vec<bool> = apart.iter().map(|window| up(window, window.median.last())).collect();
    let significance = Significance {
        diebold_mariano: naive.as_ref().map(|test| TestResult::of(test, count)),
        pesaran_timmermann: pesaran_timmermann(&actual, &predicted).map(|test| TestResult::of(&test, apart.len())),
        against: baselines
            .keys()
            .filter(|name| *name != NAIVE)
            .filter_map(|name| Some((name.clone(), TestResult::of(&against(name)?, count))))
            .collect(),
    };
    Some(Summary {
        intervals: intervals(windows, overlap),
        verdict: verdict(naive.as_ref(), ALPHA),
        model,
        baselines,
        significance,
    })
}

/// The baseline that every model has to beat.
pub const NAIVE: &str = "naive";

fn intervals(windows: &[ScoredWindow], overlap: usize) -> Option<Intervals> {
    let count = windows.len();
    // Blocks at least as long as the overlap, and growing as n^(1/3) (Künsch 1989).
    let block = overlap.max((count as f64).cbrt().ceil() as usize);
    let of = |values: &[f64]| {
        mean_interval(
            values,
            Resampling {
                block,
                ..Resampling::default()
            },
        )
    };
    let pick = |metric: &dyn Fn(&Metrics) -> f64| -> Vec<f64> {
        windows.iter().map(|window| metric(&window.metrics)).collect()
    };
    let mae = pick(&|metrics| metrics.mae);
    let difference: Option<Vec<f64>> = windows
        .iter()
        .map(|window| Some(window.metrics.mae - window.baselines.get(NAIVE)?.mae))
        .collect();
    let crps: Option<Vec<f64>> = windows.iter().map(|window| window.metrics.crps).collect();
    Some(Intervals {
        mae: of(&mae)?,
        mae_difference: of(&difference?)?,
        crps: crps.and_then(|crps| of(&crps)),
        directional_accuracy: of(&pick(&|metrics| metrics.directional_accuracy))?,
    })
}

/// Corrects the tests of several tickers for their number (Holm 1979), and the verdicts with them: of twenty tickers one beats
/// anything by luck.
pub fn correct(backtests: &mut [Backtest]) {
    type Pick = fn(&mut Significance) -> Option<&mut TestResult>;
    let tests: [Pick; 2] = [
        |significance| significance.diebold_mariano.as_mut(),
        |significance| significance.pesaran_timmermann.as_mut(),
    ];
    for pick in tests {
        let mut tests: Vec<&mut TestResult> = backtests
            .iter_mut()
            .filter_map(|backtest| pick(&mut backtest.significance))
            .collect();
        let p_values: Vec<f64> = tests.iter().map(|test| test.p_value).collect();
        for (test, corrected) in tests.iter_mut().zip(holm(&p_values)) {
            test.p_holm = corrected;
        }
    }
    for backtest in backtests {
        if let Some(test) = &backtest.significance.diebold_mariano
            && test.p_holm >= ALPHA
        {
            backtest.verdict = Some(Verdict::TiesNaive);
        }
    }
}

//! The result of a backtest: scored windows come in, one object goes out that compares the model with every baseline and has
//! intervals, tests and a verdict. The answer of `POST /v1/backtest` and of `tripod backtest --json`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stance::{FEWEST_WINDOWS, StanceScore, stance_score};
use super::window::ScoredWindow;
use crate::analysis::{Analysis, Chart, ModelRef, Review};
use crate::scoring::{
    ALPHA, Interval, Kernel, Metrics, Resampling, Test, Verdict, diebold_mariano, holm, mean, mean_interval, overlap,
    pesaran_timmermann, verdict,
};

/// A test of forecasts on past days.
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
    /// The company's name, if known.
    pub company: Option<String>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// Trading days forecast from each origin.
    pub horizon: usize,
    /// Closes that the forecaster and the baselines see.
    pub context: usize,
    /// Sample paths of each forecast.
    pub samples: usize,
    /// Trading days from one origin to the next.
    pub stride: usize,
    /// The random seed of every forecast.
    pub seed: u64,
    /// Name of the prompt format.
    pub prompt_format: String,
    /// Number of scored windows.
    pub origins: usize,
    /// Windows without a forecast by the model; no figure includes them.
    pub failed: usize,
    /// The first split day.
    pub from: NaiveDate,
    /// The last day compared with a forecast.
    pub until: NaiveDate,
    /// The model's metrics, averaged over the windows.
    pub model: Metrics,
    /// The metrics of each baseline, by name.
    pub baselines: BTreeMap<String, Metrics>,
    /// The share of closes inside the model's central 50, 80 and 90 % bands.
    pub coverage: BTreeMap<String, f64>,
    /// The model's continuous ranked probability score, price units.
    pub crps: Option<f64>,
    /// The model's mean absolute scaled error.
    pub mase: Option<f64>,
    /// 95 % intervals over the windows; `None` with fewer than two blocks of them.
    pub intervals: Option<Intervals>,
    /// Tests whether the model differs from the baselines by more than chance.
    pub significance: Significance,
    /// The verdict on the model against the naive forecast; `None` with fewer than ten windows.
    #[schema(value_type = Option<Verdict>)]
    pub verdict: Option<Verdict>,
    /// The calls of the stance's rule on the windows, scored; absent from backtests that were stored before there was a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stance: Option<StanceScore>,
    /// Whether a holdout begins before the end of the model's training data.
    pub contaminated: bool,
    /// Each window, oldest first.
    pub windows: Vec<ScoredWindow>,
    /// With one origin, the analysis made from the data known on the split day.
    pub analysis: Option<Analysis>,
    /// With one origin, the reporter's review of the forecast, given the actual prices.
    pub review: Option<Review>,
    /// A Plotly figure.
    pub chart: Chart,
    /// The forecaster's model.
    pub forecaster: Option<ModelRef>,
    /// Remarks for the reader.
    pub warnings: Vec<String>,
    /// The disclaimer: no investment advice.
    pub disclaimer: String,
}

/// Confidence intervals of means over the windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Intervals {
    /// The model's mean absolute error.
    pub mae: Interval,
    /// The model's mean absolute error minus the naive forecast's.
    pub mae_difference: Interval,
    /// The model's continuous ranked probability score.
    pub crps: Option<Interval>,
    /// The model's directional accuracy, in per cent.
    pub directional_accuracy: Interval,
}

/// Tests of the model's forecasts. `None` with too few windows, or when the errors are identical.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Significance {
    /// Mean absolute error, as a fraction of the last close, against the naive forecast's; two-sided.
    pub diebold_mariano: Option<TestResult>,
    /// Whether the direction over the whole horizon is predicted better than by chance; non-overlapping windows, one-sided.
    pub pesaran_timmermann: Option<TestResult>,
    /// Mean absolute error against each other baseline; two-sided.
    pub against: BTreeMap<String, TestResult>,
}

/// The result of a statistical test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// Negative when the model is more accurate (Diebold–Mariano), positive when it predicts the direction
    /// (Pesaran–Timmermann).
    pub statistic: f64,
    /// The probability of a result at least as extreme by chance alone.
    pub p_value: f64,
    /// The p-value after Holm's correction for all tickers tested together.
    pub p_holm: f64,
    /// Windows used in the test.
    pub windows: usize,
    /// Autocovariances included in the variance.
    pub lags: usize,
    /// The weights of the autocovariances.
    pub kernel: Option<Kernel>,
}

impl TestResult {
    /// The result of a single test over `windows` windows.
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

/// The summary of a backtest's windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The model's metrics.
    pub model: Metrics,
    /// The metrics of the baselines that every window has.
    pub baselines: BTreeMap<String, Metrics>,
    /// Confidence intervals.
    pub intervals: Option<Intervals>,
    /// Statistical tests.
    pub significance: Significance,
    /// The verdict on the model against the naive forecast; `None` with fewer than ten windows.
    pub verdict: Option<Verdict>,
    /// The calls of the stance's rule, scored.
    pub stance: Option<StanceScore>,
}

/// Summarises the windows of one ticker, oldest first. `None` when there are none.
///
/// With a stride shorter than the horizon, consecutive windows overlap and their errors are correlated. The tests and intervals
/// account for `overlap` = ⌈horizon / stride⌉ windows at a time.
pub fn summarise(windows: &[ScoredWindow], horizon: usize, stride: usize, costs: u16) -> Option<Summary> {
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
    // As fractions of the last close, so that windows with high prices do not dominate.
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
        // A difference that so few windows cannot tell from chance is no tie.
        verdict: verdict(naive.as_ref().filter(|_| count >= FEWEST_WINDOWS), ALPHA),
        stance: stance_score(windows, costs, block(count, overlap)),
        model,
        baselines,
        significance,
    })
}

/// The baseline that a model must beat.
pub const NAIVE: &str = "naive";

fn intervals(windows: &[ScoredWindow], overlap: usize) -> Option<Intervals> {
    let block = block(windows.len(), overlap);
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

/// Blocks are at least as long as the overlap and grow as n^(1/3) (Künsch 1989).
fn block(windows: usize, overlap: usize) -> usize {
    overlap.max((windows as f64).cbrt().ceil() as usize)
}

/// Corrects the tests and verdicts of several tickers for multiple testing (Holm 1979): among twenty tickers, one looks
/// significant by chance.
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
            && backtest.verdict.is_some()
        {
            backtest.verdict = Some(Verdict::TiesNaive);
        }
    }
}

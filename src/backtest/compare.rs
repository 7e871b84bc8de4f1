//! The ablation: forecasts the same windows with several prompt formats and compares them in pairs. Scored windows come in, a
//! table of paired tests goes out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::ScoredWindow;
use crate::scoring::{Metrics, diebold_mariano, holm, mean};

/// A comparison of prompt formats over the same windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ablation {
    /// The symbols of the windows.
    pub tickers: Vec<String>,
    /// Trading days forecast from each origin.
    pub horizon: usize,
    /// Windows for which every format has a forecast; no others are counted.
    pub windows: usize,
    /// The metrics of each format, in the order of the request.
    pub formats: Vec<FormatFigures>,
    /// The paired test of each pair of formats.
    pub pairs: Vec<Paired>,
}

/// The metrics of one format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FormatFigures {
    /// The format's name.
    pub format: String,
    /// Mean number of prompt tokens over the windows.
    pub prompt_tokens: f64,
    /// Mean absolute error as a fraction of each window's last close, so that tickers can be averaged.
    pub relative_mae: f64,
    /// The same for the naive forecast.
    pub naive_relative_mae: Option<f64>,
    /// The metrics over all windows.
    pub metrics: Metrics,
}

/// The paired test of two formats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Paired {
    /// Name of the first format.
    pub first: String,
    /// Name of the second format.
    pub second: String,
    /// Mean difference of the relative errors; negative when the first is more accurate.
    pub difference: f64,
    /// The Diebold–Mariano statistic; negative when the first is more accurate.
    pub statistic: Option<f64>,
    /// The two-sided p-value.
    pub p_value: Option<f64>,
    /// The p-value after Holm's correction for all pairs.
    pub p_holm: Option<f64>,
}

/// The windows of one ticker with one format, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct FormatRun<'a> {
    /// The symbol.
    pub ticker: &'a str,
    /// The format's name.
    pub format: &'a str,
    /// The scored windows.
    pub windows: &'a [ScoredWindow],
}

/// Compares formats. Windows are paired by ticker and split day; `overlap` consecutive windows share days. `None` when no
/// window has a forecast with every format.
///
/// The windows of several tickers are concatenated. The test's autocovariances are therefore those within tickers, apart from
/// the few pairs at the boundaries. Correlation between tickers on the same day is not modelled.
pub fn compare_formats(runs: &[FormatRun<'_>], horizon: usize, overlap: usize) -> Option<Ablation> {
    let mut formats: Vec<&str> = Vec::new();
    let mut tickers: Vec<&str> = Vec::new();
    for run in runs {
        if !formats.contains(&run.format) {
            formats.push(run.format);
        }
        if !tickers.contains(&run.ticker) {
            tickers.push(run.ticker);
        }
    }
    let mut paired: Vec<Vec<&ScoredWindow>> = vec![Vec::new(); formats.len()];
    for ticker in &tickers {
        let of = |format: &str| runs.iter().find(|run| run.ticker == *ticker && run.format == format);
        let Some(first) = formats.first().and_then(|format| of(format)) else {
            continue;
        };
        for window in first.windows {
            let same = |format: &&str| of(format)?.windows.iter().find(|other| other.as_of == window.as_of);
            if let Some(all) = formats.iter().map(same).collect::<Option<Vec<_>>>() {
                for (column, window) in paired.iter_mut().zip(all) {
                    column.push(window);
                }
            }
        }
    }
    paired.first().filter(|column| !column.is_empty())?;
    let relative: Vec<Vec<f64>> = paired
        .iter()
        .map(|column| {
            column
                .iter()
                .map(|window| window.metrics.mae / window.last_close)
                .collect()
        })
        .collect();
    let figures = formats
        .iter()
        .zip(&paired)
        .zip(&relative)
        .map(|((format, column), relative)| {
            let average = |value: &dyn Fn(&ScoredWindow) -> f64| {
                column.iter().map(|window| value(window)).sum::<f64>() / column.len() as f64
            };
            let naive: Option<Vec<f64>> = column
                .iter()
                .map(|window| Some(window.baselines.get(super::result::NAIVE)?.mae / window.last_close))
                .collect();
            let metrics: Vec<Metrics> = column.iter().map(|window| window.metrics.clone()).collect();
            Some(FormatFigures {
                format: (*format).to_owned(),
                prompt_tokens: average(&|window| window.prompt_tokens as f64),
                relative_mae: relative.iter().sum::<f64>() / relative.len() as f64,
                naive_relative_mae: naive.map(|naive| naive.iter().sum::<f64>() / naive.len() as f64),
                metrics: mean(&metrics)?,
            })
        });
    let figures = figures.collect::<Option<Vec<_>>>()?;
    let mut pairs = Vec::new();
    for (place, (first, losses)) in formats.iter().zip(&relative).enumerate() {
        for (second, others) in formats.iter().zip(&relative).skip(place + 1) {
            let test = diebold_mariano(losses, others, overlap);
            let differences = losses.iter().zip(others).map(|(one, other)| one - other);
            pairs.push(Paired {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
                difference: differences.sum::<f64>() / losses.len() as f64,
                statistic: test.as_ref().map(|test| test.statistic),
                p_value: test.as_ref().map(|test| test.p_value),
                p_holm: None,
            });
        }
    }
    let tested: Vec<f64> = pairs.iter().filter_map(|pair| pair.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    for pair in pairs.iter_mut().filter(|pair| pair.p_value.is_some()) {
        pair.p_holm = corrected.next();
    }
    Some(Ablation {
        tickers: tickers.into_iter().map(str::to_owned).collect(),
        horizon,
        windows: paired.first().map_or(0, Vec::len),
        formats: figures,
        pairs,
    })
}

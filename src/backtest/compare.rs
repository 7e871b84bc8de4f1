//! The ablation: the same windows forecast in several prompt formats, compared in pairs. Scored windows in, a table of paired
//! tests out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::ScoredWindow;
use crate::scoring::{Metrics, diebold_mariano, holm, mean};

/// Prompt formats over the same windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ablation {
    /// The symbols whose windows went in.
    pub tickers: Vec<String>,
    /// Trading days forecast from each origin.
    pub horizon: usize,
    /// Windows that every format has a forecast of; the others are in no figure.
    pub windows: usize,
    /// Each format's figures, in the order asked for.
    pub formats: Vec<FormatFigures>,
    /// Each pair of formats.
    pub pairs: Vec<Paired>,
}

/// One format's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FormatFigures {
    /// Its name.
    pub format: String,
    /// Mean over the windows of tokens in the prompt.
    pub prompt_tokens: f64,
    /// Mean over the windows of the errors, as parts of each window's last close, so that tickers can be averaged.
    pub relative_mae: f64,
    /// The same of the naive forecast.
    pub naive_relative_mae: Option<f64>,
    /// The errors themselves.
    pub metrics: Metrics,
}

/// Two formats compared window by window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Paired {
    /// One format.
    pub first: String,
    /// The other.
    pub second: String,
    /// Mean difference of the relative errors; negative where the first was closer.
    pub difference: f64,
    /// Diebold–Mariano's statistic, negative where the first was closer.
    pub statistic: Option<f64>,
    /// Two-sided.
    pub p_value: Option<f64>,
    /// After Holm's correction for all pairs.
    pub p_holm: Option<f64>,
}

/// Windows of one ticker in one format, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct FormatRun<'a> {
    /// The symbol.
    pub ticker: &'a str,
    /// The format's name.
    pub format: &'a str,
    /// Its windows.
    pub windows: &'a [ScoredWindow],
}

/// Compares formats. Windows are paired by ticker and split day; `overlap` of neighbours share days. `None` when no window has a
/// forecast in every format.
///
/// The windows of several tickers follow one another, so the autocovariances that the test takes in are those within tickers, but
/// for the few pairs at their borders; that tickers move together on one day is not accounted for.
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

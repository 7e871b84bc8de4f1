//! The figures over many tickers together: backtests come in, one row for each group of tickers and one for all go out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dates::{Dates, Figure};
use super::horizon::{HorizonScore, MODEL};
use super::result::Backtest;
use super::stance::FEWEST_WINDOWS;
use super::window::ScoredWindow;
use crate::analysis::ModelRef;
use crate::scoring::{ALPHA, Verdict, is_floor, verdict};

/// The volatility cone, beside which every distribution is seen.
pub const CONE: &str = "volatility_cone";
/// The name of the row over all tickers.
pub const ALL: &str = "all";

/// Backtests of several tickers together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Overall {
    /// Always `backtest.overall`.
    pub object: String,
    /// Trading days forecast from each origin.
    pub horizon: usize,
    /// Closes that the forecaster and the baselines see.
    pub context: usize,
    /// Sample paths of each forecast.
    pub samples: usize,
    /// Trading days from one origin to the next.
    pub stride: usize,
    /// Name of the prompt format.
    pub prompt_format: String,
    /// The forecaster's model.
    pub forecaster: Option<ModelRef>,
    /// Whether a holdout of any ticker begins before the end of the model's training data.
    pub contaminated: bool,
    /// The figures of each group in the order of the request, then those of all tickers (`all`).
    pub groups: Vec<GroupFigures>,
}

/// The figures of a group of tickers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupFigures {
    /// The group's name.
    pub group: String,
    /// Its tickers that have a window.
    pub tickers: usize,
    /// Their scored windows.
    pub windows: usize,
    /// Windows without a forecast; no figure includes them.
    pub failed: usize,
    /// The first split day.
    pub from: NaiveDate,
    /// The last day compared with a forecast.
    pub until: NaiveDate,
    /// Sample paths over all windows.
    pub paths: usize,
    /// Paths that were left out, unparsable ones included.
    pub rejected: usize,
    /// Paths that were no list of prices.
    pub unparsable: usize,
    /// The figures over the first five days, where the horizon is longer, and over the horizon.
    pub horizons: Vec<HorizonFigures>,
    /// The log scores of the first day.
    pub log_loss: LogLoss,
}

/// The figures over the days 1 to `days` of every window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HorizonFigures {
    /// Trading days.
    pub days: usize,
    /// The model's mean absolute error over the naive forecast's.
    pub error_to_naive: Option<Figure>,
    /// Two-sided p-value of the Diebold–Mariano test on the mean errors of each date.
    pub p_value: Option<f64>,
    /// The verdict of that test.
    #[schema(value_type = Option<Verdict>)]
    pub verdict: Option<Verdict>,
    /// Share of the closes inside the model's 80 % band.
    pub coverage80: Option<Figure>,
    /// The model's continuous ranked probability score over that of each baseline.
    pub crps_to: BTreeMap<String, Figure>,
    /// The score of each baseline over that of the volatility cone.
    pub baselines_to_cone: BTreeMap<String, Figure>,
}

/// Log losses of the first day, −ln of the density given to the log return that came, in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogLoss {
    /// The mean log loss of the model and of each baseline that states a density.
    pub mean: BTreeMap<String, Figure>,
    /// The mean of the model's log loss minus that of a baseline: negative when the model is better. Empty where the model states no
    /// density.
    pub model_minus: BTreeMap<String, Figure>,
    /// Days on which a density was below the floor and counts as the floor.
    pub floored: BTreeMap<String, usize>,
}

/// Summarises backtests with the same settings. `groups` names the tickers of each group; a ticker may be in none. `None` without a
/// window.
pub fn overall(backtests: &[Backtest], groups: &[(String, Vec<String>)]) -> Option<Overall> {
    let first = backtests.first()?;
    let mut rows: Vec<GroupFigures> = Vec::new();
    for (name, tickers) in groups {
        let wanted: BTreeSet<&str> = tickers.iter().map(String::as_str).collect();
        let of: Vec<&Backtest> = backtests
            .iter()
            .filter(|backtest| wanted.contains(backtest.ticker.as_str()))
            .collect();
        rows.extend(group_figures(name, &of, first.horizon));
    }
    rows.push(group_figures(
        ALL,
        &backtests.iter().collect::<Vec<_>>(),
        first.horizon,
    )?);
    Some(Overall {
        object: "backtest.overall".into(),
        horizon: first.horizon,
        context: first.context,
        samples: first.samples,
        stride: first.stride,
        prompt_format: first.prompt_format.clone(),
        forecaster: first.forecaster.clone(),
        contaminated: backtests.iter().any(|backtest| backtest.contaminated),
        groups: rows,
    })
}

fn group_figures(name: &str, backtests: &[&Backtest], horizon: usize) -> Option<GroupFigures> {
    let dates = Dates::of(backtests.iter().flat_map(|backtest| &backtest.windows), horizon);
    let (from, until) = dates.span()?;
    let sum = |count: fn(&ScoredWindow) -> usize| dates.windows().map(count).sum();
    let (kept, rejected): (usize, usize) = (sum(|window| window.kept), sum(|window| window.rejected));
    let mut lengths: BTreeSet<usize> = BTreeSet::new();
    for window in dates.windows() {
        lengths.extend(window.horizons.iter().map(|score| score.days));
    }
    Some(GroupFigures {
        group: name.to_owned(),
        tickers: backtests.len(),
        windows: dates.windows().count(),
        failed: backtests.iter().map(|backtest| backtest.failed).sum(),
        from,
        until,
        paths: kept + rejected,
        rejected,
        unparsable: sum(|window| window.unparsable),
        horizons: lengths.into_iter().map(|days| horizon_figures(&dates, days)).collect(),
        log_loss: log_loss(&dates),
    })
}

fn horizon_figures(dates: &Dates<'_>, days: usize) -> HorizonFigures {
    let errors = |window: &ScoredWindow| over(window, days).map(|score| (score.error, score.naive_error));
    let crps = |one: &str, other: &str| {
        dates.ratio(|window| {
            let score = over(window, days)?;
            Some((*score.crps.get(one)?, *score.crps.get(other)?))
        })
    };
    let scored = dates.windows().filter_map(|window| over(window, days));
    let mut baselines: BTreeSet<&str> = scored.flat_map(|score| score.crps.keys().map(String::as_str)).collect();
    baselines.remove(MODEL);
    let test = dates.test(errors);
    HorizonFigures {
        days,
        error_to_naive: dates.ratio(errors),
        p_value: test.as_ref().map(|test| test.p_value),
        verdict: verdict(
            test.as_ref().filter(|_| dates.windows().count() >= FEWEST_WINDOWS),
            ALPHA,
        ),
        coverage80: dates.mean(|window| over(window, days).map(|score| score.covered)),
        crps_to: baselines
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), crps(MODEL, name)?)))
            .collect(),
        baselines_to_cone: baselines
            .iter()
            .filter(|name| **name != CONE)
            .filter_map(|name| Some(((*name).to_owned(), crps(name, CONE)?)))
            .collect(),
    }
}

/// The scores of a window over its first days.
fn over(window: &ScoredWindow, days: usize) -> Option<&HorizonScore> {
    window.horizons.iter().find(|score| score.days == days)
}

fn log_loss(dates: &Dates<'_>) -> LogLoss {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut floored: BTreeMap<String, usize> = BTreeMap::new();
    for window in dates.windows() {
        for (name, score) in &window.log_scores {
            names.insert(name);
            if is_floor(*score) {
                *floored.entry(name.clone()).or_default() += 1;
            }
        }
    }
    let loss = |window: &ScoredWindow, name: &str| window.log_scores.get(name).map(|score| -score);
    let each = |figure: &dyn Fn(&str) -> Option<Figure>| -> BTreeMap<String, Figure> {
        let found = names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), figure(name)?)));
        found.collect()
    };
    LogLoss {
        mean: each(&|name| dates.mean(|window| loss(window, name))),
        model_minus: each(&|name| {
            let difference = |window: &ScoredWindow| Some(loss(window, MODEL)? - loss(window, name)?);
            (name != MODEL).then(|| dates.mean(difference)).flatten()
        }),
        floored,
    }
}

//! The live record: kept forecasts and the bars that came after them in, what they were worth out. A forecast that was made when
//! its days had already passed is no forecast; it is listed and counted apart.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::result::TestResult;
use crate::analysis::Analysis;
use crate::market::Bar;
use crate::scoring::{self, ALPHA, Distribution, Metrics, Scored, Verdict, diebold_mariano, mean, score, verdict};

/// What became of the kept forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Track {
    /// Always `track`.
    pub object: String,
    /// Forecasts whose days have all come.
    pub scored: usize,
    /// Forecasts of which some days have come.
    pub partly: usize,
    /// Forecasts of which no day has come.
    pub waiting: usize,
    /// Forecasts made when their days had passed; in no figure.
    pub hindsight: usize,
    /// Forecasts that repeat an earlier one of the same ticker, day and horizon; in no figure, so that none can be picked.
    pub repeated: usize,
    /// Forecasts whose prices could not be found again.
    pub unknown: usize,
    /// The mean errors of the scored ones.
    pub model: Option<Metrics>,
    /// The naive forecast's on the same days.
    pub naive: Option<Metrics>,
    /// Share of the closes inside the central 50, 80 and 90 % bands.
    pub coverage: BTreeMap<String, f64>,
    /// Tests.
    pub significance: TrackSignificance,
    /// The model against the naive forecast; `None` with too few forecasts to say.
    #[schema(value_type = Option<Verdict>)]
    pub verdict: Option<Verdict>,
    /// Each forecast, newest first.
    pub forecasts: Vec<Tracked>,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Tests of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackSignificance {
    /// Errors as parts of the last close, against the naive forecast's, over forecasts of which no two of a ticker share days.
    pub diebold_mariano: Option<TestResult>,
}

/// One kept forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tracked {
    /// The analysis.
    pub id: String,
    /// When it was made, Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The last day that was known.
    pub as_of: NaiveDate,
    /// Trading days forecast.
    pub horizon: usize,
    /// The forecaster's id.
    pub forecaster: Option<String>,
    /// What can be said of it.
    pub state: TrackState,
    /// Days that have come.
    pub days: usize,
    /// Its errors over those days.
    pub metrics: Option<Metrics>,
    /// The naive forecast's.
    pub naive: Option<Metrics>,
}

/// What can be said of a kept forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrackState {
    /// All its days have come.
    Scored,
    /// Some of its days have come.
    Partly,
    /// None of its days has come.
    Waiting,
    /// It was made when its first day had passed.
    Hindsight,
    /// An earlier one of the same ticker, day and horizon counts.
    Repeated,
    /// The source has no bar of its last known day.
    Unknown,
}

/// Holds a kept analysis against `bars`, all that the source has of its ticker, oldest first. `None` without a forecast.
///
/// A source restates old prices when a dividend is paid or shares are split, so the forecast is scaled by what became of its last
/// close.
pub fn track_one(analysis: &Analysis, bars: &[Bar]) -> Option<Tracked> {
    let forecast = analysis.forecast.as_ref()?;
    let horizon = forecast.median.len();
    let mut tracked = Tracked {
        id: analysis.id.clone(),
        created: analysis.created,
        ticker: analysis.ticker.clone(),
        as_of: analysis.as_of,
        horizon,
        forecaster: analysis.models.forecaster.as_ref().map(|model| model.id.clone()),
        state: TrackState::Unknown,
        days: 0,
        metrics: None,
        naive: None,
    };
    let known = bars.partition_point(|bar| bar.date <= analysis.as_of);
    let last = known.checked_sub(1).and_then(|place| bars.get(place));
    let Some(last) = last.filter(|bar| bar.date == analysis.as_of) else {
        return Some(tracked);
    };
    let came = &bars[known..bars.len().min(known + horizon)];
    tracked.days = came.len();
    let Some(first) = came.first() else {
        tracked.state = TrackState::Waiting;
        return Some(tracked);
    };
    let made = DateTime::from_timestamp(analysis.created, 0).map(|time| time.date_naive());
    tracked.state = match made {
        Some(made) if made <= first.date && came.len() == horizon => TrackState::Scored,
        Some(made) if made <= first.date => TrackState::Partly,
        _ => TrackState::Hindsight,
    };
    let factor = last.close / analysis.last_close;
    let scaled = |prices: &[f64]| -> Vec<f64> { prices.iter().take(came.len()).map(|price| price * factor).collect() };
    let history: Vec<f64> = analysis.history.iter().map(|point| point.close * factor).collect();
    let actual: Vec<f64> = came.iter().map(|bar| bar.close).collect();
    let quantiles: BTreeMap<String, Vec<f64>> = forecast
        .quantiles
        .iter()
        .map(|(level, prices)| (level.clone(), scaled(prices)))
        .collect();
    let of = |predicted: &[f64], quantiles: &BTreeMap<String, Vec<f64>>| {
        let scored = Scored {
            history: &history,
            predicted,
            quantiles,
            distribution: Distribution::Quantiles,
            actual: &actual,
        };
        score(scored).ok()
    };
    tracked.metrics = of(&scaled(&forecast.median), &quantiles);
    tracked.naive = scoring::naive(&history, came.len()).and_then(|naive| of(&naive.median, &naive.quantiles));
    Some(tracked)
}

/// The record of forecasts in the order they were made.
pub fn track(mut forecasts: Vec<Tracked>) -> Track {
    let mut seen = HashSet::new();
    for one in &mut forecasts {
        let first = seen.insert((one.ticker.clone(), one.as_of, one.horizon));
        if !first && matches!(one.state, TrackState::Scored | TrackState::Partly | TrackState::Waiting) {
            one.state = TrackState::Repeated;
        }
    }
    let count = |state: TrackState| forecasts.iter().filter(|one| one.state == state).count();
    let counted: Vec<(&Tracked, &Metrics, &Metrics)> = forecasts
        .iter()
        .filter(|one| one.state == TrackState::Scored)
        .filter_map(|one| Some((one, one.metrics.as_ref()?, one.naive.as_ref()?)))
        .collect();
    let of =
        |pick: &dyn Fn(&(&Tracked, &Metrics, &Metrics)) -> Metrics| mean(&counted.iter().map(pick).collect::<Vec<_>>());
    let (model, naive) = (
        of(&|(_, model, _)| (*model).clone()),
        of(&|(_, _, naive)| (*naive).clone()),
    );
    // Of a ticker's forecasts that share days only the first goes into the test.
    let mut ends: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let (mut losses, mut others) = (Vec::new(), Vec::new());
    for (one, model, naive) in &counted {
        let free = ends.get(one.ticker.as_str()).is_none_or(|end| one.as_of >= *end);
        // MASE divides both by the same scale, so errors of several tickers can stand side by side.
        if let (true, Some(loss), Some(other)) = (free, model.mase, naive.mase) {
            losses.push(loss);
            others.push(other);
            let days = 7 * one.horizon.div_ceil(5) as u64;
            let end = one
                .as_of
                .checked_add_days(chrono::Days::new(days))
                .unwrap_or(NaiveDate::MAX);
            ends.insert(&one.ticker, end);
        }
    }
    let test = diebold_mariano(&losses, &others, 1);
    let mut warnings = Vec::new();
    let hindsight = count(TrackState::Hindsight);
    if hindsight > 0 {
        warnings.push(format!(
            "{hindsight} forecasts were made when their days had passed: they are listed, but no part of the record"
        ));
    }
    Track {
        object: "track".into(),
        scored: count(TrackState::Scored),
        partly: count(TrackState::Partly),
        waiting: count(TrackState::Waiting),
        hindsight,
        repeated: count(TrackState::Repeated),
        unknown: count(TrackState::Unknown),
        coverage: model.as_ref().map(|model| model.coverage.clone()).unwrap_or_default(),
        model,
        naive,
        verdict: verdict(test.as_ref(), ALPHA),
        significance: TrackSignificance {
            diebold_mariano: test.map(|test| TestResult::of(&test, losses.len())),
        },
        forecasts: forecasts.into_iter().rev().collect(),
        warnings,
    }
}

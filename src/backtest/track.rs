//! The live record: scores stored forecasts against the bars that followed. A forecast made after its days had passed is not a
//! forecast; it is listed and counted separately.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::result::TestResult;
use crate::analysis::Analysis;
use crate::market::Bar;
use crate::scoring::{self, ALPHA, Distribution, Metrics, Scored, Verdict, diebold_mariano, mean, score, verdict};

/// The scores of the stored forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Track {
    /// Always `track`.
    pub object: String,
    /// Forecasts whose days have all passed.
    pub scored: usize,
    /// Forecasts whose days have passed in part.
    pub partly: usize,
    /// Forecasts whose days all lie in the future.
    pub waiting: usize,
    /// Forecasts made after their days had passed; no figure includes them.
    pub hindsight: usize,
    /// Forecasts that repeat an earlier one of the same ticker, day and horizon; no figure includes them, so that a lucky
    /// repetition cannot improve the record.
    pub repeated: usize,
    /// Forecasts whose last known day is missing in today's bars.
    pub unknown: usize,
    /// The mean metrics of the scored forecasts.
    pub model: Option<Metrics>,
    /// The naive forecast's metrics on the same days.
    pub naive: Option<Metrics>,
    /// The share of closes inside the central 50, 80 and 90 % bands.
    pub coverage: BTreeMap<String, f64>,
    /// Statistical tests.
    pub significance: TrackSignificance,
    /// The verdict on the model against the naive forecast; `None` with too few forecasts.
    #[schema(value_type = Option<Verdict>)]
    pub verdict: Option<Verdict>,
    /// Each forecast, newest first.
    pub forecasts: Vec<Tracked>,
    /// Remarks for the reader.
    pub warnings: Vec<String>,
}

/// Statistical tests of the live record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackSignificance {
    /// Errors as fractions of the last close, against the naive forecast's; only forecasts of a ticker that share no days.
    pub diebold_mariano: Option<TestResult>,
}

/// One stored forecast with its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tracked {
    /// Id of the analysis.
    pub id: String,
    /// When the forecast was made, Unix time in seconds.
    pub created: i64,
    /// The symbol.
    pub ticker: String,
    /// The last day known to the forecast.
    pub as_of: NaiveDate,
    /// Trading days forecast.
    pub horizon: usize,
    /// Id of the forecaster's model.
    pub forecaster: Option<String>,
    /// The state of the forecast.
    pub state: TrackState,
    /// Forecast days that have passed.
    pub days: usize,
    /// The model's metrics over those days.
    pub metrics: Option<Metrics>,
    /// The naive forecast's metrics over those days.
    pub naive: Option<Metrics>,
}

/// The state of a stored forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrackState {
    /// All its days have passed.
    Scored,
    /// Some of its days have passed.
    Partly,
    /// None of its days has passed.
    Waiting,
    /// It was made after its first day had passed.
    Hindsight,
    /// It repeats an earlier forecast of the same ticker, day and horizon, which counts instead.
    Repeated,
    /// The source has no bar for its last known day.
    Unknown,
}

/// Scores a stored analysis against `bars`, all bars that the source has for its ticker, oldest first. `None` without a
/// forecast.
///
/// A source restates old prices after dividends and splits, so the forecast is rescaled by the ratio of its last close today to
/// its last close then.
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

/// Builds the record from scored forecasts in the order they were made.
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
    // Of a ticker's overlapping forecasts only the first enters the test.
    let mut ends: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let (mut losses, mut others) = (Vec::new(), Vec::new());
    for (one, model, naive) in &counted {
        let free = ends.get(one.ticker.as_str()).is_none_or(|end| one.as_of >= *end);
        // MASE divides both errors by the same scale, so that tickers are comparable.
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

//! The scores of a window's forecast over its first days and over all: prices come in, errors and ranked probability scores as parts
//! of the last close go out, so that windows of any price can be averaged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scoring::{BaselineForecast, crps_of_steps};

/// The name under which the model's scores stand beside those of the baselines.
pub const MODEL: &str = "model";

/// The days that are scored apart from the whole horizon: a trading week.
const WEEK: usize = 5;

/// The scores of one window over its days 1 to `days`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HorizonScore {
    /// Trading days, from the first of the window.
    pub days: usize,
    /// The model's mean absolute error, a fraction of the last close.
    pub error: f64,
    /// The same of the last close as forecast.
    pub naive_error: f64,
    /// Share of the closes inside the model's 80 % band.
    pub covered: f64,
    /// Mean continuous ranked probability score, a fraction of the last close, of the model (`model`) and of each baseline. All are
    /// scored in one form: a hundred equally likely prices a day.
    pub crps: BTreeMap<String, f64>,
}

/// A model's forecast as it is scored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scorable<'a> {
    pub last_close: f64,
    pub median: &'a [f64],
    /// Quantiles at 0.1 and 0.9.
    pub band: Option<(&'a [f64], &'a [f64])>,
    pub members: &'a [Vec<f64>],
}

/// The scores over five days, where the horizon is longer, and over the horizon.
pub(super) fn horizon_scores(
    model: Scorable<'_>,
    baselines: &BTreeMap<&'static str, BaselineForecast>,
    truth: &[f64],
) -> Vec<HorizonScore> {
    let Scorable {
        last_close,
        median,
        band,
        members,
    } = model;
    let mut each_day: BTreeMap<&str, Vec<f64>> = baselines
        .iter()
        .map(|(name, forecast)| (*name, crps_of_steps(&forecast.members, truth)))
        .collect();
    each_day.insert(MODEL, crps_of_steps(members, truth));
    let inside: Vec<bool> = match band {
        Some((low, high)) => (low.iter().zip(high).zip(truth))
            .map(|((low, high), truth)| low <= truth && truth <= high)
            .collect(),
        None => Vec::new(),
    };
    let horizon = truth.len();
    let chosen = Some(WEEK).filter(|days| *days < horizon).into_iter().chain([horizon]);
    let over = |days: usize| HorizonScore {
        days,
        error: mean(
            median.iter().zip(truth).map(|(price, truth)| (price - truth).abs()),
            days,
        ) / last_close,
        naive_error: mean(truth.iter().map(|truth| (last_close - truth).abs()), days) / last_close,
        covered: mean(inside.iter().map(|inside| f64::from(u8::from(*inside))), days),
        crps: each_day
            .iter()
            .filter(|(_, scores)| scores.len() >= days)
            .map(|(name, scores)| ((*name).to_owned(), mean(scores.iter().copied(), days) / last_close))
            .collect(),
    };
    chosen.map(over).collect()
}

/// The mean of the first `days` values.
fn mean(values: impl Iterator<Item = f64>, days: usize) -> f64 {
    values.take(days).sum::<f64>() / days as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_and_the_whole_are_scored_as_parts_of_the_last_close() {
        let truth = [110.0; 10];
        let median: Vec<f64> = (1..=10).map(|day| if day <= 5 { 105.0 } else { 110.0 }).collect();
        let (low, high) = ([100.0; 10], [109.0; 10]);
        let members = vec![median.clone()];
        let model = Scorable {
            last_close: 100.0,
            median: &median,
            band: Some((&low, &high)),
            members: &members,
        };
        let scores = horizon_scores(model, &BTreeMap::new(), &truth);
        let figures: Vec<_> = scores
            .iter()
            .map(|score| {
                (
                    score.days,
                    score.error,
                    score.naive_error,
                    score.covered,
                    score.crps[MODEL],
                )
            })
            .collect();
        assert_eq!(figures, [(5, 0.05, 0.1, 0.0, 0.05), (10, 0.025, 0.1, 0.0, 0.025)]);
        let short = horizon_scores(model, &BTreeMap::new(), &truth[..5]);
        assert_eq!(short.len(), 1, "a horizon of a week is scored once");
        assert_eq!(horizon_scores(model, &BTreeMap::new(), &truth[..2])[0].days, 2);
    }
}

//! The error measures of one window, or their average over several. Plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Errors of a forecast over one window, or their average over several.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metrics {
    /// Mean absolute error, price units.
    pub mae: f64,
    /// Root mean squared error, price units.
    pub rmse: f64,
    /// Mean absolute percentage error (Hyndman & Koehler 2006), per cent of the true price; none where a true price is
    /// 0.
    pub mape: Option<f64>,
    /// Symmetric mean absolute percentage error (Makridakis 1993; as in M4, Makridakis et al. 2020): the mean of
    /// 200·|e|/(|y|+|f|), per cent, 0–200. A step on which forecast and truth are both 0 counts 0.
    pub smape: f64,
    /// Mean absolute scaled error (Hyndman & Koehler 2006): the mean absolute error over the mean absolute one-day move
    /// of the closes that the forecast knew. None where these never moved, or are fewer than two.
    pub mase: Option<f64>,
    /// Share of the steps on which forecast and truth moved the same way, per cent, 0–100. The first step moves from
    /// the last known close; a step without movement matches only another one.
    pub directional_accuracy: f64,
    /// 100 when the whole move, from the last known close to the last step, went the way of the truth, else 0; over
    /// several windows the share of them, per cent.
    pub horizon_direction: f64,
    /// Pinball loss (Koenker & Bassett 1978), price units: the mean over the levels and steps. None without quantiles.
    pub pinball: Option<f64>,
    /// Continuous ranked probability score, price units, the mean over the steps. It is E|X−y| − ½E|X−X′|
    /// (Gneiting & Raftery 2007); of sample paths X and X′ are never the same one, so that few paths are not taken for
    /// a worse forecast (the fair score of Ferro 2014); with quantiles alone, twice the mean pinball loss over the levels (Berrisch & Ziel 2023). The two are not on one
    /// scale: over the levels 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 a true normal forecast scores about a fifth lower
    /// by the second.
    pub crps: Option<f64>,
    /// Share of the steps on which the truth lay within the central interval, bounds included, a fraction, under
    /// `"0.5"`, `"0.8"` and `"0.9"`; only those whose two quantiles are there. An interval whose bounds cross holds
    /// nothing.
    #[serde(default)]
    pub coverage: BTreeMap<String, f64>,
    /// Mean width of the same intervals, price units. An interval whose bounds cross has none.
    #[serde(default)]
    pub width: BTreeMap<String, f64>,
}

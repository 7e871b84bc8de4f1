//! Exponential smoothing with additive errors (Hyndman, Koehler, Ord & Snyder 2008) on prices: closes in, a fitted
//! model and its normal forecast out. Three models are tried: no trend (A,N,N), a linear trend (A,A,N) and a damped one
//! (A,Ad,N).

mod model;
mod search;

pub use self::model::{Smoothing, Trend, fixed};
pub use self::search::fit;

use super::{BaselineForecast, enough};

/// Closes below which no model is fitted.
const FEWEST: usize = 10;

/// The model with the least corrected Akaike criterion, the simpler one of equals. The standard deviation after h steps
/// is σ·√(1 + Σ c²) over j = 1 … h−1 with c = α + β(φ + … + φʲ) (Hyndman et al. 2008, chapter 6). `None` of fewer than
/// ten closes.
pub fn ets(closes: &[f64], horizon: usize) -> Option<BaselineForecast> {
    if !enough(closes, FEWEST, horizon) {
        return None;
    }
    let fits = [Trend::None, Trend::Linear, Trend::Damped]
        .into_iter()
        .filter_map(|trend| fit(closes, trend));
    fits.min_by(|one, other| one.aicc.total_cmp(&other.aicc))?
        .forecast(horizon)
}

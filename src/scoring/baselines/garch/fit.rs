//! The most likely GARCH(1,1) with Student's t: log returns in, parameters out. A simplex search from the best of a few fixed starts,
//! so that the same returns always give the same model.

use super::likelihood::{Garch, backcast};
use crate::scoring::baselines::nelder_mead::{Search, minimise};

/// A fitted model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GarchFit {
    /// Its parameters.
    pub model: Garch,
    /// The log-likelihood of the returns.
    pub log_likelihood: f64,
    /// The variance of the day after them, squared log return.
    pub next_variance: f64,
}

/// The fewest returns to fit four parameters to.
const FEWEST: usize = 50;
/// Returns that spread less than this are rounding error of a series that stood still.
const NOISE: f64 = 1e-12;
/// The largest α + β: the variance stays finite.
const PERSISTENCE: f64 = 0.9999;
/// The least degrees of freedom; the variance is finite above 2.
const LEAST_FREEDOM: f64 = 2.05;
/// Bounds of the searched numbers: ln of the long-run variance over the sample's, logits of α + β and of α's share of it, and ln of
/// the degrees of freedom above the least.
const BOUNDS: [(f64, f64); 4] = [(-12.0, 6.0), (-6.0, 12.0), (-12.0, 8.0), (-6.0, 6.2)];

/// The kinds of starts: how many of the best are searched from, the level, and α's share of α + β. The second kind is a variance that
/// only fades, without a level to return to and without shocks: in a quieting context it can be the most likely.
const KINDS: [(usize, f64, [f64; 2]); 2] = [(2, 0.0, [0.04, 0.15]), (1, -6.0, [0.001, 0.01])];

const FIRST: Search = Search {
    step: 0.7,
    most: 260,
    tolerance: 1e-4,
};
const AGAIN: Search = Search {
    step: 0.25,
    most: 220,
    tolerance: 1e-7,
};

/// Fits by maximum likelihood, the mean taken as zero: over 180 days its estimate is mostly noise, and would cost a forecast of 30
/// days more than any real drift gains. `None` of fewer than 50 returns, of one that is not finite, and of returns that do not
/// spread.
pub fn garch_fit(returns: &[f64]) -> Option<GarchFit> {
    if returns.len() < FEWEST {
        return None;
    }
    let scale = returns.iter().map(|value| value * value).sum::<f64>() / returns.len() as f64;
    if !(scale.is_finite() && scale.sqrt() > NOISE) {
        return None;
    }
    let squares: Vec<f64> = returns.iter().map(|value| value * value / scale).collect();
    let before = backcast(&squares);
    let cost = |place: &[f64; 4]| -model(place).of_squares(&squares, before).0;

    let ends = KINDS.into_iter().flat_map(|(kept, level, shares)| {
        let starts = starts(level, shares).map(|start| (start, cost(&start)));
        let mut starts: Vec<([f64; 4], f64)> = starts.collect();
        starts.sort_by(|one, other| one.1.total_cmp(&other.1));
        starts.truncate(kept);
        starts.into_iter().map(|(start, _)| minimise(start, FIRST, cost))
    });
    let (end, _) = ends.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let (end, _) = minimise(end, AGAIN, cost);

    let relative = model(&end);
    let (log_likelihood, variance) = relative.of_squares(&squares, before);
    let fit = GarchFit {
        model: Garch {
            omega: relative.omega * scale,
            ..relative
        },
        log_likelihood: log_likelihood - 0.5 * returns.len() as f64 * scale.ln(),
        next_variance: variance * scale,
    };
    (fit.log_likelihood.is_finite() && fit.next_variance > 0.0).then_some(fit)
}

/// Starts of a level and two shares: lasting to fading, heavy tails to light ones.
fn starts(level: f64, shares: [f64; 2]) -> impl Iterator<Item = [f64; 4]> {
    [0.7, 0.93, 0.985].into_iter().flat_map(move |persistence| {
        shares.into_iter().flat_map(move |share| {
            [4.0_f64, 10.0].map(|freedom| {
                [
                    level,
                    logit(persistence / PERSISTENCE),
                    logit(share),
                    (freedom - LEAST_FREEDOM).ln(),
                ]
            })
        })
    })
}

/// The model of returns whose mean square is 1. A place outside the bounds stands for the nearest inside.
fn model(place: &[f64; 4]) -> Garch {
    let [level, persistence, share, tails] = std::array::from_fn(|axis| {
        let (low, high) = BOUNDS[axis];
        place[axis].clamp(low, high)
    });
    let persistence = PERSISTENCE * logistic(persistence);
    let alpha = persistence * logistic(share);
    Garch {
        omega: level.exp() * (1.0 - persistence),
        alpha,
        beta: persistence - alpha,
        freedom: LEAST_FREEDOM + tails.exp(),
    }
}

fn logit(part: f64) -> f64 {
    (part / (1.0 - part)).ln()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

//! The smoothing parameters that fit best: closes and a kind of trend in, a fitted model out. A direct search (Hooke &
//! Jeeves 1961) from a few fixed starts, so that the same closes always give the same model.

use super::model::{Fit, Smoothing, Trend, fixed};

/// Bounds of α, and of β as a share of α (Hyndman et al. 2008, the usual region).
const WEIGHT: (f64, f64) = (1e-4, 0.9999);
/// Bounds of φ (Hyndman et al. 2008): damping that can be told from none, and from no trend.
const DAMPING: (f64, f64) = (0.8, 0.98);
/// Starting points, each a place between the bounds of α, β/α and φ.
const STARTS: [[f64; 3]; 4] = [[0.95, 0.05, 0.9], [0.5, 0.1, 0.5], [0.2, 0.3, 0.9], [0.05, 0.1, 0.1]];
/// First and last step, parts of the way between the bounds.
const STEPS: (f64, f64) = (0.25, 1e-5);

/// The model of least squared error among those with this trend, which for additive errors is the most likely one; its
/// initial states are those of [`fixed`]. `None` as there.
pub fn fit(closes: &[f64], trend: Trend) -> Option<Fit> {
    let searched = match trend {
        Trend::None => 1,
        Trend::Linear => 2,
        Trend::Damped => 3,
    };
    let at = |place: [f64; 3]| fixed(closes, smoothing(place, trend));
    let ends = STARTS
        .into_iter()
        .filter_map(|start| Some(descend(start, at(start)?, searched, at)));
    ends.min_by(|one, other| one.squares.total_cmp(&other.squares))
}

/// From one start to where no neighbour is better.
fn descend(start: [f64; 3], fit: Fit, searched: usize, at: impl Fn([f64; 3]) -> Option<Fit>) -> Fit {
    let (mut place, mut best, mut step) = (start, fit, STEPS.0);
    while step >= STEPS.1 {
        let better = neighbours(place, searched, step).find_map(|near| {
            let fit = at(near).filter(|fit| fit.squares < best.squares)?;
            Some((near, fit))
        });
        match better {
            Some(found) => (place, best) = found,
            None => step /= 2.0,
        }
    }
    best
}

/// The places one step away along each of the searched axes.
fn neighbours(place: [f64; 3], searched: usize, step: f64) -> impl Iterator<Item = [f64; 3]> {
    (0..searched).flat_map(move |axis| {
        [step, -step].map(|change| {
            let mut near = place;
            if let Some(coordinate) = near.get_mut(axis) {
                *coordinate = (*coordinate + change).clamp(0.0, 1.0);
            }
            near
        })
    })
}

fn smoothing(place: [f64; 3], trend: Trend) -> Smoothing {
    let between = |(low, high): (f64, f64), part: f64| low + part * (high - low);
    let [alpha, share, damping] = place;
    let alpha = between(WEIGHT, alpha);
    Smoothing {
        alpha,
        beta: if trend == Trend::None {
            0.0
        } else {
            alpha * between(WEIGHT, share)
        },
        phi: if trend == Trend::Damped {
            between(DAMPING, damping)
        } else {
            1.0
        },
        trend,
    }
}

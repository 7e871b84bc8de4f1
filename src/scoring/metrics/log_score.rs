//! The log score of one day: the density that a forecast gave to the log return that came. Higher is better.

/// The least density that is scored, for each unit of log return, the same for every forecast. A day that a forecast called
/// impossible counts as one of this density: −9.2, about twelve nats below an ordinary day. It is a ten-thousandth of what a forecast
/// would give that knows nothing but that the price moves by less than ±50 %. How often a forecast fell to it is counted.
pub const FLOOR: f64 = 1e-4;

/// The logarithm of a density, at least that of [`FLOOR`]. What is no number counts as the floor.
pub fn log_score(density: f64) -> f64 {
    density.max(FLOOR).ln()
}

/// Whether a log score is the floor.
pub fn is_floor(log_score: f64) -> bool {
    log_score <= FLOOR.ln()
}

/// The density at a log return of a distribution given by edges and the probabilities between them, uniform between two edges; 0
/// outside all edges. A return on an edge counts to the stretch above it. `None` where the lists do not describe a distribution: not
/// one edge more than probabilities, edges that do not rise, or a probability that is negative or not finite.
pub fn piecewise_density(edges: &[f64], probabilities: &[f64], log_return: f64) -> Option<f64> {
    let rises = edges.iter().zip(edges.iter().skip(1)).all(|(low, high)| low < high);
    let usable = probabilities.iter().all(|part| part.is_finite() && *part >= 0.0);
    if probabilities.is_empty() || edges.len() != probabilities.len() + 1 || !rises || !usable {
        return None;
    }
    let above = edges.partition_point(|edge| *edge <= log_return);
    let density = above.checked_sub(1).and_then(|below| {
        let width = edges.get(above)? - edges.get(below)?;
        Some(probabilities.get(below)? / width)
    });
    Some(density.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_has_the_density_of_its_stretch() {
        let at = |value| piecewise_density(&[-0.1, 0.0, 0.05], &[0.4, 0.6], value);
        assert_eq!(at(-0.05), Some(4.0));
        assert!(at(0.0).is_some_and(|found| (found - 12.0).abs() < 1e-12));
        assert_eq!((at(-0.2), at(0.05), at(0.3)), (Some(0.0), Some(0.0), Some(0.0)));
    }

    #[test]
    fn what_is_no_distribution_has_no_density() {
        assert_eq!(piecewise_density(&[0.0, 1.0], &[0.5, 0.5], 0.5), None);
        assert_eq!(piecewise_density(&[1.0, 0.0], &[1.0], 0.5), None);
        assert_eq!(piecewise_density(&[0.0, f64::NAN], &[1.0], 0.5), None);
        assert_eq!(piecewise_density(&[0.0, 1.0], &[-1.0], 0.5), None);
        assert_eq!(piecewise_density(&[], &[], 0.5), None);
    }

    #[test]
    fn the_impossible_scores_the_floor_and_no_less() {
        assert!(is_floor(log_score(0.0)) && is_floor(log_score(f64::NAN)));
        assert!(!is_floor(log_score(20.0)));
        assert!((log_score(20.0) - 20.0_f64.ln()).abs() < 1e-12);
    }
}

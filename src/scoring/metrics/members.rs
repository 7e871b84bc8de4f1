//! Sample paths as a distribution of a hundred equally likely prices a step: the form in which every forecast is scored alike.

/// Prices a step.
const MEMBERS: usize = 100;

/// For each step the quantiles at 0.005, 0.015, …, 0.995 of the paths' prices: Hazen's, which put the k-th of n at (k − ½)/n. The mean
/// pinball loss over these levels, doubled, is their ranked probability score (Bröcker 2012).
///
/// The fair score takes paths for independent draws and subtracts what their number costs. Paths that were mirrored about a line or
/// moved to its mean are no such draws, and the fair score would flatter them; a quantile knows no dependence. It does not excuse few
/// paths either: a forecast of 16 paths is scored as what it is.
pub fn members(paths: &[Vec<f64>], steps: usize) -> Vec<Vec<f64>> {
    if paths.is_empty() {
        return Vec::new();
    }
    let mut members: Vec<Vec<f64>> = (0..MEMBERS).map(|_| Vec::with_capacity(steps)).collect();
    let mut prices = Vec::with_capacity(paths.len());
    for step in 0..steps {
        prices.clear();
        prices.extend(paths.iter().filter_map(|path| path.get(step)));
        prices.sort_by(f64::total_cmp);
        for (number, member) in members.iter_mut().enumerate() {
            member.push(hazen(&prices, number));
        }
    }
    members
}

/// The quantile at (`number` + ½)/100.
fn hazen(sorted: &[f64], number: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    // Whole numbers first, so that a hundred paths are met exactly.
    let place = ((2 * number + 1) * sorted.len()) as f64 / (2 * MEMBERS) as f64 - 0.5;
    let place = place.clamp(0.0, last as f64);
    let below = place.floor() as usize;
    let at = |index: usize| sorted.get(index.min(last)).copied().unwrap_or(f64::NAN);
    let part = place - below as f64;
    at(below) * (1.0 - part) + at(below + 1) * part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scoring::metrics::distribution::{crps, crps_of_steps};
    use crate::scoring::random::SplitMix64;

    #[test]
    fn a_hundred_paths_are_their_own_members() {
        let paths: Vec<Vec<f64>> = (0..100).rev().map(|price| vec![f64::from(price)]).collect();
        let found: Vec<f64> = members(&paths, 1).into_iter().flatten().collect();
        let wanted: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(found, wanted);
        assert_eq!(members(&[vec![3.0, 4.0]], 2), vec![vec![3.0, 4.0]; 100]);
        assert!(members(&[], 2).is_empty());
    }

    #[test]
    fn mirrored_paths_score_no_better_than_the_distribution_they_come_from() {
        // 16 draws and their mirror images, for many truths of the same distribution.
        let mut draws = SplitMix64(4);
        let all: Vec<Vec<f64>> = (0..20_000).map(|_| vec![draws.student(8.0)]).collect();
        let ideal_members = members(&all, 1);
        let (mut mirrored, mut ideal, mut fair) = (0.0, 0.0, 0.0);
        for _ in 0..10_000 {
            let both: Vec<Vec<f64>> = (0..16)
                .flat_map(|_| {
                    let price = draws.student(8.0);
                    [vec![price], vec![-price]]
                })
                .collect();
            let truth = [draws.student(8.0)];
            mirrored += crps_of_steps(&members(&both, 1), &truth)[0];
            ideal += crps_of_steps(&ideal_members, &truth)[0];
            fair += crps(&both, &truth, true);
        }
        assert!(mirrored > ideal, "{mirrored} and {ideal}");
        assert!(fair < 0.995 * ideal, "the fair score flatters: {fair} and {ideal}");
    }
}

//! A search without derivatives for the least value of a function of a few numbers. The same start always gives the same end.

/// Where a search starts, and when it stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// First step along each axis.
    pub step: f64,
    /// The most values to compute.
    pub most: usize,
    /// The search stops when the values at the corners differ by less.
    pub tolerance: f64,
}

/// The simplex of Nelder & Mead (1965) with their coefficients 1, 2, ½, ½. A value that is no number counts as infinite.
pub(super) fn minimise<const N: usize>(
    start: [f64; N],
    search: Search,
    mut cost: impl FnMut(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut spent = 0;
    let mut value = |place: [f64; N]| {
        spent += 1;
        let found = cost(&place);
        (place, if found.is_nan() { f64::INFINITY } else { found }, spent)
    };
    let first = value(start);
    let mut corners: Vec<([f64; N], f64)> = vec![(first.0, first.1)];
    for axis in 0..N {
        let mut place = start;
        if let Some(coordinate) = place.get_mut(axis) {
            *coordinate += search.step;
        }
        let (place, found, _) = value(place);
        corners.push((place, found));
    }
    loop {
        corners.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (Some(&best), Some(&worst)) = (corners.first(), corners.last()) else {
            return (start, f64::INFINITY);
        };
        let second_worst = corners.get(N.saturating_sub(1)).map_or(worst.1, |corner| corner.1);
        if worst.1 - best.1 <= search.tolerance {
            return best;
        }
        let mut centre = [0.0; N];
        for (place, _) in corners.iter().take(N) {
            for (sum, coordinate) in centre.iter_mut().zip(place) {
                *sum += coordinate / N as f64;
            }
        }
        // From the worst corner through the centre of the others.
        let along = |factor: f64| -> [f64; N] {
            std::array::from_fn(|axis| centre[axis] + factor * (centre[axis] - worst.0[axis]))
        };
        let (reflected, at_reflected, _) = value(along(1.0));
        let (replacing, at_replacing, spent) = if at_reflected < best.1 {
            let (expanded, at_expanded, spent) = value(along(2.0));
            if at_expanded < at_reflected {
                (expanded, at_expanded, spent)
            } else {
                (reflected, at_reflected, spent)
            }
        } else if at_reflected < second_worst {
            (reflected, at_reflected, 0)
        } else {
            value(along(if at_reflected < worst.1 { 0.5 } else { -0.5 }))
        };
        if spent > search.most {
            return if at_replacing < best.1 {
                (replacing, at_replacing)
            } else {
                best
            };
        }
        if at_replacing < worst.1.min(at_reflected) || (at_replacing == at_reflected && at_reflected < second_worst) {
            if let Some(last) = corners.last_mut() {
                *last = (replacing, at_replacing);
            }
            continue;
        }
        for (place, found) in corners.iter_mut().skip(1) {
            let nearer = std::array::from_fn(|axis| best.0[axis] + 0.5 * (place[axis] - best.0[axis]));
            let (nearer, at_nearer, spent) = value(nearer);
            (*place, *found) = (nearer, at_nearer);
            if spent > search.most {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Search = Search {
        step: 0.5,
        most: 2_000,
        tolerance: 1e-14,
    };

    #[test]
    fn the_bottom_of_a_curved_valley_is_found() {
        // Rosenbrock (1960): 0 at (1, 1).
        let valley = |at: &[f64; 2]| (1.0 - at[0]).powi(2) + 100.0 * (at[1] - at[0] * at[0]).powi(2);
        let (place, value) = minimise([-1.2, 1.0], SEARCH, valley);
        assert!(value < 1e-12 && (place[0] - 1.0).abs() < 1e-5, "{place:?}: {value}");
    }

    #[test]
    fn a_search_ends_when_its_values_are_spent_and_where_nothing_is_a_number() {
        let mut computed = 0;
        let short = Search { most: 30, ..SEARCH };
        minimise([9.0; 4], short, |at| {
            computed += 1;
            at.iter().map(|value| value * value).sum()
        });
        assert!(computed <= 36, "{computed}");
        let (_, value) = minimise([1.0], short, |_| f64::NAN);
        assert!(value.is_infinite());
    }
}

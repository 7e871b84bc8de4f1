//! A search without derivatives for the least value of a function of a few numbers. The same start always gives the same end.

use std::cell::Cell;

/// How a search starts, and when it stops.
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
    cost: impl Fn(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let spent = Cell::new(0);
    let value = |place: [f64; N]| {
        spent.set(spent.get() + 1);
        let found = cost(&place);
        (place, if found.is_nan() { f64::INFINITY } else { found })
    };
    let stepped =
        (0..N).map(|axis| std::array::from_fn(|other| start[other] + if other == axis { search.step } else { 0.0 }));
    let mut corners: Vec<([f64; N], f64)> = std::iter::once(start).chain(stepped).map(value).collect();
    loop {
        corners.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (Some(&best), Some(&worst)) = (corners.first(), corners.last()) else {
            return (start, f64::INFINITY);
        };
        if worst.1 - best.1 <= search.tolerance || spent.get() >= search.most {
            return best;
        }
        let second_worst = corners.get(N.saturating_sub(1)).map_or(worst.1, |corner| corner.1);
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
        let reflected = value(along(1.0));
        let found = if reflected.1 < best.1 {
            let expanded = value(along(2.0));
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < second_worst {
            reflected
        } else {
            value(along(if reflected.1 < worst.1 { 0.5 } else { -0.5 }))
        };
        if found.1 < worst.1 && found.1 <= reflected.1 {
            if let Some(last) = corners.last_mut() {
                *last = found;
            }
            continue;
        }
        for corner in corners.iter_mut().skip(1) {
            *corner = value(std::array::from_fn(|axis| {
                best.0[axis] + 0.5 * (corner.0[axis] - best.0[axis])
            }));
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
        let computed = Cell::new(0);
        let short = Search { most: 30, ..SEARCH };
        minimise([9.0; 4], short, |at| {
            computed.set(computed.get() + 1);
            at.iter().map(|value| value * value).sum()
        });
        assert!(computed.get() <= 36, "{computed:?}");
        let (_, value) = minimise([1.0], short, |_| f64::NAN);
        assert!(value.is_infinite());
    }
}

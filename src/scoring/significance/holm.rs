//! Holm's correction of the p-values of several tests.

/// Adjusts p-values so that the chance of even one false alarm among all of them stays at the level (Holm 1979). The
/// order is kept; the k-th smallest of m is multiplied by m−k+1, is at least the adjusted one before it, and at most 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut ranked: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut before = 0.0_f64;
    for ((_, p_value), left) in ranked.iter_mut().zip((1..=p_values.len()).rev()) {
        before = before.max(*p_value * left as f64).min(1.0);
        *p_value = before;
    }
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, p_value)| p_value).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_order_is_kept_and_a_later_one_is_never_smaller() {
        assert_eq!(holm(&[0.04, 0.01, 0.03]), [0.06, 0.03, 0.06]);
        assert_eq!(holm(&[0.7, 0.6]), [1.0, 1.0]);
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[]), Vec::<f64>::new());
    }

    proptest! {
        #[test]
        fn adjusted_values_rise_with_the_given_ones(p_values in proptest::collection::vec(0.0..=1.0_f64, 0..12)) {
            let adjusted = holm(&p_values);
            for (given, found) in p_values.iter().zip(&adjusted) {
                prop_assert!(given <= found && *found <= 1.0);
                for (other, other_found) in p_values.iter().zip(&adjusted) {
                    prop_assert!(given > other || found <= other_found);
                }
            }
        }
    }
}

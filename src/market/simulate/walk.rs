//! From log returns to closes. Draws nothing itself.

/// The farthest that a close moves from the first one, as a logarithm: a factor of 2·10¹⁷. It keeps closes finite and positive
/// under any parameters, and no reasonable ones reach it.
const FARTHEST: f64 = 40.0;

/// Replaces `closes` by `days` of them, the first at `first` and each of the others moved by the next log return.
#[inline]
#[expect(
    clippy::manual_clamp,
    reason = "clamp keeps a return that is no number; this leaves a bound"
)]
pub fn walk(closes: &mut Vec<f64>, first: f64, days: usize, mut log_return: impl FnMut() -> f64) {
    closes.clear();
    closes.reserve(days);
    if days == 0 {
        return;
    }
    closes.push(first);
    let mut level: f64 = 0.0;
    for _ in 1..days {
        level = (level + log_return()).max(-FARTHEST).min(FARTHEST);
        closes.push(first * libm::exp(level));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_begin_at_the_first_and_follow_the_returns() {
        let mut closes = vec![9.0];
        walk(&mut closes, 50.0, 3, || 2.0_f64.ln());
        assert_eq!(closes.len(), 3);
        assert!(
            closes
                .iter()
                .zip([50.0, 100.0, 200.0])
                .all(|(close, truth)| (close / truth - 1.0).abs() < 1e-15)
        );
        walk(&mut closes, 50.0, 0, || 0.0);
        assert!(closes.is_empty());
    }

    #[test]
    fn closes_stay_finite_and_positive_whatever_the_returns() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -800.0] {
            let mut closes = Vec::new();
            walk(&mut closes, 1.0, 4, || value);
            assert!(
                closes.iter().all(|close| close.is_finite() && *close > 0.0),
                "{value}: {closes:?}"
            );
        }
    }
}

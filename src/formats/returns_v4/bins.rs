//! The steps of a day's scaled return: 160 of equal width within ±3 scales, and 40 a side that widen geometrically up to ±25. Each
//! is written as a word, its middle with two decimals.

/// The number of steps.
pub(super) const COUNT: usize = 2 * TAIL + MIDDLE;

/// Steps of equal width.
const MIDDLE: usize = 160;

/// Steps that widen, on each side.
const TAIL: usize = 40;

/// Where the middle ends, in scales.
const MIDDLE_END: f64 = 3.0;

/// Where the tails end, in scales. A larger return is written as the last step.
const TAIL_END: f64 = 25.0;

/// The step of a scaled return.
pub(super) fn step_of(scaled: f64) -> usize {
    let size = scaled.abs();
    if size < MIDDLE_END {
        let from_left = (scaled + MIDDLE_END) / (2.0 * MIDDLE_END) * MIDDLE as f64;
        return TAIL + (from_left as usize).min(MIDDLE - 1);
    }
    let outward = (size / MIDDLE_END).ln() / (TAIL_END / MIDDLE_END).ln() * TAIL as f64;
    let outward = (outward as usize).min(TAIL - 1);
    if scaled > 0.0 {
        TAIL + MIDDLE + outward
    } else {
        TAIL - 1 - outward
    }
}

/// The lower edge of a step, in scales; that of `COUNT` is the upper edge of the last.
pub(super) fn edge(step: usize) -> f64 {
    let outward = |steps: usize| MIDDLE_END * (TAIL_END / MIDDLE_END).powf(steps as f64 / TAIL as f64);
    if step < TAIL {
        -outward(TAIL - step)
    } else if step > TAIL + MIDDLE {
        outward(step - TAIL - MIDDLE)
    } else {
        // Whole steps from the middle: exact at zero.
        (step as f64 - COUNT as f64 / 2.0) * (2.0 * MIDDLE_END / MIDDLE as f64)
    }
}

/// The word of a step, without the space before it.
pub(super) fn word(step: usize) -> String {
    format!("{:+.2}", f64::midpoint(edge(step), edge(step + 1)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_steps_cover_the_line_without_gaps_and_each_has_a_word_of_its_own() {
        assert_eq!(COUNT, 240);
        let words: BTreeSet<String> = (0..COUNT).map(word).collect();
        assert_eq!(words.len(), COUNT);
        for step in 0..COUNT {
            let (low, high) = (edge(step), edge(step + 1));
            assert!(low < high, "{step}");
            for within in [0.01, 0.5, 0.99] {
                assert_eq!(step_of(low + within * (high - low)), step);
            }
            assert!(
                (edge(COUNT - step) + low).abs() < 1e-12,
                "the steps are not symmetric at {step}"
            );
        }
        assert_eq!((step_of(-1e9), step_of(1e9)), (0, COUNT - 1));
        assert!((edge(0) + 25.0).abs() < 1e-12 && (edge(40) + 3.0).abs() < 1e-12 && edge(120) == 0.0);
    }
}

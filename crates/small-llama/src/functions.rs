//! The functions of a llama model on rows of numbers, written so that the compiler can use vector instructions.

use multiversion::multiversion;
use multiversion::target::target_cfg_f;

use crate::matrix::fused;

/// Numbers computed together.
const LANES: usize = 16;

/// eˣ for −87 to 88, and its value at the nearer end beyond: 2ⁿ times a polynomial of the rest (Cephes' `expf`, S. Moshier 1989).
/// The relative error is at most 1.2e-7.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    /// Adding it rounds to an integer, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let rounded = fused::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    // ln 2 in two parts, so that nothing is lost.
    let rest = fused::<FUSED>(n, 2.121_944_4e-4, fused::<FUSED>(n, -0.693_359_4, x));
    let mut sum = 1.987_569_2e-4;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        sum = fused::<FUSED>(sum, rest, factor);
    }
    let power = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    fused::<FUSED>(sum * rest, rest, rest + 1.0) * f32::from_bits(power)
}

/// Replaces each score x by e^(x − `largest`). Returns their sum.
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn exponentials(scores: &mut [f32], largest: f32) -> f32 {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let mut sums = [0.0; LANES];
    let (whole, rest) = scores.as_chunks_mut::<LANES>();
    for chunk in whole {
        for (score, sum) in chunk.iter_mut().zip(&mut sums) {
            *score = exp::<FUSED>(*score - largest);
            *sum += *score;
        }
    }
    let mut total: f32 = sums.iter().sum();
    for score in rest {
        *score = exp::<FUSED>(*score - largest);
        total += *score;
    }
    total
}

/// The largest score; negative infinity if there is none.
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn largest(scores: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (whole, rest) = scores.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = if score > *lane { score } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Root mean square normalisation (Zhang and Sennrich 2019) of one row.
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn normalise(row: &[f32], scale: &[f32], epsilon: f32, into: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let mut sums = [0.0; LANES];
    let (whole, rest) = row.as_chunks::<LANES>();
    for chunk in whole {
        for (&value, sum) in chunk.iter().zip(&mut sums) {
            *sum = fused::<FUSED>(value, value, *sum);
        }
    }
    let squares: f32 = sums.iter().sum::<f32>() + rest.iter().map(|value| value * value).sum::<f32>();
    let factor = 1.0 / (squares / row.len() as f32 + epsilon).sqrt();
    for ((into, &value), &scale) in into.iter_mut().zip(row).zip(scale) {
        *into = value * factor * scale;
    }
}

/// Multiplies `up` by the sigmoid linear unit of `gate` (Shazeer 2020).
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn gated(gate: &[f32], up: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    for (up, &gate) in up.iter_mut().zip(gate) {
        *up *= gate / (1.0 + exp::<FUSED>(-gate));
    }
}

/// Rotates neighbouring pairs by the angles of a position (Su et al. 2021) and multiplies them by `scale`. `turns` has cosine and
/// sine of each pair.
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn rotate(head: &mut [f32], turns: &[(f32, f32)], scale: f32) {
    let (pairs, _) = head.as_chunks_mut::<2>();
    for ([first, second], &(cosine, sine)) in pairs.iter_mut().zip(turns) {
        let (x, y) = (*first * scale, *second * scale);
        *first = x * cosine - y * sine;
        *second = x * sine + y * cosine;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_exact_to_a_few_units_in_the_last_place() {
        let mut x = -87.0f32;
        while x < 88.0 {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp::<true>(x)) - exact).abs() / exact;
            assert!(error < 2e-7, "{x}: {error}");
            x += 0.003;
        }
        assert_eq!(exp::<true>(-1e9), exp::<true>(-87.0));
        assert_eq!(exp::<true>(f32::NEG_INFINITY), exp::<true>(-87.0));
    }

    #[test]
    fn exponentials_and_their_largest_cover_whole_chunks_and_the_rest() {
        let scores: Vec<f32> = (0..37u8)
            .map(|index| f32::from(index % 7) - f32::from(index) / 5.0)
            .collect();
        let most = largest(&scores);
        assert_eq!(most, scores.iter().copied().fold(f32::MIN, f32::max));
        let expected: f64 = scores.iter().map(|&score| f64::from(score - most).exp()).sum();
        let mut powers = scores;
        assert!((f64::from(exponentials(&mut powers, most)) - expected).abs() < 1e-5);
        assert_eq!(powers.iter().copied().fold(0.0, f32::max), 1.0);
    }

    #[test]
    fn a_normalised_row_has_the_scale_of_its_weights() {
        let row: Vec<f32> = (0..20u8).map(f32::from).collect();
        let mut normalised = vec![0.0; 20];
        normalise(&row, &[2.0; 20], 0.0, &mut normalised);
        let mean = normalised.iter().map(|value| value * value).sum::<f32>() / 20.0;
        assert!((mean - 4.0).abs() < 1e-5, "{mean}");
    }

    #[test]
    fn a_rotation_keeps_lengths_and_turns_by_its_angle() {
        let mut head = [3.0, 4.0, 1.0, 0.0];
        let quarter = (0.0, 1.0);
        rotate(&mut head, &[(1.0, 0.0), quarter], 2.0);
        assert_eq!(head, [6.0, 8.0, 0.0, 2.0]);
    }

    #[test]
    fn the_gate_is_x_times_its_sigmoid() {
        let mut up = [2.0, 2.0, 2.0];
        gated(&[0.0, 1.0, -200.0], &mut up);
        assert_eq!(up[0], 0.0);
        assert!((up[1] - 2.0 / (1.0 + (-1.0f32).exp())).abs() < 1e-6);
        assert!(up[2].abs() < 1e-30);
    }
}

//! Rotary positions: the angle of each pair of elements at each position, and the rotation by it.

use std::f64::consts::TAU;

use burn::tensor::Tensor;

use crate::convert::{RotaryConfig, RotaryPairs, RotaryScaling, Yarn};

/// Angles in radians, position by position, `rotated` / 2 each.
pub(super) fn angles(config: &RotaryConfig, rotated: usize, length: usize) -> Vec<f64> {
    let frequencies = frequencies(config, rotated);
    (0..length)
        .flat_map(|position| frequencies.iter().map(move |frequency| position as f64 * frequency))
        .collect()
}

/// Turns pairs of elements of [batch, heads, length, rotated]. Pairs of neighbours come out in halves: queries and keys are
/// reordered alike, so their products are the same.
pub(super) fn rotate(x: Tensor<4>, cosines: Tensor<4>, sines: Tensor<4>, pairs: RotaryPairs) -> Tensor<4> {
    let [batch, heads, length, rotated] = x.dims();
    let half = rotated / 2;
    let x = match pairs {
        RotaryPairs::Halves => x,
        RotaryPairs::Neighbours => x
            .reshape([batch, heads, length, half, 2])
            .swap_dims(3, 4)
            .reshape([batch, heads, length, rotated]),
    };
    let first = x.clone().narrow(3, 0, half);
    let second = x.narrow(3, half, half);
    Tensor::cat(
        vec![
            first.clone() * cosines.clone() - second.clone() * sines.clone(),
            second * cosines + first * sines,
        ],
        3,
    )
}

/// Radians a position, for each pair.
fn frequencies(config: &RotaryConfig, rotated: usize) -> Vec<f64> {
    let plain = (0..rotated / 2).map(|pair| config.theta.powf(-2.0 * pair as f64 / rotated as f64));
    match &config.scaling {
        RotaryScaling::None => plain.collect(),
        RotaryScaling::Divisors(divisors) => plain
            .zip(divisors)
            .map(|(frequency, divisor)| frequency / divisor)
            .collect(),
        RotaryScaling::Yarn(yarn) => yarn_frequencies(yarn, config.theta, rotated, plain),
    }
}

fn yarn_frequencies(yarn: &Yarn, theta: f64, rotated: usize, plain: impl Iterator<Item = f64>) -> Vec<f64> {
    // The pair that makes this many turns within the original context.
    let pair = |turns: f64| rotated as f64 * (yarn.original / (turns * TAU)).ln() / (2.0 * theta.ln());
    let first = pair(yarn.fast).floor().max(0.0);
    let last = pair(yarn.slow).ceil().min(rotated as f64 - 1.0);
    let width = if last == first { 0.001 } else { last - first };
    plain
        .enumerate()
        .map(|(pair, frequency)| {
            let stretched = ((pair as f64 - first) / width).clamp(0.0, 1.0);
            frequency * (1.0 - stretched) + frequency / yarn.factor * stretched
        })
        .collect()
}

//! The loss of a pass: cross-entropy in nats, weighted by position, with targets that may be spread over neighbouring words.
//!
//! Its gradient by the logits is known in closed form, weight · (softmax − target). So the backward pass starts from there, and
//! nothing as wide as the vocabulary is recorded.

use burn::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::{IndexingUpdateOp, Int, TensorData};

use super::error::TrainError;
use super::options::Smoothing;
use super::weights::floats;

/// A probability below this counts as this, which limits the loss of a token to 87 nats.
const LOWEST: f64 = 1e-38;

/// Targets, each spread over a few words.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// The shares of the words at distances −r to r from a graded target. One word, without smoothing.
    kernel: Vec<f32>,
    graded: std::ops::Range<u32>,
}

impl Spread {
    /// One word a target, or the normal weights of the options within three standard deviations.
    pub(super) fn new(smoothing: Option<&Smoothing>) -> Self {
        let Some(smoothing) = smoothing else {
            return Spread {
                kernel: vec![1.0],
                graded: 0..0,
            };
        };
        let radius = (3.0 * smoothing.deviation).ceil() as i64;
        let share = |distance: i64| (-0.5 * (distance as f64 / smoothing.deviation).powi(2)).exp() as f32;
        Spread {
            kernel: (-radius..=radius).map(share).collect(),
            graded: smoothing.graded.clone(),
        }
    }

    /// The words of a number of targets, and their shares, which add up to 1 for each target.
    fn over(&self, targets: &[u32]) -> (Vec<i32>, Vec<f32>) {
        let width = self.kernel.len();
        let mut words = Vec::with_capacity(targets.len() * width);
        let mut shares = Vec::with_capacity(targets.len() * width);
        let radius = (width / 2) as i64;
        for &target in targets {
            let start = shares.len();
            for (distance, &share) in (-radius..=radius).zip(&self.kernel) {
                let word = i64::from(target) + distance;
                // Beyond the first and the last graded word there is nothing, and other words have no neighbours.
                let is_word = u32::try_from(word).is_ok_and(|word| self.graded.contains(&word));
                let counts = distance == 0 || (is_word && self.graded.contains(&target));
                words.push(if counts { word as i32 } else { target as i32 });
                shares.push(if counts { share } else { 0.0 });
            }
            let sum: f32 = shares[start..].iter().sum();
            shares[start..].iter_mut().for_each(|share| *share /= sum);
        }
        (words, shares)
    }
}

/// The sum over the positions of weight · cross-entropy, in nats.
pub(super) struct Loss {
    /// The sum.
    pub nats: f64,
    /// A number whose gradient by the logits is that of the sum divided by `total`; its value means nothing.
    pub root: Option<Tensor<1>>,
}

/// The loss of logits `[positions, vocabulary]`. `total` is the weight of the whole batch, of which this may be a part. Without it,
/// no gradient is prepared.
pub(super) fn loss(
    logits: Tensor<2>,
    targets: &[u32],
    weights: &[f32],
    spread: &Spread,
    total: Option<f64>,
) -> Result<Loss, TrainError> {
    let width = spread.kernel.len();
    let (words, shares) = spread.over(targets);
    let probabilities = softmax(logits.clone().without_autodiff(), 1);
    let device = probabilities.device();
    let words: Tensor<2, Int> = Tensor::from_data(TensorData::new(words, [targets.len(), width]), &device);
    let picked = floats(probabilities.clone().gather(1, words.clone()).into_data())?;
    let nats = (picked.chunks(width).zip(shares.chunks(width)).zip(weights))
        .map(|((picked, shares), &weight)| {
            let row = picked.iter().zip(shares);
            f64::from(weight)
                * row
                    .map(|(&p, &share)| -f64::from(share) * f64::from(p).max(LOWEST).ln())
                    .sum::<f64>()
        })
        .sum();
    // `max` above would hide a model that has broken down.
    let nats = if picked.iter().any(|p| p.is_nan()) {
        f64::NAN
    } else {
        nats
    };
    let root = total.map(|total| {
        let scale = |weight: f32| (f64::from(weight) / total) as f32;
        let scaled: Vec<f32> = weights.iter().map(|&weight| scale(weight)).collect();
        let taken: Vec<f32> = (shares.chunks(width).zip(&scaled))
            .flat_map(|(shares, scale)| shares.iter().map(move |share| -share * scale))
            .collect();
        let kind = (&device, probabilities.dtype());
        let scaled = Tensor::<2>::from_data(TensorData::new(scaled, [targets.len(), 1]), kind);
        let taken = Tensor::<2>::from_data(TensorData::new(taken, [targets.len(), width]), kind);
        let gradient = (probabilities * scaled).scatter(1, words, taken, IndexingUpdateOp::Add);
        (logits * gradient).sum()
    });
    Ok(Loss { nats, root })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    const WEIGHTS: [f32; 3] = [1.0, 0.4, 2.0];
    const TARGETS: [u32; 3] = [0, 3, 5];

    fn values() -> Vec<f32> {
        (0..18).map(|index| ((index * 37) % 11) as f32 * 0.3 - 1.0).collect()
    }

    fn smoothed() -> Spread {
        Spread::new(Some(&Smoothing {
            graded: 1..5,
            deviation: 1.5,
        }))
    }

    fn nats(values: &[f32], spread: &Spread) -> f64 {
        let logits = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [3, 6]), &Device::flex());
        loss(logits, &TARGETS, &WEIGHTS, spread, None).unwrap().nats
    }

    #[test]
    fn the_loss_is_the_weighted_cross_entropy() {
        let values = values();
        let row = |row: usize, target: usize| {
            let logits = &values[row * 6..row * 6 + 6];
            let sum: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
            sum.ln() - f64::from(logits[target])
        };
        let expected = row(0, 0) + 0.4 * row(1, 3) + 2.0 * row(2, 5);
        assert!((nats(&values, &Spread::new(None)) - expected).abs() < 1e-6);
        // Target 3 alone is graded: shares exp(−d²/4.5) of the words 1 to 4.
        let shares = [(1, 2.0_f64), (2, 1.0), (3, 0.0), (4, 1.0)].map(|(word, d)| (word, (-d * d / 4.5).exp()));
        let sum: f64 = shares.iter().map(|share| share.1).sum();
        let spread: f64 = shares.iter().map(|&(word, share)| share / sum * row(1, word)).sum();
        let expected = row(0, 0) + 0.4 * spread + 2.0 * row(2, 5);
        assert!((nats(&values, &smoothed()) - expected).abs() < 1e-6);
    }

    #[test]
    fn its_gradient_is_the_slope_of_the_loss() {
        for spread in [Spread::new(None), smoothed()] {
            let values = values();
            let device = Device::flex().autodiff();
            let logits = Tensor::<2>::from_data(TensorData::new(values.clone(), [3, 6]), &device).require_grad();
            let root = loss(logits.clone(), &TARGETS, &WEIGHTS, &spread, Some(2.0))
                .unwrap()
                .root
                .unwrap();
            let gradient = floats(logits.grad(&root.backward()).unwrap().into_data()).unwrap();
            for index in 0..values.len() {
                let moved = |by: f32| {
                    let mut moved = values.clone();
                    moved[index] += by;
                    nats(&moved, &spread)
                };
                let slope = (moved(0.01) - moved(-0.01)) / 0.02 / 2.0;
                assert!(
                    (slope - f64::from(gradient[index])).abs() < 2e-4,
                    "{index}: {slope} {}",
                    gradient[index]
                );
            }
        }
    }

    #[test]
    fn a_broken_model_gives_no_number_instead_of_a_good_one() {
        let mut values = values();
        values[0] = f32::NAN;
        assert!(nats(&values, &Spread::new(None)).is_nan());
    }
}

//! What all layers of one forward pass share: the rotation of each position, the causal mask, the seed of the dropout.

use burn::tensor::{Tensor, TensorData};

use super::place::Place;
use super::rotary;
use crate::convert::{RotaryConfig, RotaryPairs, RotaryScaling};
use crate::train::model::layers;

/// One forward pass over a batch of sequences of one length.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub(super) place: Place,
    /// Sequences, side by side in the rows of a hidden state.
    pub(super) batch: usize,
    /// Tokens of each.
    pub(super) length: usize,
    /// The seed of this pass's dropout; `None` drops nothing.
    pub(super) dropout: Option<u64>,
    /// Cosines and sines, [1, 1, length, rotated / 2] each.
    rotation: (Tensor<4>, Tensor<4>),
    pairs: RotaryPairs,
    /// What YaRN multiplies the scores by.
    score_scale: f64,
    mask: Tensor<4>,
}

impl Pass {
    pub(super) fn new(
        config: &RotaryConfig,
        rotated: usize,
        [batch, length]: [usize; 2],
        place: &Place,
        dropout: Option<u64>,
    ) -> Self {
        let angles = rotary::angles(config, rotated, length);
        let (scale, score_scale) = match &config.scaling {
            RotaryScaling::Yarn(yarn) => (yarn.rotated_scale, yarn.score_scale),
            _ => (1.0, 1.0),
        };
        let table = |function: fn(f64) -> f64| {
            let values: Vec<f64> = angles.iter().map(|angle| function(*angle) * scale).collect();
            place.tensor(TensorData::new(values, [1, 1, length, rotated / 2]))
        };
        let like = place.tensor(TensorData::new(vec![0.0_f32], [1, 1]));
        Self {
            place: place.clone(),
            batch,
            length,
            dropout,
            rotation: (table(f64::cos), table(f64::sin)),
            pairs: config.pairs,
            score_scale,
            mask: layers::causal_mask(length, &like),
        }
    }

    /// [positions, heads · head] → [batch, heads, length, head].
    pub(super) fn split(&self, x: Tensor<2>, heads: usize) -> Tensor<4> {
        let head = x.dims()[1] / heads;
        x.reshape([self.batch, self.length, heads, head]).swap_dims(1, 2)
    }

    /// Turns each position's queries or keys, [batch, heads, length, rotated].
    pub(super) fn rotate(&self, x: Tensor<4>) -> Tensor<4> {
        let (cosines, sines) = self.rotation.clone();
        rotary::rotate(x, cosines, sines, self.pairs)
    }

    /// Causal attention of queries and keys [batch, heads, length, head] and values [batch, heads, length, value]; returns the
    /// heads of each position side by side, [positions, heads · value].
    pub(super) fn attend(&self, queries: Tensor<4>, keys: Tensor<4>, values: Tensor<4>) -> Tensor<2> {
        let [_, heads, _, head] = queries.dims();
        let value = values.dims()[3];
        let scale = (head as f64).powf(-0.5) * self.score_scale;
        layers::attention(queries, keys, values, &self.mask, scale)
            .swap_dims(1, 2)
            .reshape([self.batch * self.length, heads * value])
    }
}

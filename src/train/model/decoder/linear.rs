//! A linear map of a checkpoint: a frozen matrix, perhaps a bias, and perhaps a low-rank adapter that learns.

use burn::tensor::{Tensor, TensorData};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::matrix::FrozenMatrix;
use super::pass::Pass;
use crate::train::model::layers;

/// y = W x + b, and with an adapter + s · B A x (Hu and others, 2021).
#[derive(Debug, Clone)]
pub struct Linear {
    /// W, [out, in].
    pub(super) weight: FrozenMatrix,
    /// b, [out].
    pub(super) bias: Option<Tensor<1>>,
    /// The part that learns.
    pub(crate) adapter: Option<Adapter>,
}

/// The low-rank part. Only its two matrices learn.
#[derive(Debug, Clone)]
pub(crate) struct Adapter {
    /// A, [rank, in].
    pub(crate) down: Tensor<2>,
    /// B, [out, rank]; zero at first, so that the adapter changes nothing.
    pub(crate) up: Tensor<2>,
    /// s.
    pub(crate) scale: f64,
    /// The share of the inputs of A that is dropped in training.
    pub(crate) dropout: f64,
    /// Tells its dropout from that of the other adapters.
    pub(crate) stream: u64,
}

impl Linear {
    pub(super) fn new(weight: FrozenMatrix, bias: Option<Tensor<1>>) -> Self {
        Self {
            weight,
            bias,
            adapter: None,
        }
    }

    /// Outputs and inputs.
    pub fn shape(&self) -> [usize; 2] {
        self.weight.shape()
    }

    /// [positions, in] → [positions, out].
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let mut y = layers::linear(x.clone(), &self.weight.tensor(&pass.place));
        if let Some(bias) = &self.bias {
            y = y + bias.clone().unsqueeze::<2>();
        }
        if let Some(adapter) = &self.adapter {
            y = y + adapter.forward(x, pass);
        }
        y
    }
}

impl Adapter {
    fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let x = match pass.dropout {
            Some(seed) if self.dropout > 0.0 => x.clone() * self.kept(x.dims(), seed, pass),
            _ => x,
        };
        layers::linear(layers::linear(x, &self.down), &self.up) * self.scale
    }

    /// 0 where an input is dropped, else 1 / (1 − dropout). The same seed drops the same inputs, so that a layer which is
    /// computed twice in a step gives the same result.
    fn kept(&self, [rows, columns]: [usize; 2], seed: u64, pass: &Pass) -> Tensor<2> {
        let mut random = Pcg64Mcg::seed_from_u64(seed ^ self.stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // 2^32 times the share; a share below 1 fits.
        let threshold = (self.dropout * 4_294_967_296.0) as u32;
        let kept = (1.0 / (1.0 - self.dropout)) as f32;
        let mask: Vec<f32> = (0..rows * columns)
            .map(|_| if random.next_u32() < threshold { 0.0 } else { kept })
            .collect();
        pass.place.tensor(TensorData::new(mask, [rows, columns]))
    }
}

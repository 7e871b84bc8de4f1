//! The feed-forward part: SwiGLU (Shazeer, 2020).

use burn::tensor::{Tensor, activation};

use super::linear::Linear;
use super::pass::Pass;

/// down(silu(gate x) · up x). The fields are named as the checkpoint names them.
#[derive(Debug, Clone)]
pub(super) struct FeedForward {
    pub(super) gate_proj: Linear,
    pub(super) up_proj: Linear,
    pub(super) down_proj: Linear,
}

impl FeedForward {
    /// [positions, width] → the same.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let gate = activation::silu(self.gate_proj.forward(x.clone(), pass));
        self.down_proj.forward(gate * self.up_proj.forward(x, pass), pass)
    }
}

//! Grouped-query attention: llama, and qwen2 with its biases.

use burn::tensor::Tensor;

use super::linear::Linear;
use super::pass::Pass;
use crate::convert::GroupedConfig;

/// The attention of one layer. The fields are named as the checkpoint names them.
#[derive(Debug, Clone)]
pub(super) struct GroupedAttention {
    pub(super) q_proj: Linear,
    pub(super) k_proj: Linear,
    pub(super) v_proj: Linear,
    pub(super) o_proj: Linear,
    pub(super) config: GroupedConfig,
}

impl GroupedAttention {
    /// [positions, width] → the same.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let queries = pass.split(self.q_proj.forward(x.clone(), pass), self.config.heads);
        let keys = pass.split(self.k_proj.forward(x.clone(), pass), self.config.key_value_heads);
        let values = pass.split(self.v_proj.forward(x, pass), self.config.key_value_heads);
        let mixed = pass.attend(pass.rotate(queries), pass.rotate(keys), values);
        self.o_proj.forward(mixed, pass)
    }
}

//! Multi-head latent attention (DeepSeek-V2, 2024) in its full form: keys and values of each head are computed from the
//! latent vector.

use burn::tensor::Tensor;

use super::linear::Linear;
use super::norm::RmsNorm;
use super::pass::Pass;
use crate::convert::LatentConfig;

/// The attention of one layer. The fields are named as the checkpoint names them.
#[derive(Debug, Clone)]
pub(super) struct LatentAttention {
    pub(super) queries: Queries,
    pub(super) kv_a_proj_with_mqa: Linear,
    pub(super) kv_a_layernorm: RmsNorm,
    pub(super) kv_b_proj: Linear,
    pub(super) o_proj: Linear,
    pub(super) config: LatentConfig,
}

/// Where the queries come from.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one a layer, and it is not moved")]
pub(super) enum Queries {
    /// From the hidden state.
    Direct { q_proj: Linear },
    /// From a narrow vector of it.
    Narrow {
        q_a_proj: Linear,
        q_a_layernorm: RmsNorm,
        q_b_proj: Linear,
    },
}

impl LatentAttention {
    /// [positions, width] → the same.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let LatentConfig {
            heads,
            key_value_rank,
            plain,
            rotated,
            value,
            ..
        } = self.config;

        let queries = pass.split(self.queries.forward(x.clone(), pass), heads);
        let query_plain = queries.clone().narrow(3, 0, plain);
        let query_rotated = pass.rotate(queries.narrow(3, plain, rotated));

        // One rotated key a position, shared by all heads.
        let compressed = self.kv_a_proj_with_mqa.forward(x, pass);
        let key_rotated = pass.rotate(pass.split(compressed.clone().narrow(1, key_value_rank, rotated), 1));
        let key_rotated = key_rotated.repeat_dim(1, heads);

        let latent = self.kv_a_layernorm.forward(compressed.narrow(1, 0, key_value_rank));
        let keys_values = pass.split(self.kv_b_proj.forward(latent, pass), heads);
        let key_plain = keys_values.clone().narrow(3, 0, plain);
        let values = keys_values.narrow(3, plain, value);

        let queries = Tensor::cat(vec![query_plain, query_rotated], 3);
        let keys = Tensor::cat(vec![key_plain, key_rotated], 3);
        self.o_proj.forward(pass.attend(queries, keys, values), pass)
    }
}

impl Queries {
    fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        match self {
            Queries::Direct { q_proj } => q_proj.forward(x, pass),
            Queries::Narrow {
                q_a_proj,
                q_a_layernorm,
                q_b_proj,
            } => q_b_proj.forward(q_a_layernorm.forward(q_a_proj.forward(x, pass)), pass),
        }
    }
}

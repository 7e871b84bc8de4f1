//! One decoder layer: attention and a feed-forward part, each after a norm and beside a residual.

use burn::tensor::Tensor;

use super::feed_forward::FeedForward;
use super::grouped::GroupedAttention;
use super::latent::{LatentAttention, Queries};
use super::linear::Linear;
use super::norm::RmsNorm;
use super::pass::Pass;

/// One layer. The fields are named as the checkpoint names them.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) input_layernorm: RmsNorm,
    pub(super) self_attn: Attention,
    pub(super) post_attention_layernorm: RmsNorm,
    pub(super) mlp: FeedForward,
}

/// The attention of an architecture.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one a layer, and it is not moved")]
pub(super) enum Attention {
    Grouped(GroupedAttention),
    Latent(LatentAttention),
}

impl Layer {
    /// [positions, width] → the same.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let normed = self.input_layernorm.forward(x.clone());
        let x = x + match &self.self_attn {
            Attention::Grouped(attention) => attention.forward(normed, pass),
            Attention::Latent(attention) => attention.forward(normed, pass),
        };
        let normed = self.post_attention_layernorm.forward(x.clone());
        x + self.mlp.forward(normed, pass)
    }

    /// Its linear maps by their names within the layer.
    pub(super) fn linears(&mut self) -> Vec<(&'static str, &mut Linear)> {
        let mut linears = match &mut self.self_attn {
            Attention::Grouped(attention) => vec![
                ("self_attn.q_proj", &mut attention.q_proj),
                ("self_attn.k_proj", &mut attention.k_proj),
                ("self_attn.v_proj", &mut attention.v_proj),
                ("self_attn.o_proj", &mut attention.o_proj),
            ],
            Attention::Latent(attention) => {
                let mut linears = match &mut attention.queries {
                    Queries::Direct { q_proj } => vec![("self_attn.q_proj", q_proj)],
                    Queries::Narrow { q_a_proj, q_b_proj, .. } => {
                        vec![("self_attn.q_a_proj", q_a_proj), ("self_attn.q_b_proj", q_b_proj)]
                    }
                };
                linears.extend([
                    ("self_attn.kv_a_proj_with_mqa", &mut attention.kv_a_proj_with_mqa),
                    ("self_attn.kv_b_proj", &mut attention.kv_b_proj),
                    ("self_attn.o_proj", &mut attention.o_proj),
                ]);
                linears
            }
        };
        linears.extend([
            ("mlp.gate_proj", &mut self.mlp.gate_proj),
            ("mlp.up_proj", &mut self.mlp.up_proj),
            ("mlp.down_proj", &mut self.mlp.down_proj),
        ]);
        linears
    }

    /// The adapters of its linear maps, in the order of [`Self::linears`].
    pub(super) fn adapters(&mut self) -> impl Iterator<Item = &mut super::Adapter> {
        self.linears()
            .into_iter()
            .filter_map(|(_, linear)| linear.adapter.as_mut())
    }
}

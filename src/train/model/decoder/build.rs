//! From the tensors of a checkpoint to a decoder. The tensors are asked for one after the other by their names, so that no
//! second copy of the checkpoint is ever in memory.

use burn::tensor::{Tensor, TensorData};

use super::Decoder;
use super::feed_forward::FeedForward;
use super::grouped::GroupedAttention;
use super::latent::{LatentAttention, Queries};
use super::layer::{Attention, Layer};
use super::linear::Linear;
use super::matrix::{FrozenMatrix, Storage};
use super::norm::RmsNorm;
use super::place::Place;
use crate::convert::{AttentionConfig, DecoderConfig, GroupedConfig, LatentConfig};
use crate::train::TrainError;

/// The values of a tensor, and the form in which they were stored.
#[derive(Debug)]
pub struct Stored {
    /// Row by row.
    pub values: Vec<f32>,
    /// As in the file.
    pub storage: Storage,
}

/// The tensors of a checkpoint, by name and shape.
pub type Tensors<'a> = dyn FnMut(&str, &[usize]) -> Result<Option<Stored>, TrainError> + 'a;

/// How the frozen matrices of the layers are kept in memory. Embedding and output are always kept as in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BaseWeights {
    /// As in the file.
    #[default]
    Stored,
    /// In 8 bits.
    Eight,
    /// In 4 bits.
    Four,
}

/// Added to the mean square in the norms of the latent vectors: fixed in the architecture, not in its configuration.
const LATENT_EPSILON: f64 = 1e-6;

impl Decoder {
    /// Builds a decoder. `tensor` is asked for each tensor once, by its name and shape, and answers with values that have that
    /// shape, or with `None` if there is no such tensor. Linear maps have a bias where the checkpoint has one.
    ///
    /// # Errors
    /// Those of `tensor`, and [`TrainError::Parameter`] for a tensor that is missing.
    pub fn build(
        config: DecoderConfig,
        base: BaseWeights,
        place: Place,
        tensor: &mut Tensors<'_>,
    ) -> Result<Self, TrainError> {
        let mut builder = Builder {
            config: &config,
            base,
            place: &place,
            tensor,
        };
        let (vocabulary, width) = (config.vocabulary, config.width);
        let embedding = builder.matrix("model.embed_tokens", [vocabulary, width], BaseWeights::Stored)?;
        let layers = (0..config.layers)
            .map(|index| builder.layer(&format!("model.layers.{index}")))
            .collect::<Result<_, _>>()?;
        let norm = builder.norm("model.norm", width, config.norm_epsilon)?;
        let head = if config.tied {
            embedding.clone()
        } else {
            builder.matrix("lm_head", [vocabulary, width], BaseWeights::Stored)?
        };
        Ok(Self {
            config,
            place,
            embedding,
            layers,
            norm,
            head,
            dropout: None,
        })
    }
}

struct Builder<'a> {
    config: &'a DecoderConfig,
    base: BaseWeights,
    place: &'a Place,
    tensor: &'a mut Tensors<'a>,
}

impl Builder<'_> {
    fn layer(&mut self, name: &str) -> Result<Layer, TrainError> {
        let (width, feed_forward, epsilon) = (self.config.width, self.config.feed_forward, self.config.norm_epsilon);
        let mut inward = |part: &str| self.linear(&format!("{name}.mlp.{part}_proj"), [feed_forward, width]);
        let (gate_proj, up_proj) = (inward("gate")?, inward("up")?);
        Ok(Layer {
            input_layernorm: self.norm(&format!("{name}.input_layernorm"), width, epsilon)?,
            self_attn: match &self.config.attention {
                AttentionConfig::Grouped(config) => Attention::Grouped(self.grouped(name, config)?),
                AttentionConfig::Latent(config) => Attention::Latent(self.latent(name, config)?),
            },
            post_attention_layernorm: self.norm(&format!("{name}.post_attention_layernorm"), width, epsilon)?,
            mlp: FeedForward {
                gate_proj,
                up_proj,
                down_proj: self.linear(&format!("{name}.mlp.down_proj"), [width, feed_forward])?,
            },
        })
    }

    fn grouped(&mut self, layer: &str, config: &GroupedConfig) -> Result<GroupedAttention, TrainError> {
        let width = self.config.width;
        let (queries, keys) = (config.heads * config.head, config.key_value_heads * config.head);
        let name = |part: &str| format!("{layer}.self_attn.{part}_proj");
        Ok(GroupedAttention {
            q_proj: self.linear(&name("q"), [queries, width])?,
            k_proj: self.linear(&name("k"), [keys, width])?,
            v_proj: self.linear(&name("v"), [keys, width])?,
            o_proj: self.linear(&name("o"), [width, queries])?,
            config: config.clone(),
        })
    }

    fn latent(&mut self, layer: &str, config: &LatentConfig) -> Result<LatentAttention, TrainError> {
        let width = self.config.width;
        let LatentConfig {
            heads,
            query_rank,
            key_value_rank,
            plain,
            rotated,
            value,
        } = *config;
        let name = |part: &str| format!("{layer}.self_attn.{part}");
        let queries = heads * (plain + rotated);
        Ok(LatentAttention {
            queries: match query_rank {
                None => Queries::Direct {
                    q_proj: self.linear(&name("q_proj"), [queries, width])?,
                },
                Some(rank) => Queries::Narrow {
                    q_a_proj: self.linear(&name("q_a_proj"), [rank, width])?,
                    q_a_layernorm: self.norm(&name("q_a_layernorm"), rank, LATENT_EPSILON)?,
                    q_b_proj: self.linear(&name("q_b_proj"), [queries, rank])?,
                },
            },
            kv_a_proj_with_mqa: self.linear(&name("kv_a_proj_with_mqa"), [key_value_rank + rotated, width])?,
            kv_a_layernorm: self.norm(&name("kv_a_layernorm"), key_value_rank, LATENT_EPSILON)?,
            kv_b_proj: self.linear(&name("kv_b_proj"), [heads * (plain + value), key_value_rank])?,
            o_proj: self.linear(&name("o_proj"), [width, heads * value])?,
            config: config.clone(),
        })
    }

    fn linear(&mut self, name: &str, [outputs, inputs]: [usize; 2]) -> Result<Linear, TrainError> {
        let weight = self.matrix(name, [outputs, inputs], self.base)?;
        let bias = (self.tensor)(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear::new(weight, bias.map(|stored| self.vector(stored))))
    }

    fn norm(&mut self, name: &str, width: usize, epsilon: f64) -> Result<RmsNorm, TrainError> {
        let stored = self.needed(&format!("{name}.weight"), &[width])?;
        Ok(RmsNorm {
            weight: self.vector(stored),
            epsilon,
        })
    }

    fn matrix(
        &mut self,
        name: &str,
        [rows, columns]: [usize; 2],
        base: BaseWeights,
    ) -> Result<FrozenMatrix, TrainError> {
        let Stored { values, storage } = self.needed(&format!("{name}.weight"), &[rows, columns])?;
        let storage = match base {
            BaseWeights::Stored => storage,
            BaseWeights::Eight => Storage::Eight,
            BaseWeights::Four => Storage::Four,
        };
        Ok(FrozenMatrix::new(rows, columns, values, storage))
    }

    fn vector(&self, Stored { values, .. }: Stored) -> Tensor<1> {
        let width = values.len();
        self.place.tensor(TensorData::new(values, [width]))
    }

    fn needed(&mut self, name: &str, shape: &[usize]) -> Result<Stored, TrainError> {
        (self.tensor)(name, shape)?.ok_or_else(|| TrainError::Parameter {
            name: name.to_owned(),
            reason: "the checkpoint lacks it".to_owned(),
        })
    }
}

//! A checkpoint as training reads it: its shape, and its tensors one at a time.

use std::path::Path;

use super::architecture::{Architecture, Plan};
use super::checkpoint::{Checkpoint, ElementType, Folder};
use super::config::{CONFIG, Config};
use super::error::ConvertError;
use super::rope::Rope;
use super::shape::{
    AttentionConfig, DecoderConfig, GroupedConfig, LatentConfig, RotaryConfig, RotaryPairs, RotaryScaling, Yarn,
};

/// A checkpoint that can be trained, because it can be converted.
#[derive(Debug)]
pub(crate) struct Source {
    checkpoint: Checkpoint,
    config: DecoderConfig,
}

impl Source {
    /// Reads and checks the configuration, and holds the shapes of all tensors against it.
    ///
    /// # Errors
    /// What keeps the checkpoint from being converted.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let folder = Folder::open(path)?;
        let checkpoint = Checkpoint::open(&folder)?;
        let config = Config::read(&folder)?;
        let plan = Plan::of(&config, &checkpoint)?;
        let unsupported = |problem: String| ConvertError::unsupported(folder.path().join(CONFIG), problem);
        let config = decoder(&config, plan.architecture).map_err(unsupported)?;
        Ok(Self { checkpoint, config })
    }

    /// The shape of the decoder.
    pub(crate) fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// The files of its tensors.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.checkpoint.files()
    }

    /// Reads one tensor, and the form in which it is stored; `None` if there is no such tensor.
    ///
    /// # Errors
    /// [`ConvertError::File`] if it cannot be read.
    pub(crate) fn read(&self, name: &str) -> Result<Option<(Vec<f32>, ElementType)>, ConvertError> {
        match self.checkpoint.element_type(name) {
            Some(kind) => Ok(Some((self.checkpoint.read(name)?, kind))),
            None => Ok(None),
        }
    }
}

fn decoder(config: &Config, architecture: Architecture) -> Result<DecoderConfig, String> {
    let attention = match architecture {
        Architecture::Llama | Architecture::Qwen2 => AttentionConfig::Grouped(GroupedConfig {
            heads: config.num_attention_heads,
            key_value_heads: config.key_value_heads(),
            head: config.head_dim(),
        }),
        Architecture::Deepseek => {
            let needed = |name: &str, value: Option<usize>| value.ok_or_else(|| format!("{name} is missing"));
            AttentionConfig::Latent(LatentConfig {
                heads: config.num_attention_heads,
                query_rank: config.q_lora_rank,
                key_value_rank: needed("kv_lora_rank", config.kv_lora_rank)?,
                plain: needed("qk_nope_head_dim", config.qk_nope_head_dim)?,
                rotated: needed("qk_rope_head_dim", config.qk_rope_head_dim)?,
                value: needed("v_head_dim", config.v_head_dim)?,
            })
        }
    };
    let (rotated, pairs) = match &attention {
        AttentionConfig::Grouped(grouped) => (grouped.head, RotaryPairs::Halves),
        AttentionConfig::Latent(latent) if config.rope_interleave == Some(false) => {
            (latent.rotated, RotaryPairs::Halves)
        }
        AttentionConfig::Latent(latent) => (latent.rotated, RotaryPairs::Neighbours),
    };
    Ok(DecoderConfig {
        vocabulary: config.vocab_size,
        width: config.hidden_size,
        layers: config.num_hidden_layers,
        feed_forward: config.intermediate_size,
        norm_epsilon: f64::from(config.rms_norm_eps),
        tied: config.tie_word_embeddings == Some(true),
        context: config.max_position_embeddings,
        rotary: RotaryConfig {
            theta: config.rope_theta(),
            scaling: scaling(&Rope::of(config, rotated)?, architecture, rotated),
            pairs,
        },
        attention,
    })
}

fn scaling(rope: &Rope, architecture: Architecture, rotated: usize) -> RotaryScaling {
    match rope {
        Rope::Plain => RotaryScaling::None,
        Rope::Linear(factor) => RotaryScaling::Divisors(vec![*factor; rotated / 2]),
        Rope::Divisors(divisors) => {
            RotaryScaling::Divisors(divisors.iter().map(|divisor| f64::from(*divisor)).collect())
        }
        Rope::Yarn(yarn) => RotaryScaling::Yarn(Yarn {
            factor: yarn.factor,
            original: yarn.original_context,
            fast: yarn.beta_fast,
            slow: yarn.beta_slow,
            rotated_scale: yarn.rotation_scale,
            score_scale: match architecture {
                Architecture::Deepseek => yarn.attention_scale.powi(2),
                Architecture::Llama | Architecture::Qwen2 => 1.0,
            },
        }),
    }
}

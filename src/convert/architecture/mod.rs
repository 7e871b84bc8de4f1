//! From a checkpoint's tensors to llama.cpp's: which tensor becomes which, under which name, and changed how. Plans only; the
//! values are read and written later, one tensor at a time.

mod decoder;
mod deepseek;
mod llama;
mod qwen2;
mod rows;
mod step;

pub(super) use self::rows::Change;
pub(super) use self::step::{Origin, Step};

use std::collections::BTreeSet;

use super::checkpoint::Checkpoint;
use super::config::{CONFIG, Config};
use super::error::ConvertError;
use super::gguf_header::GgufValue;
use super::rope::Rope;

/// An architecture that can be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Architecture {
    /// `LlamaForCausalLM`.
    Llama,
    /// `Qwen2ForCausalLM`.
    Qwen2,
    /// `DeepseekV3ForCausalLM` with a dense feed-forward network in every layer.
    Deepseek,
}

/// How a checkpoint becomes a file of llama.cpp.
#[derive(Debug)]
pub(super) struct Plan {
    /// The architecture.
    pub(super) architecture: Architecture,
    /// The keys of the architecture.
    pub(super) metadata: Vec<(String, GgufValue)>,
    /// The tensors in the order in which they are written.
    pub(super) steps: Vec<Step>,
}

impl Architecture {
    /// The architecture that `config.json` names.
    fn of(config: &Config, checkpoint: &Checkpoint) -> Result<Self, ConvertError> {
        let named = config
            .architectures
            .iter()
            .flatten()
            .next()
            .map_or("nothing", String::as_str);
        match named {
            "LlamaForCausalLM" => Ok(Architecture::Llama),
            "Qwen2ForCausalLM" => Ok(Architecture::Qwen2),
            "DeepseekV3ForCausalLM" => Ok(Architecture::Deepseek),
            other => {
                let problem = format!(
                    "architectures names {other}; LlamaForCausalLM, Qwen2ForCausalLM and DeepseekV3ForCausalLM are possible"
                );
                Err(ConvertError::unsupported(checkpoint.folder().join(CONFIG), problem))
            }
        }
    }

    /// Its name in llama.cpp.
    pub(super) fn name(self) -> &'static str {
        match self {
            Architecture::Llama => "llama",
            Architecture::Qwen2 => "qwen2",
            Architecture::Deepseek => "deepseek2",
        }
    }

    /// Whether llama.cpp applies an adapter of the tensor with this name of its own. It silently ignores one on the projections
    /// of DeepSeek's queries, keys and values.
    pub(super) fn applies_adapter(self, name: &str) -> bool {
        self != Architecture::Deepseek || !name.contains(".attn_") || name.contains(".attn_output.")
    }
}

impl Plan {
    /// Plans the conversion and holds every shape against the checkpoint.
    ///
    /// # Errors
    /// [`ConvertError::Unsupported`] for another architecture, a mixture of experts, a tensor that has no counterpart;
    /// [`ConvertError::Damaged`] for a missing tensor or a wrong shape.
    pub(super) fn of(config: &Config, checkpoint: &Checkpoint) -> Result<Plan, ConvertError> {
        let architecture = Architecture::of(config, checkpoint)?;
        let unsupported = |problem| ConvertError::unsupported(checkpoint.folder().join(CONFIG), problem);
        let rope = |rotated| Rope::of(config, rotated).map_err(unsupported);
        let (metadata, steps) = match architecture {
            Architecture::Llama => llama::plan(config, &rope(config.head_dim())?, &|name| checkpoint.has(name)),
            Architecture::Qwen2 => qwen2::plan(config, &rope(config.head_dim())?).map_err(unsupported)?,
            Architecture::Deepseek => {
                let heads = deepseek::Heads::of(config).map_err(unsupported)?;
                deepseek::plan(config, &heads, &rope(heads.rotary)?).map_err(unsupported)?
            }
        };
        let plan = Plan {
            architecture,
            metadata,
            steps,
        };
        plan.check(config, checkpoint)?;
        Ok(plan)
    }

    /// The steps whose values come from this tensor of the checkpoint.
    pub(super) fn steps_of<'a>(&'a self, tensor: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.source() == Some(tensor))
    }

    fn check(&self, config: &Config, checkpoint: &Checkpoint) -> Result<(), ConvertError> {
        let is_of_experts = |name: &&str| name.contains(".experts.") || name.ends_with(".mlp.gate.weight");
        let mut names = checkpoint.names().filter(|name| !is_left_out(name, config));
        if let Some(name) = names.find(is_of_experts) {
            let problem =
                format!("{name} belongs to a mixture of experts; only dense feed-forward networks are converted");
            return Err(ConvertError::unsupported(checkpoint.folder(), problem));
        }
        let mut used = BTreeSet::new();
        for step in &self.steps {
            let Origin::Tensor { name, shape, .. } = &step.origin else {
                continue;
            };
            used.insert(name.as_str());
            match checkpoint.shape(name) {
                Some(found) if found == shape => {}
                Some(found) => {
                    let problem = format!("{name} has the shape {found:?}, and {CONFIG} makes it {shape:?}");
                    return Err(ConvertError::damaged(checkpoint.folder(), problem));
                }
                None => {
                    let problem = format!("the tensor {name} is missing, which {CONFIG} asks for");
                    return Err(ConvertError::damaged(checkpoint.folder(), problem));
                }
            }
        }
        for name in checkpoint.names() {
            if used.contains(name) || is_left_out(name, config) {
                continue;
            }
            let problem = format!("llama.cpp has no place for the tensor {name} in this architecture");
            return Err(ConvertError::unsupported(checkpoint.folder(), problem));
        }
        Ok(())
    }
}

/// Tensors that a decoder does not need: constants that old versions saved, the second copy of tied embeddings, and the layers
/// after the last, which predict further tokens in training.
fn is_left_out(name: &str, config: &Config) -> bool {
    let layer = name
        .strip_prefix("model.layers.")
        .and_then(|rest| rest.split('.').next())
        .and_then(|number| number.parse::<usize>().ok());
    name.ends_with(".rotary_emb.inv_freq")
        || (name == "lm_head.weight" && config.tie_word_embeddings == Some(true))
        || layer.is_some_and(|layer| layer >= config.num_hidden_layers)
}

//! The pairs of matrices of an adapter, each held against the tensor that it adapts, and how they are merged.

use std::collections::BTreeMap;
use std::path::Path;

use super::settings::Settings;
use crate::convert::architecture::Plan;
use crate::convert::checkpoint::{Checkpoint, Folder, Shard};
use crate::convert::error::ConvertError;

const WEIGHTS: &str = "adapter_model.safetensors";

/// An adapter, held against the checkpoint that it adapts.
#[derive(Debug)]
pub(in crate::convert) struct Adapter {
    pub(super) shard: Shard,
    pub(super) alpha: f64,
    /// By the name of the adapted tensor of the checkpoint.
    pub(super) pairs: BTreeMap<String, Pair>,
}

/// The two matrices of one adapted tensor: W becomes W + scale · B A.
#[derive(Debug)]
pub(super) struct Pair {
    /// The name of A, which has the shape [rank, columns of W].
    pub(super) a: String,
    /// The name of B, which has the shape [rows of W, rank].
    pub(super) b: String,
    pub(super) rank: usize,
    pub(super) columns: usize,
    pub(super) scale: f64,
}

/// Which matrix of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    A,
    B,
}

impl Adapter {
    /// Reads the adapter's description, and holds every pair against the tensor that it adapts.
    ///
    /// # Errors
    /// [`ConvertError::Unsupported`] for other kinds than plain LoRA on matrices, [`ConvertError::Damaged`] for pairs that are
    /// incomplete, of the wrong shape, or adapt nothing.
    pub(in crate::convert) fn read(
        folder: &Folder,
        plan: &Plan,
        checkpoint: &Checkpoint,
    ) -> Result<Self, ConvertError> {
        let settings = Settings::read(folder)?;
        let path = folder.path().join(WEIGHTS);
        if !folder.has(WEIGHTS) {
            return Err(ConvertError::damaged(
                folder.path(),
                format!("{WEIGHTS} is missing: give the folder that PEFT saved"),
            ));
        }
        let shard = Shard::open(&path)?;
        let mut sides: BTreeMap<String, [Option<String>; 2]> = BTreeMap::new();
        for name in shard.names() {
            let Some((module, side)) = taken_apart(name) else {
                let problem =
                    format!("{name} is not a matrix of LoRA on a linear layer, which is all that is converted");
                return Err(ConvertError::unsupported(&path, problem));
            };
            let pair = sides.entry(module.to_owned()).or_default();
            pair[side as usize] = Some(name.to_owned());
        }
        if sides.is_empty() {
            return Err(ConvertError::damaged(&path, "it holds no adapter at all"));
        }
        let mut pairs = BTreeMap::new();
        for (module, sides) in sides {
            let [Some(a), Some(b)] = sides else {
                return Err(ConvertError::damaged(
                    &path,
                    format!("{module} has only one of lora_A and lora_B"),
                ));
            };
            let tensor = format!("{module}.weight");
            if plan.steps_of(&tensor).next().is_none() {
                let problem = format!(
                    "it adapts {tensor}, which {} does not have",
                    checkpoint.folder().display()
                );
                return Err(ConvertError::damaged(&path, problem));
            }
            let shapes = [&a, &b].map(|name| shard.entry(name).map_or(&[][..], |entry| &entry.shape));
            let pair = match (shapes, checkpoint.shape(&tensor)) {
                ([&[rank, columns], &[rows, inner]], Some(&[outputs, inputs]))
                    if rank == inner && rank > 0 && (rows, columns) == (outputs, inputs) =>
                {
                    let scale = settings.scale(&module, rank);
                    let scale = scale.map_err(|problem| ConvertError::damaged(&path, problem))?;
                    Pair {
                        a,
                        b,
                        rank,
                        columns,
                        scale,
                    }
                }
                ([a, b], weight) => {
                    let problem = format!(
                        "{module} has lora_A {a:?} and lora_B {b:?} for a weight {:?}",
                        weight.unwrap_or(&[])
                    );
                    return Err(ConvertError::damaged(&path, problem));
                }
            };
            pairs.insert(tensor, pair);
        }
        Ok(Adapter {
            shard,
            alpha: settings.alpha(),
            pairs,
        })
    }

    /// The file of its matrices.
    pub(in crate::convert) fn file(&self) -> &Path {
        self.shard.path()
    }

    /// How many tensors it adapts.
    pub(in crate::convert) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Adds the adapter to the values of a tensor, if it adapts it.
    ///
    /// # Errors
    /// [`ConvertError::File`] if a matrix cannot be read.
    pub(in crate::convert) fn merge(&self, tensor: &str, weight: &mut [f32]) -> Result<(), ConvertError> {
        let Some(pair) = self.pairs.get(tensor) else {
            return Ok(());
        };
        let (a, b) = (self.shard.read(&pair.a)?, self.shard.read(&pair.b)?);
        let mut delta = vec![0f64; pair.columns];
        for (row, factors) in weight.chunks_exact_mut(pair.columns).zip(b.chunks_exact(pair.rank)) {
            delta.fill(0.0);
            for (factor, inputs) in factors.iter().zip(a.chunks_exact(pair.columns)) {
                let factor = pair.scale * f64::from(*factor);
                for (sum, input) in delta.iter_mut().zip(inputs) {
                    *sum += factor * f64::from(*input);
                }
            }
            for (value, sum) in row.iter_mut().zip(&delta) {
                *value = (f64::from(*value) + sum) as f32;
            }
        }
        Ok(())
    }
}

/// The module and the side of a name such as `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. Some versions put
/// the adapter's name before `weight`.
fn taken_apart(name: &str) -> Option<(&str, Side)> {
    let name = name.strip_prefix("base_model.model.").unwrap_or(name);
    let name = name.strip_suffix(".weight")?;
    let name = name.strip_suffix(".default").unwrap_or(name);
    match name.strip_suffix(".lora_A") {
        Some(module) => Some((module, Side::A)),
        None => Some((name.strip_suffix(".lora_B")?, Side::B)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_peft_are_taken_apart() {
        let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
        assert_eq!(taken_apart(name), Some(("model.layers.0.self_attn.q_proj", Side::A)));
        assert_eq!(taken_apart("lm_head.lora_B.default.weight"), Some(("lm_head", Side::B)));
        for other in [
            "base_model.model.model.embed_tokens.lora_embedding_A",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
            "base_model.model.lm_head.weight",
        ] {
            assert_eq!(taken_apart(other), None, "{other}");
        }
    }
}

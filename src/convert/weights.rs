//! Writes the tensors of a plan, one at a time, and has llama.cpp quantise the result.

use std::path::{Path, PathBuf};

use super::adapter::Adapter;
use super::architecture::{Origin, Plan, Step};
use super::checkpoint::{Checkpoint, ElementType};
use super::error::ConvertError;
use super::gguf::GgufWriter;
use super::gguf_header::{GgufValue, TensorInfo, TensorType};
use super::progress::ConvertProgress;
use super::quantity::Quantity;
use crate::engine::{Cancel, Quantisation, quantise};

/// A conversion under way.
pub(super) struct Conversion<'a> {
    pub(super) plan: &'a Plan,
    pub(super) checkpoint: &'a Checkpoint,
    /// The adapter that goes into the weights.
    pub(super) adapter: Option<&'a Adapter>,
    pub(super) metadata: Vec<(String, GgufValue)>,
    pub(super) cancel: &'a Cancel,
}

/// How the weights are written.
pub(super) struct Weights {
    quantity: Quantity,
    threads: usize,
}

/// All keys: general ones, those of the architecture, those of the tokenizer.
pub(super) fn metadata(plan: &Plan, name: &str, tokenizer: Vec<(String, GgufValue)>) -> Vec<(String, GgufValue)> {
    let mut metadata = vec![
        (
            "general.architecture".into(),
            GgufValue::Text(plan.architecture.name().into()),
        ),
        ("general.type".into(), GgufValue::Text("model".into())),
        ("general.name".into(), GgufValue::Text(name.into())),
    ];
    metadata.extend(plan.metadata.iter().cloned());
    metadata.extend(tokenizer);
    metadata
}

impl Weights {
    pub(super) fn new(quantity: Quantity, threads: usize) -> Self {
        Weights { quantity, threads }
    }

    /// Writes the file into a folder and returns its path there.
    ///
    /// # Errors
    /// Those of reading and writing, [`ConvertError::Quantise`], [`ConvertError::Interrupted`].
    pub(super) fn write(
        &self,
        conversion: &Conversion<'_>,
        folder: &Path,
        progress: &mut dyn FnMut(ConvertProgress),
    ) -> Result<PathBuf, ConvertError> {
        let plain = folder.join("plain.gguf");
        conversion.write(&plain, self.plain_type(conversion), progress)?;
        let quantisation = match self.quantity {
            Quantity::F32 | Quantity::F16 => return Ok(plain),
            Quantity::Q8_0 => Quantisation::Q8_0,
            Quantity::Q4KM => Quantisation::Q4KM,
        };
        progress(ConvertProgress::Quantising);
        let quantised = folder.join("quantised.gguf");
        quantise(&plain, &quantised, quantisation, self.threads).map_err(|source| ConvertError::Quantise {
            path: quantised.clone(),
            source,
        })?;
        match conversion.cancel.is_cancelled() {
            true => Err(ConvertError::Interrupted),
            false => Ok(quantised),
        }
    }

    /// How matrices are stored before they are quantised: as in the checkpoint where that loses nothing.
    fn plain_type(&self, conversion: &Conversion<'_>) -> TensorType {
        match self.quantity {
            Quantity::F32 => TensorType::F32,
            Quantity::F16 => TensorType::F16,
            Quantity::Q8_0 | Quantity::Q4KM => conversion.lossless_type(),
        }
    }
}

impl Conversion<'_> {
    fn lossless_type(&self) -> TensorType {
        let sources = self.plan.steps.iter().filter_map(Step::source);
        let mut kinds = sources.filter_map(|name| self.checkpoint.element_type(name));
        let first = kinds.next();
        match first {
            Some(kind) if self.adapter.is_none() && kinds.all(|other| other == kind) => match kind {
                ElementType::F32 => TensorType::F32,
                ElementType::F16 => TensorType::F16,
                ElementType::Bf16 => TensorType::Bf16,
            },
            _ => TensorType::F32,
        }
    }

    fn write(
        &self,
        path: &Path,
        kind: TensorType,
        progress: &mut dyn FnMut(ConvertProgress),
    ) -> Result<(), ConvertError> {
        let steps = &self.plan.steps;
        let tensors: Vec<TensorInfo> = steps
            .iter()
            .map(|step| TensorInfo {
                name: step.name.clone(),
                shape: step.shape.clone(),
                kind: if step.shape.len() > 1 { kind } else { TensorType::F32 },
            })
            .collect();
        let mut metadata = self.metadata.clone();
        metadata.push(("general.file_type".into(), GgufValue::U32(file_type(kind))));
        let mut writer = GgufWriter::create(path, &metadata, &tensors)?;
        for (done, step) in steps.iter().enumerate() {
            if self.cancel.is_cancelled() {
                return Err(ConvertError::Interrupted);
            }
            progress(ConvertProgress::Tensor {
                name: step.name.clone(),
                done,
                of: steps.len(),
            });
            writer.tensor(&self.values(step)?)?;
        }
        writer.finish()
    }

    fn values(&self, step: &Step) -> Result<Vec<f32>, ConvertError> {
        let (name, shape, change) = match &step.origin {
            Origin::Computed(values) => return Ok(values.clone()),
            Origin::Tensor { name, shape, change } => (name, shape, change),
        };
        let mut values = self.checkpoint.read(name)?;
        if values.iter().any(|value| !value.is_finite()) {
            let problem = format!("{name} holds a value that is not finite");
            return Err(ConvertError::damaged(self.checkpoint.folder(), problem));
        }
        if let Some(adapter) = self.adapter {
            adapter.merge(name, &mut values)?;
        }
        Ok(change.apply(values, shape.get(1).copied().unwrap_or(1)))
    }
}

/// The number of `llama_ftype`.
fn file_type(kind: TensorType) -> u32 {
    match kind {
        TensorType::F32 => 0,
        TensorType::F16 => 1,
        TensorType::Bf16 => 32,
    }
}

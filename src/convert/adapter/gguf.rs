//! Writes a GGUF adapter. llama.cpp has one alpha for the whole file and computes each scale as alpha / rank; another scale is
//! multiplied into B.

use std::path::Path;

use super::pairs::Adapter;
use crate::convert::architecture::{Change, Origin, Plan, Step};
use crate::convert::error::ConvertError;
use crate::convert::gguf::GgufWriter;
use crate::convert::gguf_header::{GgufValue, TensorInfo, TensorType};

/// Writes the adapter for the GGUF file that the plan makes.
///
/// # Errors
/// [`ConvertError::Unsupported`] for a tensor whose adapter llama.cpp does not apply, and those of [`GgufWriter`].
pub(in crate::convert) fn write(adapter: &Adapter, plan: &Plan, name: &str, path: &Path) -> Result<(), ConvertError> {
    let mut targets = Vec::new();
    for tensor in adapter.pairs.keys() {
        targets.push(target(adapter, plan, tensor)?);
    }
    let metadata = [
        ("general.type", GgufValue::Text("adapter".into())),
        ("general.architecture", GgufValue::Text(plan.architecture.name().into())),
        ("general.name", GgufValue::Text(name.into())),
        ("adapter.type", GgufValue::Text("lora".into())),
        ("adapter.lora.alpha", GgufValue::F32(adapter.alpha as f32)),
    ];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
    let mut tensors = Vec::new();
    for ((step, _), pair) in targets.iter().zip(adapter.pairs.values()) {
        for (side, shape) in [
            ("lora_a", [pair.columns, pair.rank]),
            ("lora_b", [pair.rank, step.shape[1]]),
        ] {
            tensors.push(TensorInfo {
                name: format!("{}.{side}", step.name),
                shape: shape.to_vec(),
                kind: TensorType::F32,
            });
        }
    }
    let mut writer = GgufWriter::create(path, &metadata, &tensors)?;
    for ((_, change), pair) in targets.iter().zip(adapter.pairs.values()) {
        writer.tensor(&adapter.shard.read(&pair.a)?)?;
        let mut b = adapter.shard.read(&pair.b)?;
        let factor = pair.scale * pair.rank as f64 / adapter.alpha;
        if factor != 1.0 {
            b.iter_mut()
                .for_each(|value| *value = (f64::from(*value) * factor) as f32);
        }
        writer.tensor(&change.apply(b, pair.rank))?;
    }
    writer.finish()
}

/// The tensor of llama.cpp that an adapter goes to. B has its rows, so that it is changed like them.
fn target<'p>(adapter: &Adapter, plan: &'p Plan, tensor: &'p str) -> Result<(&'p Step, Change), ConvertError> {
    let unsupported = |problem: String| ConvertError::unsupported(adapter.file(), problem);
    let mut steps = plan.steps_of(tensor);
    match (steps.next(), steps.next()) {
        (Some(step), None) if plan.architecture.applies_adapter(&step.name) => match &step.origin {
            Origin::Tensor { change, .. } => Ok((step, *change)),
            Origin::Computed(_) => Err(unsupported(format!("{tensor} is no weight"))),
        },
        _ => Err(unsupported(format!(
            "llama.cpp ignores an adapter of {tensor} in this architecture; add --merge to put it into the weights"
        ))),
    }
}

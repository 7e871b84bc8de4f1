//! Loads a small llama model for [`small_llama`], which decodes many paths faster than llama.cpp. Only files whose every key and
//! tensor is known here are loaded; llama.cpp computes the others.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use llama_cpp_sys_2::{GGML_TYPE_BF16, GGML_TYPE_F16, GGML_TYPE_F32};
use small_llama::{Model, Shape};

use super::header::{Header, TensorAt, Value};
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::MOST_SMALL_WEIGHTS;

/// The keys of the architecture that do not change what [`small_llama`] computes, or that [`shape`] reads.
const KEYS: [&str; 12] = [
    "context_length",
    "embedding_length",
    "block_count",
    "feed_forward_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "attention.layer_norm_rms_epsilon",
    "rope.dimension_count",
    "rope.freq_base",
    "vocab_size",
];

/// Weights in each layer.
const TENSORS_OF_A_LAYER: usize = 9;

const OUTPUT: &str = "output.weight";
const EMBEDDING: &str = "token_embd.weight";

/// The shape of a model that [`small_llama`] computes: a small one, with weights of 16 or 32 bits and nothing unknown.
pub(super) fn shape(path: &Path, vocabulary: usize) -> Option<Shape> {
    let header = Header::read(path)?;
    let value = |key: &str| header.value(&format!("llama.{key}"));
    let count = |key: &str| match value(key) {
        Some(&Value::Count(count)) => Some(count as usize),
        _ => None,
    };
    let float = |key: &str| match value(key) {
        Some(&Value::Float(value)) => Some(value),
        _ => None,
    };
    let (width, heads) = (count("embedding_length")?, count("attention.head_count")?);
    let head = count("attention.key_length").or(width.checked_div(heads))?;
    let shape = Shape {
        vocabulary,
        width,
        layers: count("block_count")?,
        heads,
        kv_heads: count("attention.head_count_kv").unwrap_or(heads),
        head,
        feed_forward: count("feed_forward_length")?,
        epsilon: float("attention.layer_norm_rms_epsilon")?,
        rope_base: float("rope.freq_base").unwrap_or(10_000.0),
    };
    let is_alike = |key: &str| count(key).is_none_or(|size| size == head);
    let is_small = shape.is_supported() && shape.weights() as u64 <= MOST_SMALL_WEIGHTS;
    let is_plain = is_small && is_alike("attention.value_length") && is_alike("rope.dimension_count");
    (is_plain && is_known(&header, &shape)).then_some(shape)
}

/// Whether nothing in the file asks for more than a plain llama model.
fn is_known(header: &Header, shape: &Shape) -> bool {
    let keys = header
        .entries
        .iter()
        .filter_map(|entry| entry.key.strip_prefix("llama."));
    let has_output = header.tensor(OUTPUT).is_some();
    let expected = shape.layers * TENSORS_OF_A_LAYER + 2 + usize::from(has_output);
    let is_readable = |tensor: &TensorAt| [GGML_TYPE_F32, GGML_TYPE_F16, GGML_TYPE_BF16].contains(&tensor.kind);
    let is_llama = header.value("general.architecture") == Some(&Value::Text("llama".into()));
    is_llama
        && keys.into_iter().all(|key| KEYS.contains(&key))
        && header.tensors.len() == expected
        && header.tensors.iter().all(is_readable)
}

/// Reads the weights.
///
/// # Errors
///
/// [`EngineError::Load`] for a tensor that is missing, has another shape than the metadata say, or ends after the file.
pub(super) fn read(path: &Path, shape: Shape) -> Result<Model, EngineError> {
    let refuse = |reason: String| EngineError::Load {
        path: path.to_owned(),
        reason,
    };
    let header = Header::read(path).ok_or_else(|| refuse("its header cannot be read".into()))?;
    let mut file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    Model::new(shape, |name, rows, columns| {
        // A model without an output layer of its own uses the embedding.
        let found = header
            .tensor(name)
            .or_else(|| header.tensor(EMBEDDING).filter(|_| name == OUTPUT));
        let tensor = found.ok_or_else(|| refuse(format!("it has no tensor {name}")))?;
        if tensor.shape != [columns, rows, 1, 1] {
            let (shape, expected) = (&tensor.shape[..2], [columns, rows]);
            return Err(refuse(format!(
                "{name} has the shape {shape:?}, and its metadata say {expected:?}"
            )));
        }
        values(&mut file, tensor).map_err(|error| refuse(format!("{name}: {error}")))
    })
}

fn values(file: &mut File, tensor: &TensorAt) -> std::io::Result<Vec<f32>> {
    let length = usize::try_from(tensor.bytes).map_err(std::io::Error::other)?;
    if tensor.from.saturating_add(tensor.bytes) > file.metadata()?.len() {
        return Err(std::io::Error::other("the file ends before it; pull the model again"));
    }
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(tensor.from))?;
    file.read_exact(&mut bytes)?;
    let halves = || bytes.as_chunks::<2>().0.iter();
    Ok(match tensor.kind {
        GGML_TYPE_F16 => halves()
            .map(|&pair| f16::from_le_bytes(pair))
            .collect::<Vec<_>>()
            .to_f32_vec(),
        GGML_TYPE_BF16 => halves()
            .map(|&pair| bf16::from_le_bytes(pair))
            .collect::<Vec<_>>()
            .to_f32_vec(),
        _ => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&four| f32::from_le_bytes(four))
            .collect(),
    })
}

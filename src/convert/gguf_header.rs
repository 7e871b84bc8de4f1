//! The header of a GGUF file (version 3, alignment 32): metadata and the list of tensors come in, its bytes go out, or what GGUF cannot
//! hold.

/// Bytes that the start of each tensor is a multiple of.
pub(super) const ALIGNMENT: u64 = 32;
/// Bytes of the longest name of a tensor that ggml takes (`GGML_MAX_NAME` less the final NUL).
const LONGEST_NAME: usize = 63;
/// The most dimensions of a tensor (`GGML_MAX_DIMS`).
const MOST_DIMENSIONS: usize = 4;

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub enum GgufValue {
    /// An unsigned number of 32 bits.
    U32(u32),
    /// A number of 32 bits.
    I32(i32),
    /// A float of 32 bits.
    F32(f32),
    /// An unsigned number of 64 bits.
    U64(u64),
    /// Yes or no.
    Bool(bool),
    /// UTF-8.
    Text(String),
    /// An array of texts.
    Texts(Vec<String>),
    /// An array of floats.
    F32s(Vec<f32>),
    /// An array of numbers.
    I32s(Vec<i32>),
}

/// How the values of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorType {
    /// 32 bits.
    F32,
    /// 16 bits, half precision: up to 65,504.
    F16,
    /// 16 bits with the exponent of 32.
    Bf16,
}

/// A tensor that will be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name as llama.cpp knows it: `blk.0.attn_q.weight`.
    pub name: String,
    /// Its dimensions in ggml's order: the fastest first, the reverse of a safetensors shape.
    pub shape: Vec<usize>,
    /// How its values are stored.
    pub kind: TensorType,
}

impl TensorType {
    /// Bytes of one value.
    pub(super) fn bytes(self) -> u64 {
        match self {
            TensorType::F32 => 4,
            TensorType::F16 | TensorType::Bf16 => 2,
        }
    }

    /// Its number in `ggml_type`.
    fn code(self) -> u32 {
        match self {
            TensorType::F32 => 0,
            TensorType::F16 => 1,
            TensorType::Bf16 => 30,
        }
    }
}

/// What GGUF or ggml cannot hold.
pub(super) fn problem_of(metadata: &[(String, GgufValue)], tensors: &[TensorInfo]) -> Option<String> {
    let mut keys = std::collections::HashSet::new();
    for (key, _) in metadata {
        if key.is_empty() || !keys.insert(key) {
            return Some(format!("the key `{key}` is empty or there twice"));
        }
    }
    let mut names = std::collections::HashSet::new();
    for TensorInfo { name, shape, .. } in tensors {
        if name.is_empty() || name.len() > LONGEST_NAME || !names.insert(name) {
            return Some(format!(
                "the tensor name `{name}` is empty, there twice or longer than {LONGEST_NAME} bytes"
            ));
        }
        if shape.is_empty() || shape.len() > MOST_DIMENSIONS || elements(shape).is_none_or(|count| count == 0) {
            return Some(format!(
                "{name} has the shape {shape:?}; one to {MOST_DIMENSIONS} dimensions are possible, none of them 0"
            ));
        }
    }
    None
}

/// Values of a shape; `None` if their bytes are more than a file can have.
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    let count = shape
        .iter()
        .try_fold(1usize, |product, side| product.checked_mul(*side))?;
    (count < usize::MAX / 64).then_some(count)
}

/// The zeros that fill up to the next start.
pub(super) fn padding(size: u64) -> usize {
    (size.next_multiple_of(ALIGNMENT) - size) as usize
}

/// The header, filled up to the start of the first tensor.
pub(super) fn header(metadata: &[(String, GgufValue)], tensors: &[TensorInfo]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"GGUF");
    bytes.extend(3u32.to_le_bytes());
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend((metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        text(&mut bytes, key);
        put_value(&mut bytes, value);
    }
    let mut offset = 0u64;
    for info in tensors {
        text(&mut bytes, &info.name);
        bytes.extend((info.shape.len() as u32).to_le_bytes());
        for side in &info.shape {
            bytes.extend((*side as u64).to_le_bytes());
        }
        bytes.extend(info.kind.code().to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        let size = info.kind.bytes() * elements(&info.shape).unwrap_or(0) as u64;
        offset += size.next_multiple_of(ALIGNMENT);
    }
    let rest = padding(bytes.len() as u64);
    bytes.extend([0; ALIGNMENT as usize].iter().take(rest));
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// The type's number in GGUF, then the value.
fn put_value(bytes: &mut Vec<u8>, value: &GgufValue) {
    let array = |bytes: &mut Vec<u8>, kind: u32, length: usize| {
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend((length as u64).to_le_bytes());
    };
    match value {
        GgufValue::U32(number) => {
            bytes.extend(4u32.to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
        GgufValue::I32(number) => {
            bytes.extend(5u32.to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
        GgufValue::F32(number) => {
            bytes.extend(6u32.to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
        GgufValue::Bool(yes) => {
            bytes.extend(7u32.to_le_bytes());
            bytes.push(u8::from(*yes));
        }
        GgufValue::Text(value) => {
            bytes.extend(8u32.to_le_bytes());
            text(bytes, value);
        }
        GgufValue::U64(number) => {
            bytes.extend(10u32.to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
        GgufValue::Texts(values) => {
            array(bytes, 8, values.len());
            values.iter().for_each(|value| text(bytes, value));
        }
        GgufValue::F32s(values) => {
            array(bytes, 6, values.len());
            values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        }
        GgufValue::I32s(values) => {
            array(bytes, 5, values.len());
            values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        }
    }
}

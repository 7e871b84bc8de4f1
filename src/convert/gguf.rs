//! Writes a GGUF file (version 3, alignment 32): metadata and the list of tensors first, then the values, one tensor at a time. The
//! file gets its name when it is complete; until then it is a temporary file beside it, which goes if the writer is dropped. It
//! never reads GGUF and never quantises.

use std::fs::Permissions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use tempfile::NamedTempFile;

use super::error::ConvertError;

/// Bytes that the start of each tensor is a multiple of.
const ALIGNMENT: u64 = 32;
/// Bytes of the longest name of a tensor that ggml takes (`GGML_MAX_NAME` less the final NUL).
const LONGEST_NAME: usize = 63;
/// The most dimensions of a tensor (`GGML_MAX_DIMS`).
const MOST_DIMENSIONS: usize = 4;
/// Values converted at a time.
const CHUNK: usize = 1 << 14;

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

/// A GGUF file under way.
#[derive(Debug)]
pub struct GgufWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    tensors: Vec<TensorInfo>,
    written: usize,
}

impl GgufWriter {
    /// Begins the file with its metadata and its tensors, in the order in which [`GgufWriter::tensor`] will write them.
    ///
    /// # Errors
    /// [`ConvertError::Output`] for a key or tensor that is there twice, or whose name or shape GGUF cannot hold;
    /// [`ConvertError::File`] if the folder cannot be written.
    pub fn create(path: &Path, metadata: &[(String, GgufValue)], tensors: &[TensorInfo]) -> Result<Self, ConvertError> {
        if let Some(problem) = problem_of(metadata, tensors) {
            return Err(ConvertError::Output {
                path: path.to_owned(),
                problem,
            });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(path.file_name().unwrap_or_default())
            .suffix(".part")
            .permissions(readable_by_all())
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(ConvertError::io("write", path))?;
        let mut writer = GgufWriter {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 20, file),
            tensors: tensors.to_vec(),
            written: 0,
        };
        let header = header(metadata, tensors);
        writer.put(&header)?;
        Ok(writer)
    }

    /// Writes the values of the next tensor of the list, the fastest dimension innermost.
    ///
    /// # Errors
    /// [`ConvertError::Output`] if no tensor is left, for another number of values than its shape, and for a value that is not
    /// finite, or too large for 16 bits.
    pub fn tensor(&mut self, values: &[f32]) -> Result<(), ConvertError> {
        let Some(info) = self.tensors.get(self.written).cloned() else {
            return Err(self.refused("all tensors of its list are written already".into()));
        };
        if Some(values.len()) != elements(&info.shape) {
            let problem = format!(
                "{} has the shape {:?}, and {} values came",
                info.name,
                info.shape,
                values.len()
            );
            return Err(self.refused(problem));
        }
        let mut bytes = Vec::with_capacity(4 * CHUNK.min(values.len()));
        for chunk in values.chunks(CHUNK) {
            bytes.clear();
            if let Err(value) = encode(chunk, info.kind, &mut bytes) {
                let problem = match value.is_finite() {
                    true => format!(
                        "{} holds {value}, which is too large for 16 bits; use --to f32",
                        info.name
                    ),
                    false => format!("{} holds a value that is not finite", info.name),
                };
                return Err(self.refused(problem));
            }
            self.put(&bytes)?;
        }
        let size = info.kind.bytes() * values.len() as u64;
        self.put(&[0; ALIGNMENT as usize][..padding(size)])?;
        self.written += 1;
        Ok(())
    }

    /// Writes the file to the disk and gives it its name, replacing one that is there.
    ///
    /// # Errors
    /// [`ConvertError::Output`] if tensors are missing, [`ConvertError::File`] if the disk is full or the name cannot be given.
    pub fn finish(self) -> Result<(), ConvertError> {
        if let Some(next) = self.tensors.get(self.written) {
            return Err(self.refused(format!("the tensor {} was not written", next.name)));
        }
        let failed = ConvertError::io("write", &self.path);
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.file
            .write_all(bytes)
            .map_err(ConvertError::io("write", &self.path))
    }

    fn refused(&self, problem: String) -> ConvertError {
        ConvertError::Output {
            path: self.path.clone(),
            problem,
        }
    }
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
fn problem_of(metadata: &[(String, GgufValue)], tensors: &[TensorInfo]) -> Option<String> {
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
fn elements(shape: &[usize]) -> Option<usize> {
    let count = shape
        .iter()
        .try_fold(1usize, |product, side| product.checked_mul(*side))?;
    (count < usize::MAX / 64).then_some(count)
}

fn padding(size: u64) -> usize {
    (size.next_multiple_of(ALIGNMENT) - size) as usize
}

fn header(metadata: &[(String, GgufValue)], tensors: &[TensorInfo]) -> Vec<u8> {
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

/// Appends values in their stored form. The error is a value that the form cannot hold.
fn encode(values: &[f32], kind: TensorType, bytes: &mut Vec<u8>) -> Result<(), f32> {
    for &value in values {
        let finite = match kind {
            TensorType::F32 => {
                bytes.extend(value.to_le_bytes());
                value.is_finite()
            }
            TensorType::F16 => {
                let short = f16::from_f32(value);
                bytes.extend(short.to_le_bytes());
                short.is_finite()
            }
            TensorType::Bf16 => {
                let short = bf16::from_f32(value);
                bytes.extend(short.to_le_bytes());
                short.is_finite()
            }
        };
        if !finite {
            return Err(value);
        }
    }
    Ok(())
}

/// The usual permissions of a new file, less the user's mask. Temporary files are private otherwise.
fn readable_by_all() -> Permissions {
    Permissions::from_mode(0o666)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tensor(name: &str, shape: &[usize], kind: TensorType) -> TensorInfo {
        TensorInfo {
            name: name.into(),
            shape: shape.to_vec(),
            kind,
        }
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_holds_its_metadata_and_its_tensors_where_the_header_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        let metadata = [
            ("general.architecture".to_owned(), GgufValue::Text("llama".into())),
            ("llama.block_count".to_owned(), GgufValue::U32(7)),
            (
                "tokenizer.ggml.tokens".to_owned(),
                GgufValue::Texts(vec!["é".into(), "b".into()]),
            ),
        ];
        let tensors = [
            tensor("a", &[3], TensorType::F32),
            tensor("b", &[2, 2], TensorType::F16),
            tensor("c", &[1], TensorType::Bf16),
        ];
        let mut writer = GgufWriter::create(&path, &metadata, &tensors).unwrap();
        writer.tensor(&[1.0, -2.5, 3.0]).unwrap();
        writer.tensor(&[0.5, 1.0, 2.0, 65504.0]).unwrap();
        writer.tensor(&[-1.0]).unwrap();
        writer.finish().unwrap();

        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(&bytes[..8], b"GGUF\x03\0\0\0");
        assert_eq!(bytes.len() % 32, 0);
        let data = bytes.len() - 3 * 32;
        assert_eq!(data % 32, 0, "the data begin aligned");
        let at = |offset: usize, length: usize| &bytes[data + offset..data + offset + length];
        assert_eq!(at(0, 4), 1f32.to_le_bytes());
        assert_eq!(at(4, 4), (-2.5f32).to_le_bytes());
        assert_eq!(at(32 + 6, 2), f16::from_f32(65504.0).to_le_bytes());
        assert_eq!(at(64, 2), bf16::from_f32(-1.0).to_le_bytes());
        let position = |text: &[u8]| bytes.windows(text.len()).position(|window| window == text);
        let block_count = position(b"llama.block_count").unwrap() + 17;
        assert_eq!(bytes[block_count..block_count + 8], [4, 0, 0, 0, 7, 0, 0, 0]);
        assert!(position("é".as_bytes()).is_some());
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_and_a_finished_one_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        let tensors = [tensor("a", &[2], TensorType::F32)];
        let mut writer = GgufWriter::create(&path, &[], &tensors).unwrap();
        assert!(writer.tensor(&[1.0]).is_err(), "too few values");
        assert!(!path.exists());
        let missing = writer.finish().unwrap_err().to_string();
        assert!(missing.contains("the tensor a was not written"), "{missing}");
        assert_eq!(entries(folder.path()), 0);

        let mut writer = GgufWriter::create(&path, &[], &tensors).unwrap();
        writer.tensor(&[1.0, 2.0]).unwrap();
        assert!(writer.tensor(&[1.0, 2.0]).is_err(), "one too many");
        writer.finish().unwrap();
        assert_eq!(entries(folder.path()), 1);
    }

    #[test]
    fn a_value_that_16_bits_cannot_hold_is_refused_by_the_tensors_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        for (kind, value, words) in [
            (TensorType::F16, 70_000.0, "--to f32"),
            (TensorType::F16, f32::NAN, "not finite"),
            (TensorType::F32, f32::INFINITY, "not finite"),
        ] {
            let mut writer = GgufWriter::create(&path, &[], &[tensor("weird", &[1], kind)]).unwrap();
            let problem = writer.tensor(&[value]).unwrap_err().to_string();
            assert!(problem.contains("weird") && problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn what_ggml_cannot_hold_is_refused_before_a_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        let long = "x".repeat(64);
        for tensors in [
            vec![tensor(&long, &[1], TensorType::F32)],
            vec![tensor("a", &[1], TensorType::F32), tensor("a", &[1], TensorType::F32)],
            vec![tensor("a", &[], TensorType::F32)],
            vec![tensor("a", &[0], TensorType::F32)],
            vec![tensor("a", &[usize::MAX, 2], TensorType::F32)],
            vec![tensor("a", &[1, 1, 1, 1, 1], TensorType::F32)],
        ] {
            assert!(GgufWriter::create(&path, &[], &tensors).is_err(), "{tensors:?}");
        }
        let twice = [("k".to_owned(), GgufValue::U32(1)), ("k".to_owned(), GgufValue::U32(2))];
        assert!(GgufWriter::create(&path, &twice, &[]).is_err());
        assert_eq!(entries(folder.path()), 0);
    }
}

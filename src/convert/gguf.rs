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
use super::gguf_header::{ALIGNMENT, GgufValue, TensorInfo, TensorType, elements, header, padding, problem_of};

/// Values converted at a time.
const CHUNK: usize = 1 << 14;

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

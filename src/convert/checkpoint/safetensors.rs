//! One safetensors file: its header is read and checked whole, its tensors one at a time and as 32-bit floats. The format: the
//! header's length in 8 bytes, the header in JSON, then the values; each tensor has a range of them, and the ranges tile them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use serde::Deserialize;

use crate::convert::error::ConvertError;

/// Bytes of the longest header, the format's own limit.
const LARGEST_HEADER: u64 = 100_000_000;
/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// The element types that are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementType {
    /// 32 bits.
    F32,
    /// Half precision.
    F16,
    /// 16 bits with the exponent of 32.
    Bf16,
}

/// One tensor of a file.
#[derive(Debug)]
pub(in crate::convert) struct Entry {
    /// How its values are stored.
    pub(in crate::convert) kind: ElementType,
    /// Its dimensions, the slowest first.
    pub(in crate::convert) shape: Vec<usize>,
    /// Where its bytes begin in the file.
    start: u64,
    bytes: u64,
}

/// A safetensors file.
#[derive(Debug)]
pub(in crate::convert) struct Shard {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// A tensor as the header has it.
#[derive(Debug, Deserialize)]
struct Described {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// A value of the header: a tensor, or the texts under `__metadata__`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum HeaderValue {
    Tensor(Described),
    Texts(BTreeMap<String, String>),
}

impl Shard {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] if the header is broken, too long or does not fit the file; [`ConvertError::Unsupported`] for
    /// another element type; [`ConvertError::File`].
    pub(in crate::convert) fn open(path: &Path) -> Result<Self, ConvertError> {
        let failed = ConvertError::io("read", path);
        let damaged = |problem: String| ConvertError::damaged(path, problem);
        let metadata = fs::metadata(path).map_err(&failed)?;
        if !metadata.is_file() {
            return Err(damaged("it is not a regular file".into()));
        }
        let mut file = File::open(path).map_err(&failed)?;
        let mut length = [0; 8];
        if metadata.len() < 8 {
            return Err(damaged("it is too short for a safetensors file; fetch it again".into()));
        }
        file.read_exact(&mut length).map_err(&failed)?;
        let length = u64::from_le_bytes(length);
        let most = LARGEST_HEADER.min(metadata.len() - 8);
        if length > most {
            return Err(damaged(format!(
                "its header should have {length} bytes, and at most {most} are possible: it is cut, or not a safetensors file"
            )));
        }
        let mut text = Vec::new();
        (&mut file).take(length).read_to_end(&mut text).map_err(&failed)?;
        let described: BTreeMap<String, HeaderValue> =
            serde_json::from_slice(&text).map_err(|source| ConvertError::Json {
                path: path.to_owned(),
                source,
            })?;
        let values = 8 + length;
        let mut entries = BTreeMap::new();
        for (name, value) in described {
            match value {
                HeaderValue::Texts(_) if name == "__metadata__" => {}
                HeaderValue::Texts(texts) => {
                    let count = texts.len();
                    return Err(damaged(format!(
                        "its header has no tensor under `{name}` but {count} texts"
                    )));
                }
                HeaderValue::Tensor(described) => {
                    let entry = Entry::of(path, &name, &described, values)?;
                    entries.insert(name, entry);
                }
            }
        }
        check_ranges(path, &entries, values, metadata.len())?;
        Ok(Shard {
            path: path.to_owned(),
            entries,
        })
    }

    /// Where it lies.
    pub(in crate::convert) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of its tensors.
    pub(in crate::convert) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// One tensor's description.
    pub(in crate::convert) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Reads one tensor, in the file's order.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] if it is missing, [`ConvertError::File`] if it cannot be read.
    pub(in crate::convert) fn read(&self, name: &str) -> Result<Vec<f32>, ConvertError> {
        let Some(entry) = self.entries.get(name) else {
            return Err(ConvertError::damaged(
                &self.path,
                format!("the tensor {name} is missing"),
            ));
        };
        self.read_entry(entry).map_err(ConvertError::io("read", &self.path))
    }

    fn read_entry(&self, entry: &Entry) -> std::io::Result<Vec<f32>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(entry.start))?;
        // The size was held against the file's length.
        let mut values = Vec::with_capacity((entry.bytes / entry.kind.bytes()) as usize);
        let mut block = vec![0; BLOCK];
        let mut left = entry.bytes as usize;
        while left > 0 {
            let part = &mut block[..left.min(BLOCK)];
            file.read_exact(part)?;
            decode(part, entry.kind, &mut values);
            left -= part.len();
        }
        Ok(values)
    }
}

impl Entry {
    fn of(path: &Path, name: &str, described: &Described, values: u64) -> Result<Self, ConvertError> {
        let kind = match described.dtype.as_str() {
            "F32" => ElementType::F32,
            "F16" => ElementType::F16,
            "BF16" => ElementType::Bf16,
            other => {
                let problem = format!(
                    "{name} has the element type {other}; F32, F16 and BF16 are possible. Save a quantised checkpoint in one of them first"
                );
                return Err(ConvertError::unsupported(path, problem));
            }
        };
        let size = described
            .shape
            .iter()
            .try_fold(kind.bytes(), |product, side| product.checked_mul(*side));
        let (begin, end) = described.data_offsets;
        if begin > end || size != Some(end - begin) {
            let problem = format!(
                "{name} has the shape {:?} in {}, which does not take the bytes from {begin} to {end}",
                described.shape, described.dtype
            );
            return Err(ConvertError::damaged(path, problem));
        }
        Ok(Entry {
            kind,
            shape: described.shape.iter().map(|side| *side as usize).collect(),
            start: values.saturating_add(begin),
            bytes: end - begin,
        })
    }
}

impl ElementType {
    fn bytes(self) -> u64 {
        match self {
            ElementType::F32 => 4,
            ElementType::F16 | ElementType::Bf16 => 2,
        }
    }
}

/// The ranges must follow each other without gap or overlap, from the header to the end of the file.
fn check_ranges(path: &Path, entries: &BTreeMap<String, Entry>, values: u64, end: u64) -> Result<(), ConvertError> {
    let mut ordered: Vec<(&String, &Entry)> = entries.iter().collect();
    ordered.sort_by_key(|(_, entry)| (entry.start, entry.bytes));
    let mut next = values;
    for (name, entry) in ordered {
        if entry.start != next {
            let problem = format!("the values of {name} overlap others, or there is a gap before them; fetch it again");
            return Err(ConvertError::damaged(path, problem));
        }
        next = entry.start.saturating_add(entry.bytes);
    }
    if next != end {
        let problem =
            format!("its header describes {next} bytes, and it has {end}: it is cut or damaged; fetch it again");
        return Err(ConvertError::damaged(path, problem));
    }
    Ok(())
}

/// Appends the values of a block of bytes.
fn decode(block: &[u8], kind: ElementType, values: &mut Vec<f32>) {
    match kind {
        ElementType::F32 => {
            let (words, _) = block.as_chunks::<4>();
            values.extend(words.iter().map(|word| f32::from_le_bytes(*word)));
        }
        ElementType::F16 => {
            let (words, _) = block.as_chunks::<2>();
            values.extend(words.iter().map(|word| f16::from_le_bytes(*word).to_f32()));
        }
        ElementType::Bf16 => {
            let (words, _) = block.as_chunks::<2>();
            values.extend(words.iter().map(|word| bf16::from_le_bytes(*word).to_f32()));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Writes a file of this header and as many bytes of values, and opens it.
    fn open(header: &str, values: &[u8]) -> Result<Shard, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        fs::write(&path, bytes).unwrap();
        let opened = Shard::open(&path).map_err(|error| error.to_string());
        if let Ok(shard) = &opened {
            for name in shard.names() {
                shard.read(name).unwrap();
            }
        }
        opened
    }

    #[test]
    fn the_three_element_types_are_read_as_32_bit_floats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
            "b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},"c":{"dtype":"BF16","shape":[],"data_offsets":[12,14]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([1.5f32, -2.0].map(f32::to_le_bytes).concat());
        bytes.extend([0.25f32, 3.0].map(|value| f16::from_f32(value).to_le_bytes()).concat());
        bytes.extend(bf16::from_f32(-8.0).to_le_bytes());
        fs::write(&path, bytes).unwrap();
        let shard = Shard::open(&path).unwrap();
        assert_eq!(shard.read("a").unwrap(), [1.5, -2.0]);
        assert_eq!(shard.read("b").unwrap(), [0.25, 3.0]);
        assert_eq!(shard.read("c").unwrap(), [-8.0]);
        assert_eq!(shard.entry("b").unwrap().shape, [1, 2]);
        assert!(shard.read("d").is_err());
    }

    #[test]
    fn broken_headers_are_refused_with_what_is_wrong() {
        let one = |shape: &str, begin: u64, end: u64| {
            format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[{begin},{end}]}}}}"#)
        };
        let cases = [
            (one("[2]", 0, 8), 4, "cut or damaged"),
            (one("[2]", 0, 8), 12, "cut or damaged"),
            (one("[2]", 4, 12), 12, "gap"),
            (one("[2]", 8, 0), 8, "does not take"),
            (one("[3]", 0, 8), 8, "does not take"),
            (one("[4611686018427387905]", 0, 4), 4, "does not take"),
            (one("[4294967296,4294967296]", 0, 0), 0, "does not take"),
            (one("[-1]", 0, 4), 4, "JSON"),
            (r#"{"a":{"x":"y"}}"#.into(), 0, "no tensor under `a`"),
            (r#"{"a":"#.into(), 0, "JSON"),
            (r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#.into(), 4, "element type I8"),
            (
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.into(),
                4,
                "overlap",
            ),
            (
                // A JSON object with the same key twice keeps the last, so the first range is a gap.
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#.into(),
                8,
                "gap",
            ),
        ];
        for (header, length, words) in cases {
            let problem = open(&header, &vec![0; length]).unwrap_err();
            assert!(problem.contains(words), "{header}: {problem}");
        }
        assert!(open(&one("[2]", 0, 8), &[0; 8]).is_ok());
    }

    #[test]
    fn an_absurd_header_length_allocates_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        for length in [u64::MAX, 1 << 40, 100_000_001, 17] {
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.extend([b' '; 16]);
            fs::write(&path, bytes).unwrap();
            let problem = Shard::open(&path).unwrap_err().to_string();
            assert!(problem.contains("its header should have"), "{problem}");
        }
        fs::write(&path, [0; 7]).unwrap();
        assert!(Shard::open(&path).unwrap_err().to_string().contains("too short"));
        assert!(
            Shard::open(folder.path())
                .unwrap_err()
                .to_string()
                .contains("not a regular file")
        );
    }
}

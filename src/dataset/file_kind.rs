//! The format of a dataset file, by the ending of its name. Opens nothing.

use std::path::{Path, PathBuf};

/// How a dataset is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A JSON object a line.
    JsonLines(Compression),
    /// A Parquet file.
    Parquet,
}

/// How lines are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not at all.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

/// The endings that there are.
const ENDINGS: [(&str, FileKind); 4] = [
    (".jsonl", FileKind::JsonLines(Compression::None)),
    (".jsonl.gz", FileKind::JsonLines(Compression::Gzip)),
    (".jsonl.zst", FileKind::JsonLines(Compression::Zstd)),
    (".parquet", FileKind::Parquet),
];

/// The name does not tell the format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: the name tells the format; it must end in .jsonl, .jsonl.gz, .jsonl.zst or .parquet", path.display())]
pub(crate) struct UnknownEnding {
    path: PathBuf,
}

impl FileKind {
    /// The format of the file with this name.
    pub(crate) fn of(path: &Path) -> Result<Self, UnknownEnding> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        ENDINGS
            .into_iter()
            .find(|(ending, _)| name.ends_with(ending))
            .map(|(_, kind)| kind)
            .ok_or_else(|| UnknownEnding { path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_the_format() {
        let kind = |name: &str| FileKind::of(Path::new(name));
        assert_eq!(kind("a/b.jsonl"), Ok(FileKind::JsonLines(Compression::None)));
        assert_eq!(kind("b.JSONL.GZ"), Ok(FileKind::JsonLines(Compression::Gzip)));
        assert_eq!(kind("b.jsonl.zst"), Ok(FileKind::JsonLines(Compression::Zstd)));
        assert_eq!(kind("b.3.parquet"), Ok(FileKind::Parquet));
        assert!(kind("b.json").is_err() && kind("b.zst").is_err() && kind("").is_err());
    }
}

//! The format of a dataset's file, by the ending of its name. Opens nothing.

use std::path::Path;

use super::encoding::Encoding;

/// How a dataset is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A JSON object a line.
    Lines(Encoding),
    /// A Parquet file.
    Parquet,
}

impl FileKind {
    /// The format of the file with this name: Parquet, or JSON Lines with any other ending.
    pub(super) fn of(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default();
        if ending.eq_ignore_ascii_case("parquet") {
            FileKind::Parquet
        } else {
            FileKind::Lines(Encoding::of(path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_the_format() {
        let kind = |name: &str| FileKind::of(Path::new(name));
        assert_eq!(kind("a/b.jsonl"), FileKind::Lines(Encoding::Plain));
        assert_eq!(kind("b.jsonl.gz"), FileKind::Lines(Encoding::Gzip));
        assert_eq!(kind("b.jsonl.zst"), FileKind::Lines(Encoding::Zstd));
        assert_eq!(kind("b.3.parquet"), FileKind::Parquet);
    }
}

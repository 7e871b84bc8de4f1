//! How the bytes of a JSON Lines file are compressed: by the ending of its name.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The compression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Gzip: members one after the other.
    Gzip,
    /// Zstandard: frames one after the other.
    Zstd,
}

impl Encoding {
    /// What the ending stands for: `.gz`, `.zst`, anything else.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Encoding::Gzip,
            Some("zst") => Encoding::Zstd,
            _ => Encoding::Plain,
        }
    }

    /// A piece of a file: pieces written one after the other are a file.
    ///
    /// # Errors
    /// When the library fails.
    pub(super) fn encode(self, bytes: Vec<u8>, level: i32) -> io::Result<Vec<u8>> {
        match self {
            Encoding::Plain => Ok(bytes),
            Encoding::Gzip => {
                let level = Compression::new(level.clamp(0, 9).unsigned_abs());
                let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), level);
                encoder.write_all(&bytes)?;
                encoder.finish()
            }
            Encoding::Zstd => zstd::bulk::compress(&bytes, level),
        }
    }
}

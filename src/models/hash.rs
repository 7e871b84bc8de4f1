//! SHA-256 of files and streams, as 64 lower-case hex digits. Reads in blocks; never holds a file in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Whether the text is a SHA-256 as this module writes it.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The hash and length of a whole file.
pub(crate) fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let bytes = feed(&mut hasher, File::open(path)?)?;
    Ok((hex::encode(hasher.finalize()), bytes))
}

/// Feeds a reader to its end into a hasher and returns how many bytes that were.
pub(crate) fn feed(hasher: &mut Sha256, mut reader: impl Read) -> io::Result<u64> {
    let mut block = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(bytes),
            Ok(read) => {
                hasher.update(&block[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_hash_of_abc_is_the_one_of_the_standard() {
        let mut hasher = Sha256::new();
        assert_eq!(feed(&mut hasher, &b"abc"[..]).unwrap(), 3);
        let digest = hex::encode(hasher.finalize());
        assert_eq!(
            digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(is_sha256(&digest));
    }

    #[test]
    fn a_git_hash_or_an_md5_is_no_sha256() {
        assert!(!is_sha256("d41d8cd98f00b204e9800998ecf8427e"));
        assert!(!is_sha256(&"G".repeat(64)));
    }
}

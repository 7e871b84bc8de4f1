//! The content of a file: what it must be, and what was fetched. Checks the one against the other; reads no file.

use super::error::{BY_MANIFEST, ModelsError};

/// What a file must be.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The hash and who says so.
    pub(crate) sha256: Option<(String, &'static str)>,
    /// The length the manifest gives.
    pub(crate) bytes: Option<u64>,
}

/// A whole partial file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Its hash.
    pub(crate) sha256: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// The commit the hub resolved the revision to.
    pub(crate) commit: Option<String>,
    /// The hub's name for the content.
    pub(crate) etag: Option<String>,
}

impl Wanted {
    /// Checks a length that somebody announced, or that was found.
    pub(crate) fn check_size(&self, what: &str, found: u64) -> Result<(), ModelsError> {
        match self.bytes {
            Some(expected) if expected != found => Err(ModelsError::WrongSize {
                what: what.into(),
                expected,
                expected_by: BY_MANIFEST,
                found,
            }),
            _ => Ok(()),
        }
    }

    /// Checks a hash that somebody announced, or that was found.
    pub(crate) fn check_hash(&self, what: &str, found: &str) -> Result<(), ModelsError> {
        match &self.sha256 {
            Some((expected, expected_by)) if expected != found => Err(ModelsError::WrongHash {
                what: what.into(),
                expected: expected.clone(),
                expected_by,
                found: found.into(),
            }),
            _ => Ok(()),
        }
    }
}

//! The expected and the fetched content of a file, and the check of one against the other. Reads no file.

use super::error::{BY_MANIFEST, ModelsError};

/// The expected content.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The hash, and its origin for messages.
    pub(crate) sha256: Option<(String, &'static str)>,
    /// The length the manifest gives.
    pub(crate) bytes: Option<u64>,
}

/// A completely fetched partial file.
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
    /// Checks an announced or an actual length.
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

    /// Checks an announced or an actual hash.
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

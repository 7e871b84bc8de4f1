//! Errors of the conversion. A message names the file, the tensor, the key or the flag, and says what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a checkpoint or an adapter cannot be converted.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// A file operation failed.
    #[error("cannot {action} {path}")]
    File {
        /// The verb.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file that is read is not what it should be.
    #[error("{path}: {problem}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// What is written does not fit GGUF, or the list of tensors that the file was begun with.
    #[error("cannot write {path}: {problem}")]
    Output {
        /// The file being written.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl ConvertError {
    /// Wraps a failure of the file system with what was being done to which file.
    pub(super) fn io(action: &'static str, path: impl AsRef<Path>) -> impl Fn(io::Error) -> ConvertError {
        let path = path.as_ref().to_owned();
        move |source| ConvertError::File {
            action,
            path: path.clone(),
            source,
        }
    }
}

//! Errors of the conversion. A message names the file, the tensor, the key or the flag, and says what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::engine::EngineError;
use crate::models::ModelsError;

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
    /// A JSON file that cannot be parsed.
    #[error("{path} is not JSON of the expected form; fetch it again")]
    Json {
        /// Which file.
        path: PathBuf,
        /// The parser's reason, with the line.
        #[source]
        source: serde_json::Error,
    },
    /// The file is what it should be, and llama.cpp or GGUF has no way to express it.
    #[error("{path} cannot be converted: {problem}")]
    Unsupported {
        /// Which file.
        path: PathBuf,
        /// What cannot be expressed, and what to do instead.
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
    /// llama.cpp could not quantise.
    #[error("cannot quantise for {path}")]
    Quantise {
        /// The file being written.
        path: PathBuf,
        /// llama.cpp's reason.
        #[source]
        source: io::Error,
    },
    /// llama.cpp does not take the file that was written. The file is not kept.
    #[error("llama.cpp does not accept the converted file")]
    Rejected(#[source] EngineError),
    /// The manifest beside the file cannot be what was asked for.
    #[error("the manifest cannot be written")]
    Manifest(#[source] ModelsError),
    /// The user stopped the conversion.
    #[error("interrupted; nothing was written")]
    Interrupted,
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

    /// A file that is not what it should be.
    pub(super) fn damaged(path: impl AsRef<Path>, problem: impl Into<String>) -> ConvertError {
        ConvertError::Damaged {
            path: path.as_ref().to_owned(),
            problem: problem.into(),
        }
    }

    /// A file whose content cannot be expressed.
    pub(super) fn unsupported(path: impl AsRef<Path>, problem: impl Into<String>) -> ConvertError {
        ConvertError::Unsupported {
            path: path.as_ref().to_owned(),
            problem: problem.into(),
        }
    }
}

//! What can go wrong in training, each with what to do about it.

use std::path::PathBuf;

use crate::convert::ConvertError;

/// A training run that cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Options that do not fit together or are out of range.
    #[error("{0}")]
    Options(String),
    /// An example that cannot be read or has the wrong form.
    #[error("training example {index}: {reason}")]
    Example {
        /// Its number in the data.
        index: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A parameter that the loss does not depend on, or whose gradient is not finite.
    #[error("parameter {name}: {reason}")]
    Parameter {
        /// Its name in the checkpoint.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A loss that does not move or is not a number.
    #[error("{0}")]
    Loss(String),
    /// A file of the run that cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// A checkpoint that cannot be read, or a GGUF file that cannot be written.
    #[error(transparent)]
    Export(Box<ConvertError>),
    /// A failure of the machine's arithmetic library.
    #[error("the computing device failed: {0}")]
    Device(String),
}

impl From<ConvertError> for TrainError {
    fn from(error: ConvertError) -> Self {
        TrainError::Export(Box::new(error))
    }
}

impl TrainError {
    /// An error about a file.
    pub(crate) fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        TrainError::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }
}

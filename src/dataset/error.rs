//! Errors of the data factory.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::formats::FormatError;
use crate::market::MarketError;

/// Why a data set cannot be made or read.
#[derive(Debug, Error)]
pub enum DatasetError {
    /// A file cannot be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {reason}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The output exists or was begun by another command.
    #[error("{path} {reason}; --fresh replaces it")]
    Other {
        /// The file that is in the way.
        path: PathBuf,
        /// What it is.
        reason: &'static str,
    },
    /// No series could be read.
    #[error("there is no price series to draw from: {reason}")]
    NoSeries {
        /// Why.
        reason: String,
    },
    /// A series cannot be read.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// The prompt format cannot be used for a data set.
    #[error("the prompt format cannot be used")]
    Format(#[from] FormatError),
    /// More prompts were asked for than there are windows.
    #[error(
        "{wanted} prompts were asked for, but the {part} part of the series has only {there} distinct windows of these lengths: ask for fewer with --count, allow more lengths with --context and --horizon, add series, or add simulated ones with --mix real=0.3,simulated=0.7"
    )]
    TooFewWindows {
        /// Prompts asked for.
        wanted: u64,
        /// Which part.
        part: String,
        /// Distinct windows.
        there: u64,
    },
    /// The choices contradict each other or are out of range.
    #[error("{0}")]
    Choice(String),
    /// The work was interrupted; what is written stays.
    #[error("interrupted after {prompts} prompts; the same command continues")]
    Interrupted {
        /// Prompts that this run wrote.
        prompts: u64,
    },
}

impl DatasetError {
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        Self::at("read", path)
    }

    pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        Self::at("write", path)
    }

    fn at(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| DatasetError::File {
            action,
            path: path.clone(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        DatasetError::Damaged {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

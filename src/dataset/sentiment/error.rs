//! Why a ticker, a portfolio, an answer or a file of rows cannot be used. Every message says what to do.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with a part of the dataset.
#[derive(Debug, Error)]
pub(crate) enum SentimentError {
    /// Too short a history.
    #[error("it has {found} closes; its volatility needs at least {needed}, a year of trading days")]
    TooYoung {
        /// Closes found.
        found: usize,
        /// Closes needed.
        needed: usize,
    },
    /// A history without a movement.
    #[error("its closes do not move, so it has no volatility: it may no longer be traded")]
    Flat,
    /// The portfolio is not one.
    #[error("{} is not a portfolio: {reason}; mend it, or pick a new one with --fresh", path.display())]
    Portfolio {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer is not what the schema says.
    #[error("the reporter's answer is not a label ({reason}): {answer}")]
    Answer {
        /// What is wrong with it.
        reason: String,
        /// The answer, cleaned.
        answer: String,
    },
    /// A file cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason given by the system.
        #[source]
        source: std::io::Error,
    },
    /// Another run has locked the file.
    #[error("another run is writing {}: wait for it, or give this one a file of its own with --out", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line of the file is no row.
    #[error(
        "line {line} of {} is not a labelled headline: choose another --out, or replace the file with --fresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The rows of the file were made otherwise.
    #[error(
        "line {line} of {} was labelled by {found}, and this run would label by {wanted}: choose another --out, or replace the file with --fresh",
        path.display()
    )]
    OtherLabels {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// Model and prompt of the row.
        found: String,
        /// Model and prompt of this run.
        wanted: String,
    },
}

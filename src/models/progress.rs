//! What a pull says while it works. Plain values: whoever listens draws them, logs them or drops them.

use std::time::Duration;

/// One step of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullProgress {
    /// A source of a file is being tried.
    Trying {
        /// Model and file, as `id/file`.
        file: String,
        /// The source, without secrets.
        source: String,
    },
    /// Bytes begin to arrive; sent again when a download has to begin anew.
    Begun {
        /// Length of the whole file, where known.
        total: Option<u64>,
        /// Bytes that were there already.
        from: u64,
    },
    /// More bytes were written.
    Advanced {
        /// How many since the last step.
        bytes: u64,
    },
    /// Nothing happens for a while.
    Waiting {
        /// Why.
        reason: String,
        /// How long; `None` when that is not known.
        delay: Option<Duration>,
    },
    /// The file is in its place and its hash holds.
    Done {
        /// Model and file, as `id/file`.
        file: String,
        /// Its length.
        bytes: u64,
        /// How it got there.
        how: Pulled,
    },
}

/// How a file got into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// It was there, and nothing was asked of anybody.
    AlreadyThere,
    /// The cache held the same content under another name.
    Shared,
    /// It was fetched or copied from a source.
    Fetched,
}

/// Where the steps go.
pub type Progress<'a> = &'a mut (dyn FnMut(PullProgress) + Send);

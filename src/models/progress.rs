//! Progress events of a pull. Plain data.

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
    /// A download starts, or starts again.
    Begun {
        /// Length of the whole file, where known.
        total: Option<u64>,
        /// Bytes on disk from an earlier try.
        from: u64,
    },
    /// More bytes were written.
    Advanced {
        /// Bytes since the last event.
        bytes: u64,
    },
    /// The pull waits.
    Waiting {
        /// Why.
        reason: String,
        /// How long; `None` when that is not known.
        delay: Option<Duration>,
    },
    /// The file has its final name and its hash is right.
    Done {
        /// Model and file, as `id/file`.
        file: String,
        /// Its length.
        bytes: u64,
        /// How it got there.
        how: Pulled,
    },
}

/// How a file got into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// It was there already; no request was made.
    AlreadyThere,
    /// The cache held the same content under another name.
    Shared,
    /// It came with the installation.
    Installed,
    /// It was fetched or copied from a source.
    Fetched,
}

/// Receives the events.
pub type Progress<'a> = &'a mut (dyn FnMut(PullProgress) + Send);

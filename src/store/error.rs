//! Errors of the store. Messages name the file and what to do; SQLite's error is the source.

use std::path::{Path, PathBuf};

/// Every failure of this module.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be made.
    #[error("could not {doing} the store {}; name another place, or give it the rights", path.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// The store.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A file that is something else.
    #[error("{} is not a store of analyses; it was left as it is, so name another file", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// A store with broken pages.
    #[error(
        "the store {} is damaged; move it away, or put a copy in its place, and a new one is made when there is none",
        path.display()
    )]
    Damaged {
        /// The store.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: sqlx::Error,
    },
    /// A store that a later version of Tripod wrote.
    #[error(
        "the store {} has version {found}, and this Tripod knows versions up to {known}; use the newer Tripod, or name \
         another file",
        path.display()
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The highest known.
        known: i64,
    },
    /// A store that can be read but not written, or not even opened.
    #[error(
        "the store {} cannot be opened for writing; check that it is a file, and the rights of it and of its folder",
        path.display()
    )]
    ReadOnly {
        /// The store.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: sqlx::Error,
    },
    /// No space is left.
    #[error("no space is left for the store {}; free some on its disk", path.display())]
    Full {
        /// The store.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: sqlx::Error,
    },
    /// Another program locked the store, or too many callers wait for it.
    #[error("the store {} was locked for too long; see whether another program has it open", path.display())]
    Busy {
        /// The store.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: sqlx::Error,
    },
    /// Anything else that SQLite says.
    #[error("could not {doing} the store {}", path.display())]
    Sql {
        /// The verb.
        doing: &'static str,
        /// The store.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: sqlx::Error,
    },
    /// An analysis without a JSON form.
    #[error("the analysis could not be written as JSON")]
    Json(#[source] serde_json::Error),
    /// A page after an analysis that is not stored. The caller's mistake.
    #[error("`after` names no analysis that is kept; begin again without it")]
    UnknownAfter,
    /// A page of no or too many entries. The caller's mistake.
    #[error("`limit` is {limit}; it goes from 1 to {most}")]
    Limit {
        /// What was asked for.
        limit: i64,
        /// The most.
        most: i64,
    },
}

impl StoreError {
    /// Sorts SQLite's result codes (its documentation, "Result and Error Codes") by what a user can do about them.
    pub(super) fn of(doing: &'static str, path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_path_buf();
        let code = source
            .as_database_error()
            .and_then(|error| error.code()?.parse::<i32>().ok());
        // The low byte is the primary code; what is above it only narrows it down.
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => StoreError::Busy { path, source },
            None if matches!(source, sqlx::Error::PoolTimedOut) => StoreError::Busy { path, source },
            Some(8 | 14) => StoreError::ReadOnly { path, source },
            Some(11) => StoreError::Damaged { path, source },
            Some(13) => StoreError::Full { path, source },
            Some(26) => StoreError::NotAStore { path },
            _ => StoreError::Sql { doing, path, source },
        }
    }
}

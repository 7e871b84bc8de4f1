//! Errors of the listed symbols. Every message names the source and the place in it, and says what was expected or what to do.

use std::path::PathBuf;

use thiserror::Error;

use super::source::ListingSource;
use crate::net::HttpError;

/// Why there is no list, or no new one.
#[derive(Debug, Error)]
pub enum UniverseError {
    /// A source cannot be asked.
    #[error("{source_name} could not be asked; --source can leave it out", source_name = .from.title())]
    Http {
        /// Which.
        from: ListingSource,
        /// What happened.
        #[source]
        source: HttpError,
    },
    /// A source answers with a status that is no success.
    #[error("{source_name} answered HTTP {status}: check its address, or leave it out with --source", source_name = .from.title())]
    Status {
        /// Which.
        from: ListingSource,
        /// The status.
        status: u16,
    },
    /// An answer does not have the format that Tripod reads.
    #[error("{source_name}, {place}: expected {expected}, found {found}; its format may have changed", source_name = .from.title())]
    Format {
        /// Which source.
        from: ListingSource,
        /// The page and entry, or the line.
        place: String,
        /// What should be there.
        expected: String,
        /// What is there, shortened and cleaned.
        found: String,
    },
    /// A file ends too early.
    #[error(
        "{source_name}, line {line}: expected `File Creation Time` in the last line; the file was cut short, so fetch it again",
        source_name = .from.title()
    )]
    CutShort {
        /// Which source.
        from: ListingSource,
        /// The last line there is.
        line: usize,
    },
    /// Fewer or more listings came than the source announced.
    #[error(
        "{source_name} announced {announced} listings and sent {came} on {pages} pages; fetch them again, and if that does not \
         help its format has changed",
        source_name = .from.title()
    )]
    Total {
        /// Which source.
        from: ListingSource,
        /// The total that its pages name.
        announced: usize,
        /// The listings that came.
        came: usize,
        /// On how many pages.
        pages: u32,
    },
    /// A source lists nothing.
    #[error("{source_name} lists no security: its format may have changed", source_name = .from.title())]
    Empty {
        /// Which.
        from: ListingSource,
    },
    /// A source lists far more than there are.
    #[error("{source_name} announces {announced} listings, and more than {most} are not read", source_name = .from.title())]
    TooMany {
        /// Which.
        from: ListingSource,
        /// How many it announces.
        announced: usize,
        /// The limit.
        most: usize,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The kept list is damaged.
    #[error("{}, line {line}: {reason}; `tripod universe fetch` writes it anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

//! What can be wrong with a dataset, and the list of what was found: the first faults in the order of files and lines, and how
//! many there are.

use std::path::PathBuf;

use chrono::NaiveDate;
use thiserror::Error;

use super::doubles::Place;
use crate::dataset::record::Record;
use crate::formats::PromptFormat;

/// Faults that are kept; the others are counted.
const LISTED: usize = 20;

/// A fault and its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// The line of JSON Lines, or the row of Parquet, from 1; `None` for a fault of the whole file.
    pub line: Option<u64>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultKind {
    /// A line that is not a record.
    #[error("it is not a whole record: {reason}")]
    NotARecord {
        /// What the parser says.
        reason: String,
    },
    /// The place from which the file cannot be read.
    #[error("{reason}; what follows was not read")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// A record that stands in the dataset before.
    #[error("it repeats line {line} of {}", file.display())]
    Repeated {
        /// The file of the first one.
        file: PathBuf,
        /// Its line.
        line: u64,
    },
    /// A ticker without a series.
    #[error("the series of the manifest, in this part of them, have no {ticker}")]
    NoSeries {
        /// The ticker.
        ticker: String,
    },
    /// Days that are not a window of the series.
    #[error("{ticker} has no window from {from} with {context} closes to {split_day} and {horizon} after it: {reason}")]
    NoWindow {
        /// The ticker.
        ticker: String,
        /// The first day.
        from: NaiveDate,
        /// The last day of the prompt.
        split_day: NaiveDate,
        /// Closes in the prompt.
        context: u16,
        /// Closes in the completion.
        horizon: u16,
        /// Which of these is wrong.
        reason: String,
    },
    /// A window with days of the other part, or of the gap.
    #[error("it leaks: its window of {ticker} runs from {from} to {to}, but the {part} part {limit}")]
    Leak {
        /// The ticker.
        ticker: String,
        /// The first day of the window.
        from: NaiveDate,
        /// The last day of the window, that of the last close in the completion.
        to: NaiveDate,
        /// The part of the file.
        part: String,
        /// What the part allows.
        limit: String,
    },
    /// A prompt or a completion that the format would not write.
    #[error("the {what} is not what {format} writes for {ticker} on {split_day}: {difference}")]
    Differs {
        /// `prompt` or `completion`.
        what: &'static str,
        /// The format.
        format: PromptFormat,
        /// The ticker.
        ticker: String,
        /// The last day of the prompt.
        split_day: NaiveDate,
        /// The first difference.
        difference: String,
    },
    /// A window that the format refuses to write.
    #[error("{format} does not write this window of {ticker}: {reason}")]
    Unwritable {
        /// The format.
        format: PromptFormat,
        /// The ticker.
        ticker: String,
        /// Why.
        reason: String,
    },
    /// A window that shares a day with one of the other files.
    #[error(
        "its window of {ticker}, {from} to {to}, shares days with line {line} of {}",
        file.display()
    )]
    Overlaps {
        /// The ticker.
        ticker: String,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
        /// The other file.
        file: PathBuf,
        /// The line in it.
        line: u64,
    },
    /// Another number of prompts than the manifest says.
    #[error("it has {found} prompts, and its manifest says {stated}")]
    Count {
        /// Lines in the file.
        found: u64,
        /// Prompts by the manifest.
        stated: u64,
    },
    /// Other bytes than the manifest says.
    #[error("it has the SHA-256 {found}, and its manifest says {stated}: it is another file, or it was changed")]
    Hash {
        /// Of the file.
        found: String,
        /// By the manifest.
        stated: String,
    },
}

impl FaultKind {
    /// The overlap of a record; which line it overlaps is found later.
    pub(super) fn overlap(record: &Record<'_>, to: NaiveDate) -> Self {
        FaultKind::Overlaps {
            ticker: record.ticker.to_string(),
            from: record.from,
            to,
            file: PathBuf::new(),
            line: 0,
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The first ones, in the order of their places.
    listed: Vec<(Place, FaultKind)>,
    count: u64,
}

impl Faults {
    pub(super) fn add(&mut self, place: Place, kind: FaultKind) {
        self.count += 1;
        let at = self.listed.partition_point(|(listed, _)| *listed <= place);
        if at < LISTED {
            self.listed.insert(at, (place, kind));
            self.listed.truncate(LISTED);
        }
    }

    pub(super) fn merge(&mut self, other: Faults) {
        let unlisted = other.count - other.listed.len() as u64;
        for (place, kind) in other.listed {
            self.add(place, kind);
        }
        self.count += unlisted;
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn into_listed(self) -> Vec<(Place, FaultKind)> {
        self.listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_faults_are_kept_in_order_and_all_are_counted() {
        let fault = |line: u64| (Place { file: 0, line }, FaultKind::Count { found: line, stated: 0 });
        let (mut faults, mut others) = (Faults::default(), Faults::default());
        for line in (1..=30).rev() {
            let (place, kind) = fault(line);
            faults.add(place, kind);
            let (place, kind) = fault(line + 100);
            others.add(place, kind);
        }
        others.merge(faults);
        assert_eq!(others.count(), 60);
        assert_eq!(others.into_listed(), (1..=20).map(fault).collect::<Vec<_>>());
    }
}

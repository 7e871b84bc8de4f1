//! A piece of a dataset: whole lines or rows come in, numbered records go out, or why one is none.

use std::path::Path;

use super::error::DatasetError;
use super::record::Record;

/// Several whole lines or rows of a file.
pub(super) enum Chunk {
    /// Lines of text.
    Lines {
        /// The number of the first line, from 1.
        first: u64,
        /// The lines with their line ends.
        text: Vec<u8>,
    },
    /// Rows of a Parquet file.
    Rows {
        /// The number of the first row, from 1.
        first: u64,
        /// The rows.
        records: Vec<Record<'static>>,
    },
}

/// Where a file could no longer be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The line or row, from 1; `None` if the file could not be opened.
    pub(super) line: Option<u64>,
    /// Why.
    pub(super) reason: String,
}

impl Broken {
    /// The place and the reason as an error of the file.
    pub(super) fn into_error(self, path: &Path) -> DatasetError {
        let line = self.line.map_or(String::new(), |line| format!("line {line}: "));
        DatasetError::damaged(
            path,
            format!("{line}{}; `tripod dataset verify` lists all faults", self.reason),
        )
    }
}

impl Chunk {
    /// The number of each line with its record, or with the reason why it is not one.
    pub(super) fn records(&self) -> Box<dyn Iterator<Item = (u64, Result<Record<'_>, String>)> + '_> {
        match self {
            Chunk::Rows { first, records } => {
                Box::new((*first..).zip(records.iter().map(|record| Ok(borrowed(record)))))
            }
            Chunk::Lines { first, text } => {
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                let lines = text.split(|&byte| byte == b'\n');
                Box::new(
                    (*first..).zip(
                        lines.map(|line| serde_json::from_slice(line).map_err(|error| not_a_record(line, &error))),
                    ),
                )
            }
        }
    }
}

fn borrowed<'a>(record: &'a Record<'static>) -> Record<'a> {
    Record {
        prompt: (&*record.prompt).into(),
        completion: (&*record.completion).into(),
        ticker: (&*record.ticker).into(),
        ..*record
    }
}

/// The reason without serde's line number, which counts within the line and is always 1.
fn not_a_record(line: &[u8], error: &serde_json::Error) -> String {
    if line.trim_ascii().is_empty() {
        return "it is empty".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    format!("{text} at column {}", error.column())
}

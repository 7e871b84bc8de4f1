//! Reads datasets: JSON Lines, plain or compressed with gzip or zstd, and Parquet. A file goes in and numbered pieces of records
//! come out. Holds a piece at a time, never the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::encoding::Encoding;
use super::file_kind::FileKind;
use super::parquet::ParquetRecords;
use super::record::Record;

/// The longest line. The longest prompt that can be asked for, 5,000 closes, takes about 40 KB.
const MAX_LINE: usize = 1 << 20;

/// The size from which a piece is handed on. The factory shuffles within blocks of this order of size; in a piece that holds most of
/// a block, many records share a series.
const CHUNK: usize = 4 << 20;

/// Bytes that are asked for at a time.
const READ: usize = 256 << 10;

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

impl Chunk {
    /// The number of each line with its record, or with the reason why it is not one.
    pub(super) fn records(&self) -> Box<dyn Iterator<Item = (u64, Result<Record<'_>, String>)> + '_> {
        match self {
            Chunk::Rows { first, records } => Box::new((*first..).zip(records.iter().map(|record| Ok(borrowed(record))))),
            Chunk::Lines { first, text } => {
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                let lines = text.split(|&byte| byte == b'\n');
                Box::new((*first..).zip(lines.map(|line| {
                    serde_json::from_slice(line).map_err(|error| not_a_record(line, &error))
                })))
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

/// The pieces of a file.
pub(super) enum Chunks {
    /// Of JSON Lines.
    Lines(Lines),
    /// Of Parquet.
    Rows(Rows),
}

impl Chunks {
    /// Opens a file. Its name tells its format.
    pub(super) fn open(path: &Path) -> Result<Self, Broken> {
        let broken = |reason: String| Broken { line: None, reason };
        let open = || File::open(path).map_err(|error| broken(error.to_string()));
        let source: Box<dyn Read + Send> = match FileKind::of(path) {
            FileKind::Parquet => {
                let records = ParquetRecords::open(path).map_err(broken)?;
                return Ok(Chunks::Rows(Rows::new(records)));
            }
            FileKind::Lines(Encoding::Plain) => Box::new(open()?),
            FileKind::Lines(Encoding::Gzip) => Box::new(MultiGzDecoder::new(io::BufReader::new(open()?))),
            FileKind::Lines(Encoding::Zstd) => {
                let decoder = zstd::Decoder::new(open()?).map_err(|error| broken(error.to_string()))?;
                Box::new(decoder)
            }
        };
        Ok(Chunks::Lines(Lines::new(source)))
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Chunks::Lines(lines) => lines.next(),
            Chunks::Rows(rows) => rows.next(),
        }
    }
}

/// The lines of a stream, in pieces.
pub(super) struct Lines {
    source: Box<dyn Read + Send>,
    /// The beginning of a line whose end is not read yet.
    rest: Vec<u8>,
    /// The number of the next line.
    next: u64,
    state: State,
}

enum State {
    Reading,
    /// The stream failed after the lines that were handed on.
    Failed(String),
    Ended,
}

impl Lines {
    fn new(source: Box<dyn Read + Send>) -> Self {
        Lines {
            source,
            rest: Vec::new(),
            next: 1,
            state: State::Reading,
        }
    }

    /// Reads until the buffer holds a piece, the stream ends or it fails. Returns the length of the whole lines.
    fn fill(&mut self) -> usize {
        let mut whole = 0;
        let mut seen = 0;
        while matches!(self.state, State::Reading) && (whole == 0 || self.rest.len() < CHUNK) {
            let held = self.rest.len();
            self.rest.resize(held + READ, 0);
            let read = self.source.read(&mut self.rest[held..]);
            self.rest.truncate(held + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.state = State::Ended,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => self.state = State::Failed(format!("the file is damaged or cut off here ({error})")),
            }
            if let Some(end) = self.rest[seen..].iter().rposition(|&byte| byte == b'\n') {
                whole = seen + end + 1;
            }
            seen = self.rest.len();
            if seen - whole > MAX_LINE {
                self.state = State::Failed("the line is longer than 1 MiB, which no record is".to_owned());
            }
        }
        match self.state {
            // The last line may lack its line end.
            State::Ended => self.rest.len(),
            State::Reading | State::Failed(_) => whole,
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let whole = self.fill();
        if whole == 0 {
            let State::Failed(reason) = std::mem::replace(&mut self.state, State::Ended) else {
                return None;
            };
            self.rest.clear();
            let line = Some(self.next);
            return Some(Err(Broken { line, reason }));
        }
        let rest = self.rest.split_off(whole);
        let text = std::mem::replace(&mut self.rest, rest);
        let first = self.next;
        self.next += text.iter().filter(|&&byte| byte == b'\n').count() as u64;
        Some(Ok(Chunk::Lines { first, text }))
    }
}

/// The rows of a Parquet file, a piece a row group.
pub(super) struct Rows {
    records: ParquetRecords,
    group: usize,
    next: u64,
}

impl Rows {
    fn new(records: ParquetRecords) -> Self {
        Rows {
            records,
            group: 0,
            next: 1,
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.group == self.records.groups() {
            return None;
        }
        let read = self.records.group(self.group);
        self.group += 1;
        match read {
            Ok(records) => {
                let first = self.next;
                self.next += records.len() as u64;
                Some(Ok(Chunk::Rows { first, records }))
            }
            Err((row, reason)) => {
                self.group = self.records.groups();
                Some(Err(Broken {
                    line: Some(self.next + row),
                    reason,
                }))
            }
        }
    }
}

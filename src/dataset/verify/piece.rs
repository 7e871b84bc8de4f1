//! One piece of a file: its records are parsed, hashed, and checked ticker by ticker. Several threads use one examiner.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::doubles::{self, Place};
use super::fault::{FaultKind, Faults};
use super::overlap::{Coverage, Window};
use super::series::{Reference, estimated_end};
use super::subject::Subject;
use crate::dataset::chunk::Chunk;
use crate::dataset::error::DatasetError;
use crate::dataset::record::Record;

/// Examines the pieces of one file.
pub(super) struct Examiner<'a> {
    file: u32,
    reference: Option<Reference<'a>>,
    collects_days: bool,
}

/// What was found in a piece.
pub(super) struct Examined {
    pub(super) prompts: u64,
    pub(super) faults: Faults,
    /// The hash of each record.
    pub(super) keys: Vec<([u8; 16], Place)>,
    /// The days of all windows.
    pub(super) coverage: Coverage,
}

impl<'a> Examiner<'a> {
    /// For the file with this number; `collects_days` for a comparison with other files.
    pub(super) fn new(file: u32, subject: &'a Subject, collects_days: bool) -> Result<Self, DatasetError> {
        let reference = subject.source.as_ref().ok().map(Reference::new).transpose()?;
        Ok(Examiner {
            file,
            reference,
            collects_days,
        })
    }

    /// Checks the records of a piece.
    pub(super) fn examine(&self, chunk: &Chunk) -> Result<Examined, DatasetError> {
        let mut faults = Faults::default();
        let records = self.records(chunk, &mut faults);
        let keys = records.iter().map(|(place, record)| (doubles::key(record), *place));
        let keys: Vec<_> = keys.collect();
        let mut coverage = Coverage::default();
        self.by_ticker(&records, &mut faults, |_, record, to| {
            if self.collects_days {
                coverage.add(&record.ticker, record.from, to);
            }
        })?;
        Ok(Examined {
            prompts: records.len() as u64,
            faults,
            keys,
            coverage,
        })
    }

    /// The records of a piece whose windows share days with `coverage`, and the lines that are no records.
    pub(super) fn overlaps(&self, chunk: &Chunk, coverage: &Coverage) -> Result<Faults, DatasetError> {
        let mut faults = Faults::default();
        let records = self.records(chunk, &mut faults);
        // Whether these windows exist is another question, for a verification of that file.
        let mut others = Faults::default();
        self.by_ticker(&records, &mut others, |place, record, to| {
            if coverage.touches(&record.ticker, record.from, to) {
                faults.add(place, FaultKind::overlap(record, to));
            }
        })?;
        Ok(faults)
    }

    /// For each of `windows`, the first line of a piece whose window shares a day with it.
    pub(super) fn first_lines(&self, chunk: &Chunk, windows: &[Window]) -> Result<Vec<Option<u64>>, DatasetError> {
        let mut others = Faults::default();
        let records = self.records(chunk, &mut others);
        let mut lines = vec![None::<u64>; windows.len()];
        self.by_ticker(&records, &mut others, |place, record, to| {
            for (first, window) in lines.iter_mut().zip(windows) {
                if window.touches(&record.ticker, record.from, to) {
                    *first = Some(first.map_or(place.line, |line| line.min(place.line)));
                }
            }
        })?;
        Ok(lines)
    }

    fn records<'c>(&self, chunk: &'c Chunk, faults: &mut Faults) -> Vec<(Place, Record<'c>)> {
        let mut records = Vec::new();
        for (line, record) in chunk.records() {
            let place = Place { file: self.file, line };
            match record {
                Ok(record) => records.push((place, record)),
                Err(reason) => faults.add(place, FaultKind::NotARecord { reason }),
            }
        }
        records
    }

    /// Checks the records of each ticker together, so that its series is read once, and tells the end of each window.
    fn by_ticker(
        &self,
        records: &[(Place, Record<'_>)],
        faults: &mut Faults,
        mut end: impl FnMut(Place, &Record<'_>, NaiveDate),
    ) -> Result<(), DatasetError> {
        let Some(reference) = &self.reference else {
            for (place, record) in records {
                end(*place, record, estimated_end(record));
            }
            return Ok(());
        };
        let mut tickers: BTreeMap<&str, Vec<(Place, &Record<'_>)>> = BTreeMap::new();
        for (place, record) in records {
            tickers.entry(&record.ticker).or_default().push((*place, record));
        }
        for (ticker, records) in tickers {
            reference.check(ticker, &records, faults, &mut end)?;
        }
        Ok(())
    }
}

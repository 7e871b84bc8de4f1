//! Many price series in one file: written once, then read by number, so that memory holds an index and never the series. The
//! same series always give the same hash, in whatever order they arrived.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::error::DatasetError;
use crate::market::{Bar, Series};

/// Bytes of a bar: day, open, high, low, close, volume.
const ROW: usize = 4 + 4 * 8 + 8;

/// Stands for a volume that the source does not give.
const NO_VOLUME: u64 = u64::MAX;

/// Writes the series that arrive, in any order.
#[derive(Debug)]
pub struct PackWriter {
    file: BufWriter<File>,
    folder: PathBuf,
    written: u64,
    series: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: u64,
    days: usize,
    hash: [u8; 32],
}

impl PackWriter {
    /// An empty pack in a file without a name in `folder`, which the system removes with the process at the latest.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(folder: &Path) -> Result<Self, DatasetError> {
        let file = tempfile::tempfile_in(folder).map_err(DatasetError::write(folder))?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, file),
            folder: folder.to_owned(),
            written: 0,
            series: BTreeMap::new(),
        })
    }

    /// Adds a series; a second one of the same ticker is ignored.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, ticker: &str, bars: &[Bar]) -> Result<(), DatasetError> {
        if self.series.contains_key(ticker) {
            return Ok(());
        }
        let mut rows = Vec::with_capacity(bars.len() * ROW);
        for bar in bars {
            rows.extend(bar.date.num_days_from_ce().to_le_bytes());
            for price in [bar.open, bar.high, bar.low, Some(bar.close)] {
                rows.extend(price.unwrap_or(f64::NAN).to_le_bytes());
            }
            rows.extend(bar.volume.unwrap_or(NO_VOLUME).to_le_bytes());
        }
        let written = self.file.write_all(&rows);
        written.map_err(DatasetError::write(&self.folder))?;
        let entry = Entry {
            offset: self.written,
            days: bars.len(),
            hash: Sha256::digest(&rows).into(),
        };
        self.series.insert(ticker.to_owned(), entry);
        self.written += rows.len() as u64;
        Ok(())
    }

    /// Adds the bars of a series that are certain: the newest, from the last day of its newest doubt.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_certain(&mut self, series: &Series) -> Result<(), DatasetError> {
        let (ticker, bars) = (series.ticker.as_str(), series.certain_bars());
        let left_out = series.bars.len() - bars.len();
        if left_out > 0 {
            let doubts: Vec<&str> = series.doubts.iter().map(|doubt| doubt.text.as_str()).collect();
            tracing::warn!(ticker, left_out, "the oldest bars are left out: {}", doubts.join("; "));
        }
        self.add(ticker, bars)
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The pack of all added series, by ticker.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<SeriesPack, DatasetError> {
        let file = self
            .file
            .into_inner()
            .map_err(|error| DatasetError::write(&self.folder)(error.into_error()))?;
        let mut all = Sha256::new();
        for (ticker, entry) in &self.series {
            all.update(ticker.as_bytes());
            all.update([0]);
            all.update(entry.hash);
        }
        Ok(SeriesPack {
            file,
            folder: self.folder,
            sha256: hex::encode(all.finalize()),
            series: self.series.into_iter().collect(),
        })
    }
}

/// Series by number, in alphabetical order of their tickers.
#[derive(Debug)]
pub struct SeriesPack {
    file: File,
    folder: PathBuf,
    sha256: String,
    series: Vec<(String, Entry)>,
}

impl SeriesPack {
    /// SHA-256 over tickers and bars.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The ticker of a series.
    pub fn ticker(&self, number: usize) -> &str {
        &self.series[number].0
    }

    /// How many bars a series has.
    pub fn days(&self, number: usize) -> usize {
        self.series[number].1.days
    }

    /// The number of a ticker's series.
    pub fn find(&self, ticker: &str) -> Option<usize> {
        self.series
            .binary_search_by(|(there, _)| there.as_str().cmp(ticker))
            .ok()
    }

    /// The bars of a series, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bars(&self, number: usize) -> Result<Vec<Bar>, DatasetError> {
        let (_, entry) = &self.series[number];
        let mut rows = vec![0; entry.days * ROW];
        let read = self.file.read_exact_at(&mut rows, entry.offset);
        read.map_err(DatasetError::read(&self.folder))?;
        Ok(rows.chunks_exact(ROW).filter_map(bar).collect())
    }
}

/// `None` for a row that was not written by [`PackWriter`].
fn bar(row: &[u8]) -> Option<Bar> {
    let (day, rest) = row.split_first_chunk()?;
    let price = |at: usize| -> Option<f64> {
        let bytes: [u8; 8] = rest.get(at * 8..)?.first_chunk().copied()?;
        Some(f64::from_le_bytes(bytes)).filter(|price| !price.is_nan())
    };
    let volume = u64::from_le_bytes(*rest.last_chunk()?);
    Some(Bar {
        date: NaiveDate::from_num_days_from_ce_opt(i32::from_le_bytes(*day))?,
        open: price(0),
        high: price(1),
        low: price(2),
        close: price(3)?,
        volume: (volume != NO_VOLUME).then_some(volume),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::{Ticker, demo_series};

    #[test]
    fn series_come_back_as_they_went_in_and_their_hash_does_not_depend_on_the_order() {
        let folder = tempfile::tempdir().unwrap();
        let series = |ticker: &str| demo_series(&Ticker::parse(ticker).unwrap()).unwrap().bars;
        let packed = |tickers: &[&str]| {
            let mut writer = PackWriter::new(folder.path()).unwrap();
            for ticker in tickers {
                writer.add(ticker, &series(ticker)).unwrap();
            }
            writer.finish().unwrap()
        };
        let pack = packed(&["MSFT", "AAPL", "IBM", "AAPL"]);
        assert_eq!(pack.len(), 3);
        for ticker in ["AAPL", "IBM", "MSFT"] {
            let number = pack.find(ticker).unwrap();
            assert_eq!(pack.ticker(number), ticker);
            assert_eq!(pack.bars(number).unwrap(), series(ticker));
        }
        assert_eq!(pack.find("GOOG"), None);
        assert_eq!(pack.sha256(), packed(&["IBM", "MSFT", "AAPL"]).sha256());
        assert_ne!(pack.sha256(), packed(&["IBM", "MSFT"]).sha256());
        drop(pack);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "nothing stays behind"
        );
    }
}

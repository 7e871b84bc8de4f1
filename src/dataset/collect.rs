//! Reads price series from their sources into a pack, one after the other: memory holds a few at a time.

use std::path::{Path, PathBuf};

use super::error::DatasetError;
use super::origin::SeriesOrigin;
use super::pack::{PackWriter, SeriesPack};
use crate::market::{
    CsvOptions, MarketError, Repair, Series, Ticker, csv_files, demo_series, demo_tickers, parquet_bars, repaired,
};

/// The series that could be read.
#[derive(Debug)]
pub struct Collected {
    /// The series.
    pub pack: SeriesPack,
    /// Series that could not be read, each with the reason.
    pub failures: Vec<(String, String)>,
}

/// Reads the series of a source on this machine, keeping them in a temporary file in `folder`.
///
/// # Errors
/// When there is no series, when a folder cannot be read, and when the pack cannot be written. A single series that cannot be
/// read is listed as a failure.
pub fn collect(origin: &SeriesOrigin, repair: Repair, folder: &Path) -> Result<Collected, DatasetError> {
    let mut writer = PackWriter::new(folder)?;
    let mut failures = Vec::new();
    match origin {
        SeriesOrigin::Demo { tickers } => {
            let all = demo_tickers().map(str::to_owned);
            for ticker in if tickers.is_empty() { &all[..] } else { tickers } {
                let parsed = Ticker::parse(ticker).map_err(MarketError::from);
                match parsed.and_then(|ticker| demo_series(&ticker)) {
                    Ok(series) => writer.add_certain(&repaired(series, repair))?,
                    Err(error) => failures.push((ticker.clone(), error.to_string())),
                }
            }
        }
        SeriesOrigin::Csv { folder } => {
            for path in csv_files(folder).map_err(DatasetError::read(folder))? {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let parsed = Ticker::parse(&stem).map_err(MarketError::from);
                match parsed.and_then(|ticker| CsvOptions::new(&path).read(&ticker)) {
                    Ok(series) => writer.add_certain(&repaired(series, repair))?,
                    Err(error) => failures.push((path.display().to_string(), error.to_string())),
                }
            }
        }
        SeriesOrigin::Parquet { folder } => {
            for path in parquet_files(folder)? {
                match parquet_bars(&path) {
                    Ok(series) => {
                        for (ticker, bars) in series {
                            writer.add_certain(&repaired(Series::of_bars(ticker, bars), repair))?;
                        }
                    }
                    Err(error) => failures.push((path.display().to_string(), error.to_string())),
                }
            }
        }
        SeriesOrigin::Yahoo { .. } => {
            return Err(DatasetError::NoSeries {
                reason: "Yahoo's prices are fetched, not read from this machine".to_owned(),
            });
        }
    }
    if writer.is_empty() {
        let reason = failures.first().map_or_else(
            || "the source has no series".to_owned(),
            |(name, reason)| format!("{name}: {reason}"),
        );
        return Err(DatasetError::NoSeries { reason });
    }
    Ok(Collected {
        pack: writer.finish()?,
        failures,
    })
}

/// The Parquet files of a folder, by name.
fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(DatasetError::read(folder))? {
        let path = entry.map_err(DatasetError::read(folder))?.path();
        let has_ending = path
            .extension()
            .is_some_and(|found| found.eq_ignore_ascii_case("parquet"));
        if has_ending && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

//! Reads prices from a CSV file: a date and a close, or open, high, low, close and volume, in any column order, rows in either order, as
//! services and spreadsheets write them. Every error names the file, the line and the column.

mod encoding;
mod header;
mod numbers;
mod rows;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::StringRecord;

use self::numbers::Decimals;
use self::rows::{Sheet, line_of, rows_of};
use super::error::MarketError;
use super::series::{Bar, Events, Series, SourceKind};
use super::ticker::Ticker;
use crate::text::clean_text;

/// A century of daily bars is about 3 MB.
const MAX_BYTES: u64 = 32 << 20;

/// Days without a row that are worth a warning: no exchange closes for so long, but for a few in a war.
const LONG_GAP: i64 = 10;

/// The file, and what a table cannot say itself.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// The file.
    pub path: PathBuf,
    /// ISO 4217 code of its prices; without it the prices are taken for US dollars, and a warning says so.
    pub currency: Option<String>,
    /// The company's name.
    pub company: Option<String>,
}

impl CsvOptions {
    /// A file whose currency and company are not known.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            currency: None,
            company: None,
        }
    }

    /// Opens and reads the file.
    ///
    /// # Errors
    /// [`MarketError::File`] when it cannot be read, [`MarketError::Csv`] when it is no text.
    pub fn open(self) -> Result<CsvTable, MarketError> {
        let unreadable = |source| MarketError::File {
            path: self.path.clone(),
            source,
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        // Only regular files: opening a directory succeeds and its first read fails, and a pipe may never end.
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("it is not a file")));
        }
        CsvTable::from_reader(file, self)
    }

    /// Opens the file and reads the bars of the ticker.
    ///
    /// # Errors
    /// As [`CsvOptions::open`] and [`CsvTable::series`].
    pub fn read(&self, ticker: &Ticker) -> Result<Series, MarketError> {
        self.clone().open()?.series(ticker)
    }
}

/// A table that was read, whose rows are not.
#[derive(Debug, Clone)]
pub struct CsvTable {
    options: CsvOptions,
    text: Arc<str>,
}

impl CsvTable {
    /// Reads a table; `options.path` names it in messages.
    ///
    /// # Errors
    /// [`MarketError::File`] when reading fails, [`MarketError::Csv`] when it is too large or no text.
    pub fn from_reader(reader: impl Read, options: CsvOptions) -> Result<CsvTable, MarketError> {
        let mut bytes = Vec::new();
        reader
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| MarketError::File {
                path: options.path.clone(),
                source,
            })?;
        let whole = |reason: String| whole(&options, reason);
        if bytes.len() as u64 > MAX_BYTES {
            return Err(whole(
                "it is larger than 32 MiB, which no table of daily prices is".to_owned(),
            ));
        }
        let known = |text: &str| {
            let rows = header::records(text, header::delimiter(text)).filter_map(Result::ok);
            header::known(&rows.take(header::LINES).collect::<Vec<_>>())
        };
        let text = encoding::text(&bytes, known).map_err(whole)?;
        let text = Arc::from(text.trim_start_matches('\u{feff}'));
        Ok(CsvTable { options, text })
    }

    /// The bars of the ticker: of a table that names several tickers, its own, else all.
    ///
    /// The header names the columns: a date, a close and optionally open, high, low, volume and an adjusted close, by which open, high
    /// and low are scaled too. Rows without a close are left out, with a warning.
    ///
    /// # Errors
    /// [`MarketError::Cell`] for one cell, [`MarketError::Csv`] for the whole.
    pub fn series(&self, ticker: &Ticker) -> Result<Series, MarketError> {
        let whole = |reason: String| whole(&self.options, reason);
        let delimiter = header::delimiter(&self.text);
        let broken = |error: csv::Error| {
            whole(format!(
                "it is not a CSV table ({})",
                clean_text(&error.to_string(), 200)
            ))
        };
        let all: Vec<StringRecord> = header::records(&self.text, delimiter)
            .collect::<Result<_, _>>()
            .map_err(broken)?;
        let header = header::find(&all, Some(ticker)).map_err(whole)?;
        let rows = rows_of(&all, &header, ticker).map_err(whole)?;
        // Commas between columns leave the point for decimals, unless quoted cells show otherwise.
        let usual = if delimiter == b',' {
            Decimals::Point
        } else {
            Decimals::Unknown
        };
        let file = self.options.path.display().to_string();
        let sheet = Sheet::new(&file, &header, &rows, usual).map_err(whole)?;
        let mut bars: Vec<(Bar, u64)> = Vec::with_capacity(rows.len());
        for row in &rows {
            bars.extend(sheet.bar(row)?.map(|bar| (bar, line_of(row))));
        }
        bars.sort_by_key(|(bar, _)| bar.date);
        if let Some(pair) = bars.windows(2).find(|pair| pair[0].0.date == pair[1].0.date) {
            return Err(whole(format!(
                "lines {} and {} are both of {}: keep one row a day",
                pair[0].1, pair[1].1, pair[0].0.date
            )));
        }
        if bars.is_empty() {
            return Err(whole("it has no row with a close".to_owned()));
        }
        let bars: Vec<Bar> = bars.into_iter().map(|(bar, _)| bar).collect();
        let mut warnings = Vec::new();
        if bars.len() < rows.len() {
            let without = rows.len() - bars.len();
            warnings.push(format!(
                "{without} of {} rows had no close and were left out",
                rows.len()
            ));
        }
        warnings.extend(gaps(&bars));
        if self.options.currency.is_none() {
            warnings.push("the file names no currency; the prices are taken for US dollars".to_owned());
        }
        Ok(Series {
            ticker: ticker.clone(),
            company: self.options.company.clone(),
            currency: self.options.currency.clone().unwrap_or_else(|| "USD".to_owned()),
            exchange: None,
            bars,
            source: SourceKind::Csv,
            warnings,
            events: Events::default(),
            doubts: Vec::new(),
        })
    }
}

/// Reads the bars of a ticker from a table.
///
/// # Errors
/// As [`CsvTable::from_reader`] and [`CsvTable::series`].
pub fn csv_series(reader: impl Read, ticker: &Ticker, options: &CsvOptions) -> Result<Series, MarketError> {
    CsvTable::from_reader(reader, options.clone())?.series(ticker)
}

/// A warning of the longest gap between two rows, if there is a long one.
fn gaps(bars: &[Bar]) -> Option<String> {
    let gap = |pair: &[Bar]| (pair[1].date - pair[0].date).num_days();
    let long: Vec<&[Bar]> = bars.windows(2).filter(|pair| gap(pair) > LONG_GAP).collect();
    let longest = long.iter().max_by_key(|pair| gap(pair))?;
    let more = match long.len() - 1 {
        0 => String::new(),
        1 => format!("; there is another gap of more than {LONG_GAP} days"),
        more => format!("; there are {more} other gaps of more than {LONG_GAP} days"),
    };
    Some(format!(
        "the file has no row between {} and {}{more}",
        longest[0].date, longest[1].date
    ))
}

fn whole(options: &CsvOptions, reason: String) -> MarketError {
    MarketError::Csv {
        file: options.path.display().to_string(),
        reason,
    }
}

/// The CSV files of a folder, by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn csv_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    files_with(folder, "csv")
}

fn files_with(folder: &Path, ending: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let fits = path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        if fits && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The file of a ticker with this ending in a folder with one file a ticker, whatever the case and the spelling of its name.
pub(super) fn file_of(folder: &Path, ticker: &Ticker, ending: &str) -> Option<PathBuf> {
    let usual = folder.join(format!("{ticker}.{ending}"));
    if usual.is_file() {
        return Some(usual);
    }
    let named = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        Ticker::parse(stem).as_ref() == Ok(ticker)
    };
    files_with(folder, ending).unwrap_or_default().into_iter().find(named)
}

//! Reads prices from a CSV file: a date and a close, or open, high, low, close and volume, in any column order and case, rows in
//! either order. Every error names the file, the line and the column.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};

use super::cells::{self, Decimals, SlashOrder};
use super::error::MarketError;
use super::series::{Bar, Series, SourceKind};
use super::ticker::Ticker;
use crate::text::clean_text;

/// A century of daily bars is about 3 MB.
const MAX_BYTES: u64 = 32 << 20;

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
    /// [`MarketError::File`] when it cannot be read, else as [`csv_series`].
    pub fn read(&self, ticker: &Ticker) -> Result<Series, MarketError> {
        let unreadable = |source| MarketError::File {
            path: self.path.clone(),
            source,
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        // Only regular files: opening a directory succeeds and its first read fails, and a pipe may never end.
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("it is not a file")));
        }
        csv_series(file, ticker, self)
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

/// Reads a table from `reader`; `options.path` names it in messages.
///
/// The header names the columns: `Date`, `Close` and optionally `Open`, `High`, `Low`, `Volume`, `Adj Close`. With an adjusted
/// close, open, high and low are scaled by the same factor. Rows without a close are left out, with a warning.
///
/// # Errors
/// [`MarketError::Cell`] for one cell, [`MarketError::Csv`] for the whole, [`MarketError::File`] when reading fails.
pub fn csv_series(reader: impl Read, ticker: &Ticker, options: &CsvOptions) -> Result<Series, MarketError> {
    let file = options.path.display().to_string();
    let whole = |reason: &str| MarketError::Csv {
        file: file.clone(),
        reason: reason.to_owned(),
    };
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| MarketError::File {
            path: options.path.clone(),
            source,
        })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(whole("it is larger than 32 MiB, which no table of daily prices is"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| whole("it is not UTF-8 text: save it as CSV (UTF-8)"))?;
    let text = text.trim_start_matches('\u{feff}');
    let delimiter = delimiter_of(text);
    let mut table = ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        whole(&format!(
            "it is not a CSV table ({})",
            clean_text(&error.to_string(), 200)
        ))
    };
    let header = table.headers().map_err(broken)?.clone();
    let columns = Columns::find(&header).map_err(|reason| whole(&reason))?;
    let rows: Vec<StringRecord> = table.records().collect::<Result<_, _>>().map_err(broken)?;

    let sheet = Sheet {
        file: &file,
        header: &header,
        decimals: if delimiter == b',' {
            Decimals::Point
        } else {
            Decimals::Either
        },
        order: cells::slash_order(rows.iter().filter_map(|row| row.get(columns.date)))
            .map_err(|reason| whole(&format!("column `{}`: {reason}", shown(&header, columns.date))))?,
    };
    let mut bars = Vec::with_capacity(rows.len());
    let mut without_close = 0;
    for row in &rows {
        match sheet.bar(row, &columns)? {
            Some(bar) => bars.push((bar, line_of(row))),
            None => without_close += 1,
        }
    }
    bars.sort_by_key(|(bar, _)| bar.date);
    if let Some(pair) = bars.windows(2).find(|pair| pair[0].0.date == pair[1].0.date) {
        return Err(whole(&format!(
            "lines {} and {} are both of {}: keep one row a day",
            pair[0].1, pair[1].1, pair[0].0.date
        )));
    }
    if bars.is_empty() {
        return Err(whole("it has no row with a close"));
    }
    let mut warnings = Vec::new();
    if without_close > 0 {
        warnings.push(format!(
            "{without_close} of {} rows had no close and were left out",
            rows.len()
        ));
    }
    if options.currency.is_none() {
        warnings.push("the file names no currency; the prices are taken for US dollars".to_owned());
    }
    Ok(Series {
        ticker: ticker.clone(),
        company: options.company.clone(),
        currency: options.currency.clone().unwrap_or_else(|| "USD".to_owned()),
        exchange: None,
        bars: bars.into_iter().map(|(bar, _)| bar).collect(),
        source: SourceKind::Csv,
        warnings,
        events: super::series::Events::default(),
        doubts: Vec::new(),
    })
}

/// The delimiter that the first line has most of; a comma where it has none.
fn delimiter_of(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|&b| b == delimiter).count();
    // `max_by_key` takes the last of equals, so the comma stands last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

/// Where each column is.
struct Columns {
    date: usize,
    open: Option<usize>,
    high: Option<usize>,
    low: Option<usize>,
    close: Option<usize>,
    adjusted: Option<usize>,
    volume: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, String> {
        let keys: Vec<String> = header.iter().map(cells::column_key).collect();
        let find = |names: &[&str]| -> Result<Option<usize>, String> {
            for name in names {
                let mut found = keys.iter().enumerate().filter(|(_, key)| key == name);
                if let Some((at, _)) = found.next() {
                    return match found.next() {
                        None => Ok(Some(at)),
                        Some(_) => Err(format!("it has two columns called `{}`", shown(header, at))),
                    };
                }
            }
            Ok(None)
        };
        let date = find(&cells::DATE_NAMES)?;
        let close = find(&cells::CLOSE_NAMES)?;
        let adjusted = find(&cells::ADJUSTED_NAMES)?;
        let (Some(date), true) = (date, close.is_some() || adjusted.is_some()) else {
            return Err(format!(
                "its first line must name a date and a close column, such as `Date,Close`; it has: {}",
                clean_text(&header.iter().collect::<Vec<_>>().join(", "), 120)
            ));
        };
        Ok(Self {
            date,
            close,
            adjusted,
            open: find(&["open"])?,
            high: find(&["high"])?,
            low: find(&["low"])?,
            volume: find(&["volume", "vol"])?,
        })
    }
}

/// What reading a row needs to know about its table.
struct Sheet<'a> {
    file: &'a str,
    header: &'a StringRecord,
    decimals: Decimals,
    order: Option<SlashOrder>,
}

impl Sheet<'_> {
    /// `None` for a row without a close.
    fn bar(&self, row: &StringRecord, columns: &Columns) -> Result<Option<Bar>, MarketError> {
        let date = cells::date(row.get(columns.date).unwrap_or_default(), self.order)
            .map_err(|reason| self.wrong(row, columns.date, reason))?;
        let traded = self.price(row, columns.close)?;
        let adjusted = self.price(row, columns.adjusted)?;
        // A row with only one of the two closes: an adjusted close is used as it is; a traded close cannot be adjusted.
        let (close, factor) = match (adjusted, traded) {
            (Some(adjusted), Some(traded)) => (adjusted, Some(adjusted / traded)),
            (Some(adjusted), None) => (adjusted, None),
            (None, Some(traded)) if columns.adjusted.is_none() => (traded, Some(1.0)),
            (None, _) => return Ok(None),
        };
        let scaled = |column| -> Result<Option<f64>, MarketError> {
            let price = self.price(row, column)?.zip(factor);
            let price = price.map(|(price, factor)| price * factor);
            Ok(price.filter(|price| price.is_finite() && *price > 0.0))
        };
        Ok(Some(Bar {
            date,
            open: scaled(columns.open)?,
            high: scaled(columns.high)?,
            low: scaled(columns.low)?,
            close,
            volume: self.number(row, columns.volume)?.map(|shares| shares.round() as u64),
        }))
    }

    fn price(&self, row: &StringRecord, column: Option<usize>) -> Result<Option<f64>, MarketError> {
        let price = self.number(row, column)?;
        match (price, column) {
            (Some(0.0), Some(at)) => Err(self.wrong(
                row,
                at,
                "a price of 0 is none: leave the cell empty where there is no price".to_owned(),
            )),
            _ => Ok(price),
        }
    }

    fn number(&self, row: &StringRecord, column: Option<usize>) -> Result<Option<f64>, MarketError> {
        let Some((at, cell)) = column.and_then(|at| Some((at, row.get(at)?))) else {
            return Ok(None);
        };
        match cells::number(cell, self.decimals) {
            Ok(Some(value)) if value < 0.0 => Err(self.wrong(row, at, format!("{value} is negative"))),
            Ok(value) => Ok(value),
            Err(reason) => Err(self.wrong(row, at, reason)),
        }
    }

    fn wrong(&self, row: &StringRecord, column: usize, reason: String) -> MarketError {
        MarketError::Cell {
            file: self.file.to_owned(),
            line: line_of(row),
            column: shown(self.header, column),
            reason,
        }
    }
}

fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn shown(header: &StringRecord, column: usize) -> String {
    clean_text(header.get(column).unwrap_or_default(), 40)
}

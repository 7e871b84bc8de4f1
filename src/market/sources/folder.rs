//! Daily bars of the user's own files: one CSV file, or a folder with a file `TICKER.csv` or `TICKER.parquet` a ticker. Asks no
//! service.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use super::super::csv::{CsvOptions, CsvTable, file_of};
use super::super::error::MarketError;
use super::super::parquet::parquet_bars;
use super::super::series::{Events, Series, SourceKind};
use super::super::ticker::Ticker;
use super::given::blocking;
use super::{BarQuery, BarSource};
use crate::net::HttpClient;

// A CSV file has the bars of whatever ticker is asked for.
impl BarSource for CsvOptions {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn bars<'a>(&'a self, _client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        let (options, ticker) = (self.clone(), query.ticker.clone());
        Box::pin(blocking(move || options.read(&ticker)))
    }
}

// A table that was read before anything else runs.
impl BarSource for CsvTable {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn bars<'a>(&'a self, _client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        let (table, ticker) = (self.clone(), query.ticker.clone());
        Box::pin(blocking(move || table.series(&ticker)))
    }
}

/// A folder with one file a ticker.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl BarSource for Folder {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn bars<'a>(&'a self, _client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        let (folder, ticker) = (self.0.clone(), query.ticker.clone());
        Box::pin(blocking(move || read(&folder, &ticker)))
    }
}

/// A CSV file is preferred to a Parquet file; the case of the file's name does not matter.
fn read(folder: &Path, ticker: &Ticker) -> Result<Series, MarketError> {
    if let Some(csv) = file_of(folder, ticker, "csv") {
        return CsvOptions::new(csv).read(ticker);
    }
    let missing = || MarketError::File {
        path: folder.join(format!("{ticker}.csv")),
        source: std::io::Error::from(std::io::ErrorKind::NotFound),
    };
    let path = file_of(folder, ticker, "parquet").ok_or_else(missing)?;
    let bars = parquet_bars(&path)?.remove(ticker).filter(|bars| !bars.is_empty());
    let bars = bars.ok_or_else(|| MarketError::Parquet {
        path: path.clone(),
        reason: format!("it has no bars of {ticker}"),
    })?;
    Ok(Series {
        ticker: ticker.clone(),
        company: None,
        currency: "USD".to_owned(),
        exchange: None,
        bars,
        source: SourceKind::Csv,
        warnings: vec!["the file names no currency; the prices are taken for US dollars".to_owned()],
        events: Events::default(),
        doubts: Vec::new(),
    })
}

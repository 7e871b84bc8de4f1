//! Where the series of a data set came from, as its manifest says it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A source of real price series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesOrigin {
    /// The bundled prices of these tickers; all of them where none is named.
    Demo {
        /// The tickers.
        tickers: Vec<String>,
    },
    /// A folder with one CSV file a ticker.
    Csv {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder with Parquet files.
    Parquet {
        /// The folder.
        folder: PathBuf,
    },
    /// Yahoo's chart service, asked for so many of the newest bars of each ticker.
    Yahoo {
        /// The tickers that were found.
        tickers: Vec<String>,
        /// Bars asked for.
        bars: usize,
    },
}

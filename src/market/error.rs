//! Errors of the market data. Every message says what to do; none holds a query string or a key.

use std::path::PathBuf;

use chrono::NaiveDate;
use thiserror::Error;

use super::ticker::{Ticker, TickerError};
use crate::net::HttpError;

/// Why there are no bars.
#[derive(Debug, Error)]
pub enum MarketError {
    /// The text given is not a symbol.
    #[error(transparent)]
    Ticker(#[from] TickerError),

    /// The request failed.
    #[error("Yahoo's chart service did not give the bars of {ticker}")]
    Http {
        /// What was asked for.
        ticker: Ticker,
        /// What happened.
        #[source]
        source: HttpError,
    },

    /// The service knows no such security.
    #[error(
        "Yahoo Finance knows no security called {ticker}: look the symbol up there; listings outside the US have a suffix, such as VOD.L, and classes of shares a hyphen, such as BRK-B"
    )]
    UnknownSymbol {
        /// What was asked for.
        ticker: Ticker,
    },

    /// The security exists, but not in the days asked for.
    #[error(
        "there are no bars of {ticker} between {from} and {to}: choose another date, or check that it was traded then"
    )]
    NoBars {
        /// What was asked for.
        ticker: Ticker,
        /// First day asked for.
        from: NaiveDate,
        /// Last day asked for.
        to: NaiveDate,
    },

    /// The source has bars, all of them later than the as-of date.
    #[error("the first bar of {ticker} is of {first}, later than {as_of}: choose a later date")]
    NothingYet {
        /// What was asked for.
        ticker: Ticker,
        /// The as-of date: nothing later may be used.
        as_of: NaiveDate,
        /// The source's oldest bar.
        first: NaiveDate,
    },

    /// The service reported an error.
    #[error("Yahoo's chart service refused to give the bars of {ticker}: {reason}")]
    Refused {
        /// What was asked for.
        ticker: Ticker,
        /// The service's own words, cleaned.
        reason: String,
    },

    /// The answer is not a chart.
    #[error("Yahoo's chart service sent something that is not the bars of {ticker}: {reason}")]
    Malformed {
        /// What was asked for.
        ticker: Ticker,
        /// What was wrong with it.
        reason: String,
    },

    /// The search for a company's name failed.
    #[error("Yahoo's search did not look up `{name}`: give the symbol, such as NVDA")]
    Search {
        /// What was looked for.
        name: String,
        /// What happened.
        #[source]
        source: HttpError,
    },

    /// The answer is not a list of securities.
    #[error("Yahoo's search sent something that is no list of securities called `{name}`: {reason}")]
    SearchMalformed {
        /// What was looked for.
        name: String,
        /// What was wrong with it.
        reason: String,
    },

    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },

    /// A CSV file is wrong in one place.
    #[error("{file}, line {line}, column `{column}`: {reason}")]
    Cell {
        /// The file's name.
        file: String,
        /// The line, from 1; the header is usually line 1.
        line: u64,
        /// The column's name as its header has it.
        column: String,
        /// What was wrong and what to do.
        reason: String,
    },

    /// A CSV file is wrong as a whole.
    #[error("{file}: {reason}")]
    Csv {
        /// The file's name.
        file: String,
        /// What was wrong and what to do.
        reason: String,
    },

    /// A Parquet file is wrong.
    #[error("{}: {reason}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What was wrong and what to do.
        reason: String,
    },

    /// The demo has no such security.
    #[error("the demo has no prices of {ticker}; it has {known}")]
    NotInDemo {
        /// What was asked for.
        ticker: Ticker,
        /// The tickers there are.
        known: String,
    },

    /// The bundled prices do not read: the binary was built from a damaged checkout.
    #[error("the bundled demo prices are damaged ({reason}): rebuild them with demo/make_prices.py")]
    DemoDamaged {
        /// What was wrong.
        reason: String,
    },
}

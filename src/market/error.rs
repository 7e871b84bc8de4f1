//! Errors of the market data. Every message says what to do; none holds a query string or a key.

use std::path::PathBuf;

use chrono::NaiveDate;
use thiserror::Error;

use super::ticker::{Ticker, TickerError};
use crate::net::{HttpError, in_full};

/// Why there are no bars.
#[derive(Debug, Error)]
pub enum MarketError {
    /// The text given is not a symbol.
    #[error(transparent)]
    Ticker(#[from] TickerError),

    /// The request failed.
    #[error("{service} did not give the bars of {ticker}")]
    Http {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
        /// What happened.
        #[source]
        source: HttpError,
    },

    /// The service knows no such security.
    #[error(
        "{service} knows no security called {ticker}: look it up with `tripod search`; listings outside the US have a suffix, such as VOD.L, and classes of shares a hyphen, such as BRK-B"
    )]
    UnknownSymbol {
        /// Which service.
        service: &'static str,
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

    /// The newest bar is so old that trading must have ended.
    #[error(
        "the newest bar of {ticker} is of {last}, more than 60 trading days before {today}: is it delisted? Look for a newer symbol, or give --as-of {last}"
    )]
    Ended {
        /// What was asked for.
        ticker: Ticker,
        /// The day of its newest bar.
        last: NaiveDate,
        /// The day that the analysis was to be of.
        today: NaiveDate,
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
    #[error("{service} refused to give the bars of {ticker}: {reason}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
        /// The service's own words, cleaned.
        reason: String,
    },

    /// The answer does not hold bars.
    #[error("{service} sent something that is not the bars of {ticker}: {reason}")]
    Malformed {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
        /// What was wrong with it.
        reason: String,
    },

    /// The service needs a key.
    #[error(
        "{service} needs a key: set {setting} in the configuration file or in the environment, or leave the source out"
    )]
    NoKey {
        /// Which service.
        service: &'static str,
        /// The name of its key's setting.
        setting: &'static str,
    },

    /// The key holds invalid characters.
    #[error("the key of {service} holds characters that no key has: check {setting}")]
    BadKey {
        /// Which service.
        service: &'static str,
        /// The name of its key's setting.
        setting: &'static str,
    },

    /// The key would be sent unencrypted.
    #[error("{url} would get the key of {service} unencrypted: use https")]
    Unencrypted {
        /// Which service.
        service: &'static str,
        /// The address, without secrets.
        url: String,
    },

    /// The service does not accept the key.
    #[error("{service} does not accept the key: check {setting}")]
    KeyRefused {
        /// Which service.
        service: &'static str,
        /// The name of its key's setting.
        setting: &'static str,
    },

    /// The key's plan does not cover what was asked.
    #[error(
        "{service} does not give the bars of {ticker} to this key: its plan does not cover them; name another source"
    )]
    NotCovered {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
    },

    /// The key has used up its requests.
    #[error("{service} gives no more bars for this key, so none of {ticker}: {said}")]
    Quota {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
        /// The service's own words, cleaned.
        said: String,
    },

    /// The service does not have securities of this kind.
    #[error("{service} does not carry {ticker}: it has {carried}")]
    NotCarried {
        /// Which service.
        service: &'static str,
        /// What was asked for.
        ticker: Ticker,
        /// What the service has.
        carried: &'static str,
    },

    /// No source is named.
    #[error("no source of bars is named: name at least one, such as --sources yahoo")]
    NoSource,

    /// Every source failed, each for its reason.
    #[error("no source has the bars of {ticker}: {}", reasons.join("; "))]
    AllFailed {
        /// What was asked for.
        ticker: Ticker,
        /// A sentence for each source, in the order in which they were asked.
        reasons: Vec<String>,
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

impl MarketError {
    /// The error and its causes in one line.
    pub(crate) fn in_full(&self) -> String {
        in_full(self)
    }

    /// The service knows no such security.
    pub(super) fn unknown(service: &'static str, ticker: &Ticker) -> Self {
        MarketError::UnknownSymbol {
            service,
            ticker: ticker.clone(),
        }
    }

    /// The service has other securities only: those of `carried`.
    pub(super) fn not_carried(service: &'static str, ticker: &Ticker, carried: &'static str) -> Self {
        MarketError::NotCarried {
            service,
            ticker: ticker.clone(),
            carried,
        }
    }

    /// Whether the source could not be asked or did not answer as it should, which says nothing about the security.
    pub(crate) fn is_of_the_source(&self) -> bool {
        !matches!(
            self,
            MarketError::Ticker(_)
                | MarketError::UnknownSymbol { .. }
                | MarketError::NoBars { .. }
                | MarketError::NothingYet { .. }
                | MarketError::NotCarried { .. }
                | MarketError::NotInDemo { .. }
        )
    }
}

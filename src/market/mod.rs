//! Market data: daily bars of a ticker up to a date ([`Series`]), and the trading days that follow. Reads the network, a CSV file
//! or the bundled demo prices, or [`simulate`]s prices; never loads a model.
//!
//! `universe` holds the symbols that there are: those that the exchanges list, and their names.
//!
//! In the order of the flow: a [`Ticker`] is parsed from the user's text, [`fetch`] asks the [`Cache`] and then one of the
//! `sources`, `repair` mends what is certainly wrong and names what is not, and `calendar` names the days
//! that a forecast is for.

mod age;
mod cache;
mod calendar;
mod columns;
mod csv;
mod currency;
mod dates;
mod demo;
mod error;
mod fetch;
mod fundamentals;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod lookup;
mod name;
mod parquet;
mod parquet_column;
mod repair;
mod search;
mod series;
pub mod simulate;
mod sources;
mod spelling;
mod ticker;
mod universe;
mod whole_file;

pub(crate) use self::age::check_age;
pub use self::cache::Cache;
pub(crate) use self::cache::{read as read_kept, write as write_kept};
pub(crate) use self::calendar::next_trading_days;
pub(crate) use self::csv::csv_files;
pub use self::csv::{CsvOptions, CsvTable, csv_series};
pub use self::demo::demo_series;
pub(crate) use self::demo::demo_tickers;
pub use self::error::MarketError;
pub(crate) use self::fetch::cached;
pub use self::fetch::fetch;
pub use self::fundamentals::{Fundamentals, SummaryOptions, YahooSummary};
pub use self::lookup::{Meaning, meaning, securities};
pub(crate) use self::name::bare_name;
pub use self::parquet::parquet_bars;
pub use self::repair::{Finding, FindingKind, Repair, examined, repaired};
pub(crate) use self::search::{Company, demo_companies};
pub use self::search::{Found, FoundKind, find_company, search_company};
pub use self::series::{Bar, DateRange, Dividend, Doubt, Events, Series, SourceKind, Split};
pub(crate) use self::sources::USER_AGENT;
pub use self::sources::{
    AlphaVantage, BarQuery, BarSource, BarSources, DemoBars, Finnhub, Folder, Given, Polygon, Service, SourceName,
    Stooq, Tiingo, UnknownSource, YahooOptions, daily_bars,
};
pub use self::ticker::{Ticker, TickerError};
pub use self::universe::{
    Exchange, FetchProgress, Fetched, Listing, ListingFilter, ListingKind, ListingSource, Origin, Universe,
    UniverseError, UniverseFile, UniverseOptions, UnknownWord, fetch_universe,
};
pub(crate) use self::whole_file::WholeFile;

//! Market data: a ticker and a date come in, a [`Series`] of daily bars goes out, with the trading days that follow it.
//! Reads the network, a CSV file of the user's or the bundled demo prices; never loads a model.
//!
//! In the order of the flow: a [`Ticker`] is read from what a person typed, [`fetch`] asks the [`Cache`] and then one of the
//! sources (`yahoo`, `csv`, `demo`), and `calendar` names the days that a forecast of those bars is for.

mod ticker;

mod fetch;

mod cache;

mod address;
mod http;
mod text;

mod chart;
mod session;
mod yahoo;

mod cells;
mod csv;

mod demo;

mod search;

mod series;

mod calendar;
mod holidays;

mod error;

pub use address::{endpoint, shown_url};
pub use cache::{Cache, DEFAULT_MAX_AGE};
pub use calendar::{TradingDays, next_trading_days};
pub use csv::{CsvOptions, csv_series};
pub use demo::{DEMO_LAST_BAR, demo_series, demo_tickers};
pub use error::MarketError;
pub use fetch::{BarQuery, MarketSource, fetch};
pub use http::{Answer, HttpClient, HttpError, HttpOptions, Patience};
pub use search::{Company, Found, FoundKind, bare_name, demo_companies, search_company};
pub use series::{Bar, Series, SourceKind};
pub use text::clean_text;
pub use ticker::{Ticker, TickerError};
pub use yahoo::{DateRange, USER_AGENT, YahooOptions, daily_bars};

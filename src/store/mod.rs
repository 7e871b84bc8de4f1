//! The store: every finished [`Analysis`](crate::analysis::Analysis) and backtest comes in, and goes out again by its id or as an
//! entry of a list. One SQLite file; the SQL is what Postgres would take as well.

mod analyses;
mod backtests;
mod columns;
mod error;
mod forecasts;
mod listing;
mod open;
mod schema;

pub use self::analyses::Store;
pub use self::backtests::{BacktestListing, BacktestSummary};
pub use self::error::StoreError;
pub use self::listing::Page;
pub(crate) use self::listing::{Listing, Summary};

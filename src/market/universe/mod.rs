//! The listed symbols of the US exchanges ([`Universe`]): fetched from the exchanges and kept as a file, else the largest companies,
//! which are part of the program. Looks up prices of none.
//!
//! In the order of the flow: [`fetch_universe`] asks the [`ListingSource`]s (`nyse`, `directory`), spells every symbol as Yahoo does
//! (`symbol`), merges, and writes the [`UniverseFile`]; the file gives the [`Universe`] in use, which is filtered and searched.

mod bundled;
mod directory;
mod error;
mod fetch;
mod file;
mod filter;
mod list;
mod listing;
mod merge;
mod nyse;
mod partial;
mod source;
mod symbol;

pub use self::error::UniverseError;
pub use self::fetch::{FetchProgress, Fetched, fetch_universe};
pub use self::file::UniverseFile;
pub use self::filter::ListingFilter;
pub use self::list::{Origin, Universe};
pub use self::listing::{Exchange, Listing, ListingKind, UnknownWord};
pub use self::source::{ListingSource, UniverseOptions};

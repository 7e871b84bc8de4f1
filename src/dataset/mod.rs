//! The data factory: price series come in, training examples go out, in any prompt format.
//!
//! In the order of the flow: [`collect`] reads series from their sources into a [`SeriesPack`]; a [`Recipe`] says what to draw
//! from it; a [`Plan`] finds the windows of any stretch of the output without looking at the rest, so that any thread or machine
//! can write any part; [`generate`] writes a shard of it, resumably, with a [`Manifest`] beside it. [`verify`], [`dataset_stats`] and
//! [`filter`] read such files. `sentiment` holds what the data set of labelled headlines is made of.

mod chunk;
mod collect;
mod draw;
mod encoding;
mod error;
mod fetch;
mod file_kind;
mod filter;
mod filtered;
mod fresh;
mod generate;
mod journal;
mod line_chunks;
mod lines;
mod manifest;
mod origin;
mod output;
mod pack;
mod parquet;
mod part;
mod plan;
mod read;
mod recipe;
mod record;
mod scan;
pub(crate) mod sentiment;
mod shard;
mod spread;
mod stats;
#[cfg(feature = "train")]
mod training;
mod verify;

pub use self::collect::{Collected, collect};
pub use self::draw::{Draw, SEED_PAIRS, Windows};
pub use self::encoding::Encoding;
pub use self::error::DatasetError;
pub use self::fetch::{Fetching, fetch_series};
pub use self::filter::{Filter, Filtered, filter};
pub use self::filtered::{Dropped, FilteredFrom, Limits};
pub use self::fresh::Fresh;
pub use self::generate::{Generated, Job, Progress, generate};
pub use self::manifest::{DataFile, Manifest};
pub use self::origin::SeriesOrigin;
pub use self::pack::{PackWriter, SeriesPack};
pub use self::part::{Part, Split};
pub use self::plan::{Days, Plan};
pub use self::recipe::{Mixture, Recipe};
pub use self::record::Record;
pub use self::shard::Shard;
pub use self::spread::{Bar, Spread};
pub use self::stats::{DatasetStats, StatsOptions, TickerCount, TokenStats, dataset_stats};
#[cfg(feature = "train")]
pub use self::training::{FileExamples, FreshExamples};
pub use self::verify::{Check, Fault, FaultKind, Subject, Verification, verify};

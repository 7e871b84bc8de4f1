//! News: the headlines about a company in the days before a date, newest first, each story once. Reads the network, a file or the
//! bundled headlines; judges none of them.
//!
//! In the order of the flow: [`gather`] asks the services at the same time (`sources`), or their answers of the last minutes (`cache`),
//! and the user's own (`given`, `file`, `demo`); each cleans its entries (`sanitise`, `language`); `relevance` leaves out what is about other
//! companies, and `dedupe` removes duplicate stories.

mod aliases;
mod cache;
mod dedupe;
mod demo;
mod english;
mod entries;
mod error;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod gather;
mod given;
mod headline;
mod language;
mod query;
mod relevance;
mod sanitise;
mod sources;
mod words;

pub(crate) use self::cache::NEWS_MAX_AGE;
pub use self::cache::NewsCache;
pub(crate) use self::dedupe::same_words;
pub use self::demo::DEMO_SOURCE;
pub use self::error::NewsError;
pub use self::file::OwnHeadlines;
pub use self::gather::{NewsSources, gather};
pub(crate) use self::given::{GivenHeadline, from_given};
pub use self::headline::{Headline, News};
pub use self::query::{MOST_HEADLINES, NewsQuery, USUAL_HEADLINES};
pub use self::sources::{
    Asked, Feed, Finnhub, FinnhubOptions, NewsApi, NewsApiOptions, NewsSource, SourceName, Stories, Story, YahooNews,
    YahooNewsOptions,
};

//! News: the headlines about a company in the days before a date, newest first, each story once. Reads the network, a file or the
//! bundled headlines; judges none of them.
//!
//! In the order of the flow: [`gather`] asks the sources at the same time (`newsapi`, `yahoo`, `file`, `demo`), each cleans its
//! entries (`sanitise`), and `dedupe` removes duplicate stories.

mod dedupe;
mod demo;
mod error;
mod file;
mod gather;
mod headline;
mod newsapi;
mod query;
mod sanitise;
mod yahoo;

pub(crate) use self::dedupe::same_words;
pub use self::demo::DEMO_SOURCE;
pub(crate) use self::file::{GivenHeadline, from_given};
pub use self::gather::{NewsSources, gather};
pub use self::headline::{Headline, News};
pub use self::newsapi::NewsApiOptions;
pub use self::query::NewsQuery;
pub use self::yahoo::YahooNewsOptions;

//! News: a company and a date come in, its dated headlines of the days before go out, newest first, each story once.
//! Reads the network, a file of the user's or the bundled headlines; judges none of them.
//!
//! In the order of the flow: [`gather`] asks the sources at the same time (`newsapi`, `yahoo`, `file`, `demo`), each cleans what
//! it was told (`sanitise`), and `dedupe` keeps one of several headlines that tell the same.

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

pub use self::demo::DEMO_SOURCE;
pub(crate) use self::file::{GivenHeadline, from_given};
pub use self::gather::{NewsSources, gather};
pub use self::headline::{Headline, News};
pub use self::newsapi::NewsApiOptions;
pub use self::query::NewsQuery;
pub use self::yahoo::YahooNewsOptions;

//! News: a company and a date come in, its dated headlines of the days before go out, newest first, each story once.
//! Reads the network, a file of the user's or the bundled headlines; judges none of them.
//!
//! In the order of the flow: [`gather`] asks the sources at the same time (`newsapi`, `yahoo`, `file`, `demo`), each cleans what
//! it was told (`sanitise`), and `dedupe` keeps one of several headlines that tell the same.

mod gather;

mod newsapi;
mod yahoo;

mod demo;
mod file;

mod sanitise;

mod dedupe;

mod headline;

mod error;

pub use crate::models::Secret;
pub use demo::DEMO_SOURCE;
pub use error::NewsError;
pub use file::{GivenHeadline, from_given};
pub use gather::{NewsQuery, NewsSources, gather};
pub use headline::{Headline, News};
pub use newsapi::NewsApiOptions;
pub use yahoo::YahooNewsOptions;

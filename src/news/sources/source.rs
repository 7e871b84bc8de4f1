//! What a news service is: something that has a name, and stories about a company in a number of days.

use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::net::HttpClient;
use crate::news::error::NewsError;
use crate::news::headline::Headline;
use crate::news::query::NewsQuery;

/// A news service.
pub trait NewsSource: fmt::Debug + Send + Sync {
    /// Its name in messages.
    fn name(&self) -> &str;

    /// The address that it is asked at, which tells its answers from those of another in a cache. May hold secrets: it is only hashed.
    fn origin(&self) -> String;

    /// Asks for the stories about the query's company. `None` when the service is not asked, because it refused the key before or has
    /// nothing about such a symbol.
    fn ask<'a>(&'a self, client: &'a HttpClient, query: &'a NewsQuery) -> Asked<'a>;
}

/// The answer of a [`NewsSource`], which is still to come.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<Option<Stories>, NewsError>> + Send + 'a>>;

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stories {
    /// The stories, in the service's order, cleaned.
    pub stories: Vec<Story>,
    /// Entries that were left out because they have no date.
    pub undated: usize,
}

/// A headline, and what the service says of its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// The headline.
    pub headline: Headline,
    /// Whether the service relates it to the symbol that was asked for.
    pub related: bool,
}

impl Stories {
    /// Stories that all have a date.
    pub(super) fn dated(stories: impl Iterator<Item = Story>) -> Self {
        Self {
            stories: stories.collect(),
            undated: 0,
        }
    }
}

/// The services by the names that settings use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceName {
    /// NewsAPI.
    NewsApi,
    /// Yahoo Finance.
    Yahoo,
    /// Finnhub.
    Finnhub,
    /// The RSS and Atom feeds that the user lists.
    Feed,
}

impl SourceName {
    /// Every service, in the order in which they are asked unless the user sets another.
    pub const ALL: [SourceName; 4] = [Self::NewsApi, Self::Yahoo, Self::Finnhub, Self::Feed];

    fn as_str(self) -> &'static str {
        match self {
            Self::NewsApi => "newsapi",
            Self::Yahoo => "yahoo",
            Self::Finnhub => "finnhub",
            Self::Feed => "feed",
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SourceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| format!("`{text}` is no source of news: choose from {known}"))
    }
}

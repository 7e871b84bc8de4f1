//! The sources of listed symbols, and how they are asked. Plain data.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::market::USER_AGENT;
use crate::net::{RequestOptions, RetryPolicy};

/// A source of listed symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListingSource {
    /// The NYSE's own listing service.
    Nyse,
    /// The symbol directory of the securities that Nasdaq lists.
    Nasdaqlisted,
    /// The symbol directory of the securities that the other exchanges list.
    Otherlisted,
}

impl ListingSource {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nyse, Self::Nasdaqlisted, Self::Otherlisted];

    /// Its word in flags and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nyse => "nyse",
            Self::Nasdaqlisted => "nasdaqlisted",
            Self::Otherlisted => "otherlisted",
        }
    }

    /// What messages call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Nyse => "the NYSE's listing service",
            Self::Nasdaqlisted => "the symbol directory nasdaqlisted.txt",
            Self::Otherlisted => "the symbol directory otherlisted.txt",
        }
    }
}

impl FromStr for ListingSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|source| source.as_str() == text.trim());
        found.ok_or_else(|| format!("a source is one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

impl fmt::Display for ListingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct UniverseOptions {
    /// Scheme and host of the NYSE's listing service.
    pub nyse_url: String,
    /// The folder of the symbol directory's files.
    pub symbols_url: String,
    /// Sent with every request.
    pub user_agent: String,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
    /// The pause between two requests.
    pub pause: Duration,
    /// Which sources to ask.
    pub sources: Vec<ListingSource>,
}

impl Default for UniverseOptions {
    fn default() -> Self {
        Self {
            nyse_url: "https://www.nyse.com".to_owned(),
            symbols_url: "https://www.nasdaqtrader.com/dynamic/SymDir".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            request: RequestOptions {
                timeout: Duration::from_secs(30),
                retry: RetryPolicy::LIST,
                retry_unauthorized: false,
                worth_waiting: false,
            },
            pause: Duration::from_millis(200),
            sources: ListingSource::ALL.to_vec(),
        }
    }
}

//! One headline, as every news source returns it. Plain data; fetches nothing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A dated headline whose text has been sanitised: no control characters, tags or bidi marks, bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// The headline's text.
    pub title: String,
    /// The publisher's name; for the demo `Tripod demo (illustrative)`.
    pub source: String,
    /// When it was published, UTC.
    pub published_at: DateTime<Utc>,
    /// Where it can be read: `http` or `https` only.
    pub url: Option<String>,
    /// Whether its title held hidden or encoded text, control tokens or letters that stood for others, which were made plain or left
    /// out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disguised: bool,
    /// Whether its day is not known. The user knew it when the question was asked, so it is of the as-of date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undated: bool,
    /// The language of its title, as an ISO 639-1 code; `None` where the title does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The merged headlines of all sources: newest first, near-duplicates removed, none later than the as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct News {
    /// Newest first.
    pub headlines: Vec<Headline>,
    /// Whether the headlines were written for the demo and report no real event.
    pub illustrative: bool,
    /// The news services that answered, also those that had nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<String>,
    /// Stories of the services that were about other companies and were left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Problems of the sources (a missing key, a source that answered 429, …).
    pub warnings: Vec<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

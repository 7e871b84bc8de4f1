//! The result of stage 2: a label and probabilities for each headline, and the reporter's summary. Plain data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The result of stage 2, and the reporter's summary of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sentiment {
    /// The headlines that the classifier read, in the order of the request.
    pub headlines: Vec<ScoredHeadline>,
    /// Number of headlines for each label.
    pub counts: Counts,
    /// Mean of P(positive) − P(negative), −1 to 1; 0 without headlines.
    #[schema(minimum = -1, maximum = 1)]
    pub net_score: f64,
    /// Two or three sentences by the reporter; `None` when stage 3 did not run or there were no headlines.
    pub summary: Option<String>,
    /// Headlines in a language that the classifier does not read. They count nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadHeadline>,
    /// The news services that answered, also those that had nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<String>,
}

/// A headline that the classifier cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnreadHeadline {
    /// Its place among all headlines of the request, from 1.
    #[schema(minimum = 1)]
    pub number: usize,
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: String,
    /// When it was published, UTC.
    pub published_at: DateTime<Utc>,
    /// Where it can be read.
    #[schema(pattern = "^https?://")]
    pub url: Option<String>,
    /// Its language, as an ISO 639-1 code.
    pub language: String,
}

/// One headline with its label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoredHeadline {
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: String,
    /// When it was published, UTC.
    pub published_at: DateTime<Utc>,
    /// Where it can be read.
    #[schema(pattern = "^https?://")]
    pub url: Option<String>,
    /// The most probable label.
    pub label: Label,
    /// The probability of `label`, 0–1.
    #[schema(minimum = 0, maximum = 1)]
    pub score: f64,
    /// All three probabilities; they sum to 1.
    pub probabilities: Probabilities,
    /// Whether the title gives orders to its reader. It is labelled like every other, and the reporter does not read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// Its language, as an ISO 639-1 code; absent where the title does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
}

impl ScoredHeadline {
    /// The code of its language, unless that is English or unknown: what a list of headlines shows.
    pub fn foreign_language(&self) -> Option<&str> {
        let is_code =
            |code: &&str| (2..=3).contains(&code.len()) && code.bytes().all(|letter| letter.is_ascii_lowercase());
        self.language.as_deref().filter(|code| *code != "en").filter(is_code)
    }
}

/// A sentiment label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Good news for the price.
    Positive,
    /// Bad news for the price.
    Negative,
    /// Neither good nor bad news.
    Neutral,
}

impl Label {
    /// The label's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::Positive => "positive",
            Label::Negative => "negative",
            Label::Neutral => "neutral",
        }
    }
}

/// Probabilities by label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Probabilities {
    /// P(positive)
    #[schema(minimum = 0, maximum = 1)]
    pub positive: f64,
    /// P(negative)
    #[schema(minimum = 0, maximum = 1)]
    pub negative: f64,
    /// P(neutral)
    #[schema(minimum = 0, maximum = 1)]
    pub neutral: f64,
}

/// Number of headlines by label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Positive headlines.
    pub positive: usize,
    /// Negative headlines.
    pub negative: usize,
    /// Neutral headlines.
    pub neutral: usize,
}

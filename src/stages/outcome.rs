//! What the stages hand over: plain data, read by the pipeline and by every rendering. Nothing here computes.
//! Units: prices in the series' currency, returns as fractions, dates ISO 8601 trading days.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::StageName;
use crate::features::Grounding;

/// What stage 1 found: quantiles over the accepted sample paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The trading days forecast, `horizon` of them.
    pub dates: Vec<NaiveDate>,
    /// Median close for each date.
    pub median: Vec<f64>,
    /// Quantile level (`0.05`, `0.1`, `0.25`, `0.5`, `0.75`, `0.9`, `0.95`) to one price a date.
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// Paths that were asked of the model.
    pub samples: usize,
    /// Paths rejected for an impossible step; `samples - rejected` made the quantiles.
    pub rejected: usize,
    /// Where the median ends against the last close.
    pub direction: Direction,
    /// Median at the horizon over the last close, minus one.
    pub expected_return: f64,
    /// Name of the prompt format the model was asked in.
    pub prompt_format: String,
    /// Whether enough paths survived, from a model made for the task.
    pub reliable: bool,
    /// Why not, and what else to know.
    pub warnings: Vec<String>,
}

/// Where a forecast points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up by more than 1 %.
    Bullish,
    /// Within ±1 %.
    Neutral,
    /// Down by more than 1 %.
    Bearish,
}

/// What stage 2 found, and the reporter's summary of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sentiment {
    /// In the order the headlines were given.
    pub headlines: Vec<ScoredHeadline>,
    /// How many of each label.
    pub counts: Counts,
    /// Mean of P(positive) − P(negative), −1 to 1; 0 without headlines.
    pub net_score: f64,
    /// Two or three sentences by the reporter; `None` when stage 3 did not run or there was no headline.
    pub summary: Option<String>,
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
    pub url: Option<String>,
    /// The most probable label.
    pub label: Label,
    /// The probability of `label`, 0–1.
    pub score: f64,
    /// All three probabilities; they sum to 1.
    pub probabilities: Probabilities,
}

/// A sentiment label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Good news for the price.
    Positive,
    /// Bad news for the price.
    Negative,
    /// Neither.
    Neutral,
}

impl Label {
    /// Its name.
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
    pub positive: f64,
    /// P(negative)
    pub negative: f64,
    /// P(neutral)
    pub neutral: f64,
}

/// Headlines by label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Positive headlines.
    pub positive: usize,
    /// Negative headlines.
    pub negative: usize,
    /// Neutral headlines.
    pub neutral: usize,
}

/// What stage 3 wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The report: five `##` sections (Summary, Market context, Risks and considerations, Recommendation, Conclusion).
    pub markdown: String,
    /// Read from the Recommendation section.
    pub recommendation: Recommendation,
    /// Every number in the prose against the table of facts.
    pub grounding: Grounding,
}

/// What stage 3 wrote about a test: the forecast against what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Three `##` sections: Accuracy, What the forecast missed, Lessons.
    pub markdown: String,
    /// Every number in the prose against the table of facts.
    pub grounding: Grounding,
}

/// What the reporter recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Recommendation {
    /// Buy.
    Buy,
    /// Hold.
    Hold,
    /// Sell.
    Sell,
}

/// The models that filled the three roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Models {
    /// Stage 1.
    pub forecaster: Option<ModelRef>,
    /// Stage 2.
    pub sentiment: Option<ModelRef>,
    /// Stage 3.
    pub reporter: Option<ModelRef>,
}

/// One model, by name and content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelRef {
    /// The manifest's id.
    pub id: String,
    /// SHA-256 of the weights file, hexadecimal.
    pub sha256: String,
    /// The last day that its training data can hold, where its manifest tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_until: Option<NaiveDate>,
}

/// A stage that did not finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageFailure {
    /// `forecast`, `sentiment` or `report`.
    pub stage: StageName,
    /// What went wrong and what to do.
    pub message: String,
}

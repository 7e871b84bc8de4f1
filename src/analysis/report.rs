//! The result of stage 3: the report and, in a backtest, the review. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grounding::{Call, Fact, Grounding, Stance};

/// The report of stage 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The report: five `##` sections (Summary, Market context, Risks and considerations, Recommendation, Conclusion).
    #[schema(min_length = 1)]
    pub markdown: String,
    /// The call of the stance; hold where it makes none.
    pub recommendation: Recommendation,
    /// What the rule says to do, with its reasons; absent from reports that were stored before there was a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stance: Option<Stance>,
    /// Who wrote the sentences between the figures.
    #[serde(default)]
    pub written_by: Writer,
    /// The check of every claim in the prose against the table of facts.
    pub grounding: Grounding,
    /// The table of facts; empty in reports that were stored before it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

/// The reporter's review of a backtest: the forecast compared with the actual prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Three `##` sections: Accuracy, What the forecast missed, Lessons.
    pub markdown: String,
    /// The check of every claim in the prose against the table of facts.
    pub grounding: Grounding,
    /// The table of facts; empty in reports that were stored before it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

/// Who wrote a report's sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Writer {
    /// The reporter; code wrote the sentences with figures.
    #[default]
    Model,
    /// Code alone: the reporter's manifest says that it writes no prose.
    Rules,
}

/// The recommendation of a report.
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

impl From<Call> for Recommendation {
    fn from(call: Call) -> Self {
        match call {
            Call::Buy => Recommendation::Buy,
            Call::Hold | Call::None => Recommendation::Hold,
            Call::Sell => Recommendation::Sell,
        }
    }
}

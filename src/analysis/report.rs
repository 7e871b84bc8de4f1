//! The result of stage 3: the report and, in a backtest, the review. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grounding::Grounding;

/// The report of stage 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The report: five `##` sections (Summary, Market context, Risks and considerations, Recommendation, Conclusion).
    #[schema(min_length = 1)]
    pub markdown: String,
    /// Read from the Recommendation section.
    pub recommendation: Recommendation,
    /// The check of every number in the prose against the table of facts.
    pub grounding: Grounding,
}

/// The reporter's review of a backtest: the forecast compared with the actual prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Three `##` sections: Accuracy, What the forecast missed, Lessons.
    pub markdown: String,
    /// The check of every number in the prose against the table of facts.
    pub grounding: Grounding,
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

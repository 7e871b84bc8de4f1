//! What stage 3 wrote: the report and, in a backtest, the review. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grounding::Grounding;

/// What stage 3 wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The report: five `##` sections (Summary, Market context, Risks and considerations, Recommendation, Conclusion).
    #[schema(min_length = 1)]
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

//! A stage that did not finish. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ledger::StageName;

/// A stage that did not finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageFailure {
    /// `forecast`, `sentiment` or `report`.
    pub stage: StageName,
    /// What went wrong and what to do.
    #[schema(min_length = 1)]
    pub message: String,
}

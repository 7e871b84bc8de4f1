//! A model by name and content, and the models that filled the three roles. Plain data.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    #[schema(min_length = 1)]
    pub id: String,
    /// SHA-256 of the weights file, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// The last day that its training data can hold, where its manifest tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trained_until: Option<NaiveDate>,
}

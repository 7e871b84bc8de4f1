//! The call that a report makes. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the rule calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// Buy.
    Buy,
    /// Hold.
    Hold,
    /// Sell.
    Sell,
    /// No call.
    None,
}

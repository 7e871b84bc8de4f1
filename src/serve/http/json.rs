//! Plain data as a JSON value, for answers that are assembled from several parts.

use serde::Serialize;

/// The JSON form of plain data, which always has one.
pub fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_else(|error| {
        tracing::error!(%error, "plain data could not be written as JSON");
        serde_json::Value::Null
    })
}

//! Conversion of values to columns: enum variants as their JSON names, counts as BIGINT.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A unit variant's name in JSON.
pub fn word(variant: &impl Serialize) -> Option<String> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

/// The unit variant with this JSON name.
pub fn variant<T: DeserializeOwned>(word: Option<String>) -> Result<Option<T>, sqlx::Error> {
    let read = |word| serde_json::from_value(serde_json::Value::String(word));
    word.map(read)
        .transpose()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A count as SQL's BIGINT.
pub fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

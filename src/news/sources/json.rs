//! Reads a service's answer as JSON. The body and its status come in, a value or an error that says what came goes out.

use serde_json::Value;

use crate::news::error::NewsError;

/// The answer of a service, which may tell of an error in JSON too, whatever its status.
///
/// # Errors
/// [`NewsError::Malformed`] for a body that is not JSON: with the status where that tells why.
pub(super) fn read_json(service: &str, body: &[u8], status: u16) -> Result<Value, NewsError> {
    serde_json::from_slice(body).map_err(|error| NewsError::Malformed {
        service: service.to_owned(),
        reason: if status == 200 {
            format!("not JSON ({error})")
        } else {
            format!("HTTP {status}")
        },
    })
}

//! Errors in Ollama's shape: `{"error": "…"}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::response::Response;
use utoipa::{IntoResponses, ToSchema};

use crate::serve::http::{ApiError, json, refusals};

/// The body of every error of these routes, and the last line of a stream that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OllamaError {
    /// What was wrong, where, and what to do.
    pub error: String,
}

/// The body of an error.
pub(super) fn body(error: &ApiError, _request_id: &str) -> Value {
    let detail = error.body().error;
    // There is no field for the parameter at fault, so the message begins with it.
    let error = match detail.param {
        Some(param) if !detail.message.contains(&param) => format!("{param}: {}", detail.message),
        _ => detail.message,
    };
    json(&OllamaError { error })
}

/// The error responses of these routes, for the OpenAPI document.
#[derive(Debug)]
pub struct OllamaRefusals;

impl IntoResponses for OllamaRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals("OllamaError")
    }
}

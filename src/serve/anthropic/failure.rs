//! Errors in Anthropic's shape: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::response::Response;
use utoipa::{IntoResponses, ToSchema};

use crate::serve::http::{ApiError, json, refusals};

/// The body of every error of these routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnthropicError {
    /// Always `error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The error.
    pub error: AnthropicErrorDetail,
    /// The request's id, as in the header `request-id`; empty within a stream.
    pub request_id: String,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnthropicErrorDetail {
    /// The class: `invalid_request_error`, `authentication_error`, `not_found_error`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What was wrong, where, and what to do.
    pub message: String,
}

/// The body of an error.
pub(super) fn body(error: &ApiError, request_id: &str) -> Value {
    let detail = error.body().error;
    // There is no field for the parameter at fault, so the message begins with it.
    let message = match detail.param {
        Some(param) if !detail.message.contains(&param) => format!("{param}: {}", detail.message),
        _ => detail.message,
    };
    json(&AnthropicError {
        kind: "error".to_owned(),
        error: AnthropicErrorDetail {
            kind: class(error).to_owned(),
            message,
        },
        request_id: request_id.to_owned(),
    })
}

fn class(error: &ApiError) -> &'static str {
    match error {
        ApiError::Invalid { .. }
        | ApiError::Unprocessable { .. }
        | ApiError::ContextLengthExceeded { .. }
        | ApiError::MethodNotAllowed { .. }
        | ApiError::NotImplemented(_)
        | ApiError::UnsupportedMediaType(_)
        | ApiError::RequestTimeout => "invalid_request_error",
        ApiError::Unauthorized(_) => "authentication_error",
        ApiError::Forbidden(_) => "permission_error",
        ApiError::NoSuchRoute { .. } | ApiError::NotFound { .. } => "not_found_error",
        ApiError::TooLarge(_) => "request_too_large",
        ApiError::QueueFull { .. } => "rate_limit_error",
        ApiError::Unavailable { .. } => "overloaded_error",
        ApiError::Timeout(_) => "timeout_error",
        ApiError::Upstream(_) | ApiError::NotStored(_) | ApiError::Engine(_) | ApiError::Internal => "api_error",
    }
}

/// The error responses of these routes, for the OpenAPI document.
#[derive(Debug)]
pub struct AnthropicRefusals;

impl IntoResponses for AnthropicRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals("AnthropicError")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_names_its_class_its_field_and_the_request() {
        let told = |error: ApiError| body(&error, "req_1");
        assert_eq!(
            told(ApiError::invalid("messages[0].content", "the content is missing")),
            json!({
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "messages[0].content: the content is missing"},
                "request_id": "req_1",
            })
        );
        let message = |error: ApiError| told(error)["error"]["message"].clone();
        assert_eq!(
            message(ApiError::invalid("max_tokens", "max_tokens must be from 1 to 2")),
            "max_tokens must be from 1 to 2"
        );
        let class = |error: ApiError| told(error)["error"]["type"].clone();
        assert_eq!(class(ApiError::model_not_found("gpt-9")), "not_found_error");
        assert_eq!(class(ApiError::Unauthorized("no")), "authentication_error");
        assert_eq!(class(ApiError::QueueFull { retry_after: 1 }), "rate_limit_error");
        assert_eq!(class(ApiError::Internal), "api_error");
    }
}

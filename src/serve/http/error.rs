//! Every way in which a request can fail, and the only place that turns a failure into a status and a body. The body is always
//! `{"error": {"message", "type", "param", "code"}}`, which OpenAI's clients map to their exception classes.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The request cannot be carried out as written.
    #[error("{message}")]
    Invalid {
        /// What is wrong and what would be right.
        message: String,
        /// The field, as a path (`messages[0].role`).
        param: Option<String>,
        /// A code for programs.
        code: Option<&'static str>,
    },
    /// A field out of its range, on the routes where the Python original answered 422.
    #[error("{message}")]
    Unprocessable {
        /// What is wrong and what would be right.
        message: String,
        /// The field.
        param: &'static str,
    },
    /// The prompt and its answer do not fit into the model's context.
    #[error("{message}")]
    ContextLengthExceeded {
        /// How long it is and how long it may be.
        message: String,
        /// The field that holds the prompt.
        param: &'static str,
    },
    /// No API key, or an unknown one.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// A Host or Origin header that is not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// No such route.
    #[error("there is no {method} {path} here; GET /openapi.json lists the routes")]
    NoSuchRoute {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
    },
    /// Something that does not exist: a ticker, a model, a stored analysis.
    #[error("{message}")]
    NotFound {
        /// What was looked for.
        message: String,
        /// The field that named it.
        param: Option<&'static str>,
        /// A code for programs.
        code: &'static str,
    },
    /// A route that does not take this method; the Allow header names those it takes.
    #[error("{path} does not take {method}; see the Allow header")]
    MethodNotAllowed {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
    },
    /// A route of another API that this server has no part of.
    #[error("{0}")]
    NotImplemented(String),
    /// A body that is not JSON.
    #[error("the body must be JSON with Content-Type: application/json, not {0}")]
    UnsupportedMediaType(String),
    /// A body over the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// A body that arrived too slowly.
    #[error("the request did not arrive in time")]
    RequestTimeout,
    /// The queue is full.
    #[error("the queue is full; try again in {retry_after} s")]
    QueueFull {
        /// Seconds.
        retry_after: u64,
    },
    /// The engine cannot work now: it is starting, a model is missing, or the server is stopping.
    #[error("{message}")]
    Unavailable {
        /// Why, and what to do.
        message: String,
        /// Seconds, where waiting helps.
        retry_after: Option<u64>,
    },
    /// A source of prices or news failed.
    #[error("{0}")]
    Upstream(String),
    /// The analysis was made, but the store did not take it, and the request asked for it to be stored.
    #[error("the analysis was made and could not be stored: {0}; make room, or ask without `store`")]
    NotStored(String),
    /// The work took longer than a request may take.
    #[error("the request took longer than {0} s and was stopped; ask for fewer samples, days or tokens")]
    Timeout(u64),
    /// The engine failed on this request.
    #[error("{0}")]
    Engine(String),
    /// A bug or a broken installation.
    #[error("internal error; the log has more under this request's id")]
    Internal,
}

/// The body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// What was wrong, where, and what to do.
    pub message: String,
    /// The class: `invalid_request_error`, `authentication_error`, `rate_limit_error`, `server_error`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The field at fault, where there is one.
    pub param: Option<String>,
    /// A code for programs, where there is one.
    pub code: Option<String>,
}

impl ApiError {
    /// A field with a wrong value.
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        ApiError::Invalid {
            message: message.into(),
            param: Some(param.into()),
            code: None,
        }
    }

    /// An unknown model id.
    pub fn model_not_found(id: &str) -> Self {
        let shown: String = id.chars().filter(|c| !c.is_control()).take(80).collect();
        ApiError::NotFound {
            message: format!("the model `{shown}` does not exist; GET /v1/models lists those that do"),
            param: Some("model"),
            code: "model_not_found",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            ApiError::Invalid { .. } | ApiError::ContextLengthExceeded { .. } => StatusCode::BAD_REQUEST,
            ApiError::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            ApiError::Forbidden(_) => StatusCode::FORBIDDEN,
            ApiError::NoSuchRoute { .. } | ApiError::NotFound { .. } => StatusCode::NOT_FOUND,
            ApiError::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            ApiError::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            ApiError::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Upstream(_) => StatusCode::BAD_GATEWAY,
            ApiError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            ApiError::NotStored(_) => StatusCode::INSUFFICIENT_STORAGE,
            ApiError::Engine(_) | ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> ErrorBody {
        let (kind, param, code): (&str, Option<&str>, Option<&str>) = match self {
            ApiError::Invalid { param, code, .. } => ("invalid_request_error", param.as_deref(), *code),
            ApiError::ContextLengthExceeded { param, .. } => {
                ("invalid_request_error", Some(*param), Some("context_length_exceeded"))
            }
            ApiError::Unprocessable { param, .. } => ("invalid_request_error", Some(*param), None),
            ApiError::Unauthorized(_) => ("authentication_error", None, Some("invalid_api_key")),
            ApiError::Forbidden(_) => ("permission_error", None, Some("forbidden")),
            ApiError::NoSuchRoute { .. } => ("invalid_request_error", None, Some("unknown_url")),
            ApiError::NotFound { param, code, .. } => ("invalid_request_error", *param, Some(*code)),
            ApiError::MethodNotAllowed { .. } => ("invalid_request_error", None, Some("method_not_allowed")),
            ApiError::NotImplemented(_) => ("invalid_request_error", None, Some("not_implemented")),
            ApiError::UnsupportedMediaType(_) => ("invalid_request_error", None, Some("unsupported_media_type")),
            ApiError::TooLarge(_) => ("invalid_request_error", None, Some("request_too_large")),
            ApiError::RequestTimeout => ("invalid_request_error", None, Some("request_timeout")),
            ApiError::QueueFull { .. } => ("rate_limit_error", None, Some("queue_full")),
            ApiError::Unavailable { .. } => ("server_error", None, Some("unavailable")),
            ApiError::Upstream(_) => ("server_error", None, Some("upstream_failed")),
            ApiError::Timeout(_) => ("server_error", None, Some("timeout")),
            ApiError::NotStored(_) => ("server_error", Some("store"), Some("not_stored")),
            ApiError::Engine(_) => ("server_error", None, Some("engine_failed")),
            ApiError::Internal => ("server_error", None, Some("internal_error")),
        };
        ErrorBody {
            error: ErrorDetail {
                message: self.to_string(),
                kind: kind.to_owned(),
                param: param.map(str::to_owned),
                code: code.map(str::to_owned),
            },
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            ApiError::QueueFull { retry_after } => Some(*retry_after),
            ApiError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the same request may succeed later. Clients retry on 5xx unless `x-should-retry` says otherwise.
    fn is_worth_repeating(&self) -> bool {
        matches!(
            self,
            ApiError::QueueFull { .. }
                | ApiError::Unavailable {
                    retry_after: Some(_),
                    ..
                }
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, ApiError::Unauthorized(_)) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if !self.is_worth_repeating() {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        // For the layer that writes the errors of other APIs.
        response.extensions_mut().insert(self);
        response
    }
}

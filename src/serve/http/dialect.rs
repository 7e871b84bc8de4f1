//! What the routes of another API have of their own: the shape of their errors, the header of their key. A layer finds the errors that
//! the handlers and the layers below answer with, and writes their bodies anew. Knows no API; each is registered by its prefix.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::error::ApiError;
use super::request_id::RequestId;

/// An API beside OpenAI's.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The path that its routes begin with, without a slash at the end.
    pub prefix: &'static str,
    /// The body of an error; the text is the request's id.
    pub error: fn(&ApiError, &str) -> Value,
    /// The header in which its clients send the key, beside Authorization.
    pub key_header: Option<&'static str>,
    /// The header in which its clients look for the request's id.
    pub id_header: Option<&'static str>,
}

/// The dialect of a path; `None` for OpenAI's.
pub(super) fn dialect_of<'a>(dialects: &'a [Dialect], path: &str) -> Option<&'a Dialect> {
    dialects.iter().find(|dialect| {
        let rest = path.strip_prefix(dialect.prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Gives the answers of a dialect's routes its own form.
pub(super) async fn speak(State(dialects): State<&'static [Dialect]>, request: Request, next: Next) -> Response {
    let Some(dialect) = dialect_of(dialects, request.uri().path()) else {
        return next.run(request).await;
    };
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.as_ref().map_or("", |id| &*id.0);
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        let body = Json((dialect.error)(&error, id)).into_response();
        parts.headers.extend(body.headers().clone());
        response = Response::from_parts(parts, body.into_body());
    }
    if let Some((name, value)) = dialect.id_header.zip(id.parse().ok()) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_dialect_of_its_prefix() {
        let dialects = [Dialect {
            prefix: "/v1/messages",
            error: |error, _| serde_json::json!(error.to_string()),
            key_header: None,
            id_header: None,
        }];
        for ours in ["/v1/messages", "/v1/messages/count_tokens", "/v1/messages/"] {
            assert!(dialect_of(&dialects, ours).is_some(), "{ours}");
        }
        for other in ["/", "/v1/messagesx", "/v1/models", "//v1/messages"] {
            assert!(dialect_of(&dialects, other).is_none(), "{other}");
        }
    }
}

//! Extractors: a request's body, query or path comes in, a typed value or an [`ApiError`] that names the field at fault goes out.
//! Bodies are bounded in bytes and in time; error messages quote only the beginning of what was sent.

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::fault::{at_field, clip, invalid, parse};

/// How many bytes of a too large body are read and dropped, and for how long, before it is refused: a client that is still sending
/// when the connection closes does not see the answer.
const DISCARD: (usize, Duration) = (16 * 1024 * 1024, Duration::from_secs(2));

/// Limits of a body, from the request's extensions or else the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Largest size in bytes.
    pub bytes: usize,
    /// Longest time until the last byte.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            bytes: 1024 * 1024,
            time: Duration::from_secs(30),
        }
    }
}

/// A JSON body, parsed.
///
/// Its Content-Type may be missing, `application/json`, `application/…+json`, or the form type that curl's `-d` sends;
/// that is safe because requests from other sites' pages are refused by their Origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let limits = request.extensions().get::<BodyLimits>().copied().unwrap_or_default();
        if let Err(refused) = check_media_type(request.headers()) {
            discard_body(request).await;
            return Err(refused);
        }
        let bytes = read(request, limits).await?;
        parse(&bytes).map(Self)
    }
}

/// The query parameters, parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|rejection| match located(&rejection) {
                Some(error) => at_field(&error.path().to_string(), &error.inner().to_string()),
                None => invalid(None, rejection.body_text(), None),
            })
    }
}

type QueryError = serde_path_to_error::Error<serde::de::value::Error>;

/// The error that names the parameter; axum keeps it among the sources of its rejection.
fn located(rejection: &QueryRejection) -> Option<&QueryError> {
    let first: Option<&(dyn Error + 'static)> = Some(rejection);
    std::iter::successors(first, |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// The only parameter of a path, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(rejection) => Err(invalid(None, rejection.body_text(), None)),
        }
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or("an unreadable one");
    let essence = essence
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_json = essence
        .strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json") || kind == "x-www-form-urlencoded");
    if is_json {
        return Ok(());
    }
    Err(ApiError::UnsupportedMediaType(clip(&essence).to_owned()))
}

async fn read(request: Request, limits: BodyLimits) -> Result<Vec<u8>, ApiError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    let expects_continue = request.headers().contains_key(header::EXPECT);
    let mut body = request.into_body();
    let is_too_large = announced.is_some_and(|bytes| bytes > limits.bytes as u64);
    if is_too_large && expects_continue {
        return Err(ApiError::TooLarge(limits.bytes));
    }
    if is_too_large {
        discard(&mut body).await;
        return Err(ApiError::TooLarge(limits.bytes));
    }
    let collected = tokio::time::timeout(limits.time, collect(&mut body, limits.bytes)).await;
    let collected = collected.unwrap_or(Err(ApiError::RequestTimeout));
    if matches!(collected, Err(ApiError::TooLarge(_))) {
        discard(&mut body).await;
    }
    collected
}

async fn collect(body: &mut Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| invalid(None, "the body ended early or is badly chunked".to_owned(), None))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > limit - bytes.len() {
            return Err(ApiError::TooLarge(limit));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads and drops the body of a request that is refused without it. Otherwise hyper may close the connection behind the answer,
/// and a client that has sent its next request on it by then gets none.
pub async fn discard_body(request: Request) {
    if !request.headers().contains_key(header::EXPECT) {
        discard(&mut request.into_body()).await;
    }
}

async fn discard(body: &mut Body) {
    let (mut left, time) = DISCARD;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, |data| data.len());
            match left.checked_sub(bytes) {
                Some(remainder) => left = remainder,
                None => break,
            }
        }
    };
    // The body is refused either way; a timeout only ends the reading early.
    let _ = tokio::time::timeout(time, reading).await;
}

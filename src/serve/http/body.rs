//! What a request says: its body, query or path comes in, a typed value or an `ApiError` that names the place at fault
//! goes out. Bodies are bounded in bytes and in time; nothing here quotes more than a little of what was sent.

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

/// A body over the limit is read on for so long, and so much of it, before it is refused: a client that is still
/// sending when the connection closes never sees the answer.
const DISCARD: (usize, Duration) = (16 * 1024 * 1024, Duration::from_secs(2));

/// What a body may be; an extension of the request, else the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes.
    pub bytes: usize,
    /// Until the last byte is here.
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

/// A JSON body.
///
/// Its Content-Type may be missing, `application/json`, `application/…+json`, or the form type that curl's `-d` sends;
/// that is safe because requests from other sites' pages are refused by their Origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let limits = request.extensions().get::<BodyLimits>().copied().unwrap_or_default();
        check_media_type(request.headers())?;
        let bytes = read(request, limits).await?;
        parse(&bytes).map(Self)
    }
}

/// The parameters after the question mark.
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

/// axum keeps the error that knows the parameter among its rejection's sources.
fn located(rejection: &QueryRejection) -> Option<&QueryError> {
    let first: Option<&(dyn Error + 'static)> = Some(rejection);
    std::iter::successors(first, |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// The one parameter of a path, decoded.
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
    let waits_for_leave = request.headers().contains_key(header::EXPECT);
    let mut body = request.into_body();
    let is_too_large = announced.is_some_and(|bytes| bytes > limits.bytes as u64);
    if is_too_large && waits_for_leave {
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
        let frame = frame.map_err(|_| invalid(None, "the body broke off or is badly chunked".to_owned(), None))?;
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
    // Either way the body is refused; the time only bounds the courtesy.
    let _ = tokio::time::timeout(time, reading).await;
}

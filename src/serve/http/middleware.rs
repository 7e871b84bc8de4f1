//! The layers around the routes, in the order they need. A bare router comes in; one that gives every answer an id and answers every
//! failure, panics and unknown routes included, with an [`ApiError`] goes out.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::auth::{Gate, KeyGate, check_key, check_page, is_loopback};
use super::body::{BodyLimits, discard_body};
use super::dialect::{Dialect, speak};
use super::error::ApiError;
use super::fault::clip;
use super::keys::ApiKeys;
use super::origin::Origins;
use super::request_id::identify;

/// The settings of the layers.
#[derive(Debug, Clone)]
pub struct MiddlewareOptions {
    /// The address that the server listens on; on loopback the Host header is checked.
    pub addr: SocketAddr,
    /// The API keys; with none, requests need no key.
    pub keys: ApiKeys,
    /// Host names allowed beside those of loopback, without a port.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests.
    pub origins: Origins,
    /// Limits of a request's body.
    pub body: BodyLimits,
    /// The APIs beside OpenAI's, by their prefixes.
    pub dialects: &'static [Dialect],
}

impl MiddlewareOptions {
    /// No keys, and neither other host names nor other origins.
    pub fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            keys: ApiKeys::default(),
            hosts: Vec::new(),
            origins: Origins::default(),
            body: BodyLimits::default(),
            dialects: &[],
        }
    }
}

/// Adds the layers. The request id is outermost, so that refusals have one; right inside it the errors of other APIs get their shape,
/// those of panics too. Host and Origin are
/// checked before CORS answers a preflight, and CORS comes before the key, which a preflight cannot carry.
pub fn with_middleware(router: Router, options: &MiddlewareOptions) -> Router {
    let gate = Arc::new(Gate {
        hosts: is_loopback(options.addr).then(|| options.hosts.clone()),
        origins: options.origins.clone(),
    });
    let mut router = router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Extension(options.body))
        .layer(middleware::from_fn_with_state(
            KeyGate {
                keys: options.keys.clone(),
                dialects: options.dialects,
            },
            check_key,
        ));
    if !options.origins.is_empty() {
        router = router.layer(cors(options.origins.clone()));
    }
    router
        .layer(middleware::from_fn_with_state(gate, check_page))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(options.dialects, speak))
        .layer(middleware::from_fn(identify))
}

/// The answer to an unknown route.
pub async fn not_found(request: Request) -> ApiError {
    let error = ApiError::NoSuchRoute {
        method: clip(request.method().as_str()).to_owned(),
        path: clip(request.uri().path()).to_owned(),
    };
    discard_body(request).await;
    error
}

/// The answer to a method that a route does not take; axum adds the Allow header.
pub async fn method_not_allowed(request: Request) -> ApiError {
    let error = ApiError::MethodNotAllowed {
        method: clip(request.method().as_str()).to_owned(),
        path: clip(request.uri().path()).to_owned(),
    };
    discard_body(request).await;
    error
}

fn cors(origins: Origins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| origins.contains(origin)))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        // OpenAI's clients send headers of their own (x-stainless-…); the origin is checked, not the headers.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

/// Logs a panic inside the request's span, so that the log line has the answer's id.
fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = clip(text.unwrap_or("no message")), "a handler panicked");
    ApiError::Internal.into_response()
}

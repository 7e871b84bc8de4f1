//! Who may come in: the two layers that every request passes (Host and Origin, then the key) and the check that an
//! address may be bound at all. What comes out is a `Client`, for whom the queue is fair. Shows no key and no origin.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::keys::ApiKeys;
use super::origin::{Origins, check_host, check_origin};

/// A setting of the doors that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// An open server on the network.
    #[error(
        "{0} is reachable from other machines and there is no API key: set one, bind to 127.0.0.1, or say --no-auth"
    )]
    OpenBind(SocketAddr),
    /// A key that no request could carry.
    #[error("API key number {number} is empty or has characters other than visible ASCII; put one key on a line")]
    UnusableKey {
        /// Its place in the list, counted from 1.
        number: usize,
    },
    /// An allowed origin that is none.
    #[error("`{0}` is not a web origin; write it like https://example.org or http://localhost:3000")]
    NoOrigin(String),
}

/// Who asks; in every request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// The holder of a key, by its number.
    Key(usize),
    /// Somebody at an address.
    Address(IpAddr),
}

/// Whether the server may listen there.
///
/// # Errors
/// An address other than loopback with neither a key nor the user's word (`no_auth`).
pub fn check_bind(addr: SocketAddr, has_keys: bool, no_auth: bool) -> Result<(), DoorError> {
    if is_loopback(addr) || has_keys || no_auth {
        return Ok(());
    }
    Err(DoorError::OpenBind(addr))
}

/// Whether only this machine can reach an address.
pub(super) fn is_loopback(addr: SocketAddr) -> bool {
    addr.ip().to_canonical().is_loopback()
}

/// What the first layer knows.
#[derive(Debug)]
pub(super) struct Gate {
    /// Host names beside loopback's own; `None` where any Host is accepted.
    pub hosts: Option<Vec<String>>,
    pub origins: Origins,
}

/// The first layer: Host and Origin.
pub(super) async fn check_page(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let host = match &gate.hosts {
        Some(names) => check_host(request.headers(), request.uri(), names),
        None => Ok(()),
    };
    match host.and_then(|()| check_origin(request.headers(), &gate.origins)) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// The second layer: the key, and with it who the client is.
pub(super) async fn check_key(State(keys): State<ApiKeys>, mut request: Request, next: Next) -> Response {
    let client = match who(&keys, request.headers(), request.uri().path()) {
        Ok(Some(number)) => Client::Key(number),
        Ok(None) => Client::Address(peer(&request)),
        Err(refused) => return refused.into_response(),
    };
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The number of the request's key, or none where none is needed.
fn who(keys: &ApiKeys, headers: &HeaderMap, path: &str) -> Result<Option<usize>, ApiError> {
    if keys.is_empty() || is_public(path) {
        return Ok(None);
    }
    keys.find(headers).map(Some).ok_or(ApiError::Unauthorized(
        "send a key of this server as Authorization: Bearer KEY",
    ))
}

/// Liveness and the page's files tell nothing and do nothing.
fn is_public(path: &str) -> bool {
    matches!(path, "/health" | "/") || path.starts_with("/page/") || path.starts_with("/a/")
}

fn peer(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(addr)| {
        addr.ip().to_canonical()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_open_address_needs_a_key_or_the_users_word() {
        for open in ["0.0.0.0:8069", "[::]:8069", "192.168.1.2:8069"] {
            let addr: SocketAddr = open.parse().unwrap();
            assert_eq!(check_bind(addr, false, false), Err(DoorError::OpenBind(addr)));
            assert_eq!(check_bind(addr, true, false), Ok(()));
            assert_eq!(check_bind(addr, false, true), Ok(()));
        }
        for ours in ["127.0.0.1:8069", "127.3.2.1:1", "[::1]:8069", "[::ffff:127.0.0.1]:8069"] {
            assert_eq!(check_bind(ours.parse().unwrap(), false, false), Ok(()));
        }
    }

    #[test]
    fn only_liveness_and_the_pages_files_are_public() {
        for public in ["/", "/health", "/page/main.js", "/a/analysis-1"] {
            assert!(is_public(public), "{public}");
        }
        for private in [
            "/ready",
            "/metrics",
            "/openapi.json",
            "/healthz",
            "/health/",
            "/assets",
            "//",
            "/v1/models",
        ] {
            assert!(!is_public(private), "{private}");
        }
    }
}

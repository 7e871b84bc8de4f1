//! Access control: one layer checks Host and Origin, a second one the API key, and [`check_bind`] checks at the start that the server
//! does not listen on the network without a key. A request leaves with its [`Client`], by which the queue is fair.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth_error::AuthError;
use super::dialect::{Dialect, dialect_of};
use super::error::ApiError;
use super::keys::ApiKeys;
use super::origin::{Origins, check_host, check_origin};

/// Who sent a request; in every request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// The holder of a key, by its number.
    Key(usize),
    /// Anybody at an address, where no key is required.
    Address(IpAddr),
}

/// Checks that the server may listen on an address.
///
/// # Errors
/// An address other than loopback, with neither a key nor `no_auth`.
pub fn check_bind(addr: SocketAddr, has_keys: bool, no_auth: bool) -> Result<(), AuthError> {
    if is_loopback(addr) || has_keys || no_auth {
        return Ok(());
    }
    Err(AuthError::OpenBind(addr))
}

/// Whether only this machine can reach an address.
pub(super) fn is_loopback(addr: SocketAddr) -> bool {
    addr.ip().to_canonical().is_loopback()
}

/// The settings of [`check_page`].
#[derive(Debug)]
pub(super) struct Gate {
    /// Host names beside loopback's own; `None` where any Host is accepted.
    pub hosts: Option<Vec<String>>,
    pub origins: Origins,
}

/// The first layer: the Host and Origin headers.
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

/// The settings of [`check_key`].
#[derive(Debug, Clone)]
pub(super) struct KeyGate {
    pub keys: ApiKeys,
    pub dialects: &'static [Dialect],
}

/// The second layer: the API key, which also identifies the client.
pub(super) async fn check_key(State(gate): State<KeyGate>, mut request: Request, next: Next) -> Response {
    let own = dialect_of(gate.dialects, request.uri().path()).and_then(|dialect| dialect.key_header);
    for name in [AUTHORIZATION.as_str()].into_iter().chain(own) {
        if request.headers().get_all(name).iter().nth(1).is_some() {
            let name = if name == AUTHORIZATION { "Authorization" } else { name };
            let twice = format!("the header {name} came more than once: send one");
            return ApiError::invalid(name, twice).into_response();
        }
    }
    let client = match find_key(&gate.keys, request.headers(), request.uri().path(), own) {
        Ok(Some(number)) => Client::Key(number),
        Ok(None) => Client::Address(peer(&request)),
        Err(refused) => return refused.into_response(),
    };
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The number of the request's key, which may also be in the header `own`; `None` where no key is required.
fn find_key(
    keys: &ApiKeys,
    headers: &HeaderMap,
    path: &str,
    own: Option<&'static str>,
) -> Result<Option<usize>, ApiError> {
    if keys.is_empty() || is_public(path) {
        return Ok(None);
    }
    let other = || keys.number(headers.get(own?)?.as_bytes().trim_ascii());
    let found = keys.find(headers).or_else(other);
    found.map(Some).ok_or(ApiError::Unauthorized(
        "send a key of this server as Authorization: Bearer KEY",
    ))
}

/// Liveness and the page's files reveal nothing and start nothing.
fn is_public(path: &str) -> bool {
    matches!(path, "/health" | "/" | "/docs") || ["/page/", "/a/", "/t/"].iter().any(|under| path.starts_with(under))
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
    fn an_address_on_the_network_needs_a_key_or_no_auth() {
        for open in ["0.0.0.0:8069", "[::]:8069", "192.168.1.2:8069"] {
            let addr: SocketAddr = open.parse().unwrap();
            assert_eq!(check_bind(addr, false, false), Err(AuthError::OpenBind(addr)));
            assert_eq!(check_bind(addr, true, false), Ok(()));
            assert_eq!(check_bind(addr, false, true), Ok(()));
        }
        for ours in ["127.0.0.1:8069", "127.3.2.1:1", "[::1]:8069", "[::ffff:127.0.0.1]:8069"] {
            assert_eq!(check_bind(ours.parse().unwrap(), false, false), Ok(()));
        }
    }

    #[test]
    fn only_liveness_and_the_pages_files_are_public() {
        for public in [
            "/",
            "/docs",
            "/health",
            "/page/main.js",
            "/a/analysis-1",
            "/t/backtest-1",
        ] {
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

//! The checks of a request's Host and Origin headers; what fails them gets 403. The Host check stops DNS rebinding, the Origin check
//! stops requests from other sites' pages. Never resolves a name.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri, header};

use super::auth_error::AuthError;
use super::error::ApiError;

/// The web origins whose pages may send requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    listed: Vec<Origin>,
}

impl Origins {
    /// Reads a list such as `https://example.org` and `http://localhost:3000`.
    ///
    /// # Errors
    /// An entry that is not an origin; `*` and `null` are not.
    pub fn parse(list: &[String]) -> Result<Self, AuthError> {
        let read = |text: &String| Origin::parse(text).ok_or_else(|| AuthError::NoOrigin(text.clone()));
        let listed = list.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { listed })
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether an Origin header's value is listed.
    pub fn contains(&self, value: &HeaderValue) -> bool {
        let origin = value.to_str().ok().and_then(Origin::parse);
        origin.is_some_and(|origin| self.listed.contains(&origin))
    }
}

/// Checks that a request to a loopback address names this machine as its host, or one of `names`.
///
/// # Errors
/// `Forbidden`; also for a request with no Host header or with two.
pub fn check_host(headers: &HeaderMap, uri: &Uri, names: &[String]) -> Result<(), ApiError> {
    let is_ours = |text: &str| {
        HostPort::parse(text).is_some_and(|HostPort { host, .. }| {
            host == "localhost"
                || address(&host).is_some_and(|address| address.to_canonical().is_loopback())
                || names.iter().any(|name| name.eq_ignore_ascii_case(&host))
        })
    };
    let has_our_target = uri.authority().is_none_or(|authority| is_ours(authority.as_str()));
    match host(headers) {
        Some(text) if is_ours(text) && has_our_target => Ok(()),
        _ => Err(ApiError::Forbidden(
            "this Host is not accepted; use localhost or 127.0.0.1, or list the name among the allowed hosts"
                .to_owned(),
        )),
    }
}

/// Checks that a request comes from no web page, from a page of this server, or from a listed origin.
///
/// # Errors
/// `Forbidden`.
pub fn check_origin(headers: &HeaderMap, listed: &Origins) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    if listed.contains(value) || is_same_origin(value, headers) {
        return Ok(());
    }
    Err(ApiError::Forbidden(
        "pages of this origin may not call the server; list it among the allowed origins".to_owned(),
    ))
}

fn is_same_origin(value: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = value.to_str().ok().and_then(Origin::parse);
    let host = host(headers).and_then(HostPort::parse);
    origin.zip(host).is_some_and(|(origin, host)| {
        // Behind a proxy that terminates TLS, a Host without a port means the default port of the page's scheme.
        let port = host.port.unwrap_or(origin.scheme.default_port());
        origin.host == host.host && origin.port == port
    })
}

/// The value of the only Host header.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::HOST).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)?.to_str().ok()
}

fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let HostPort { host, port } = HostPort::parse(rest)?;
        let port = port.unwrap_or(scheme.default_port());
        Some(Self { scheme, host, port })
    }
}

/// `host`, `host:port`, `[::1]:port`; the host in lower case.
struct HostPort {
    host: String,
    port: Option<u16>,
}

impl HostPort {
    fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        // An authority may begin with a user name; then the prefix does not match. What follows the host must be a port.
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" => None,
            rest => Some(rest.strip_prefix(':')?.parse().ok()?),
        };
        let host = authority.host().to_ascii_lowercase();
        (!host.is_empty()).then_some(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    fn passes_host(host: &str) -> bool {
        check_host(&headers(host, None), &Uri::from_static("/"), &["tripod.lan".to_owned()]).is_ok()
    }

    #[test]
    fn only_names_of_this_machine_are_hosts_on_loopback() {
        for good in [
            "localhost",
            "LocalHost:8069",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8069",
            "[::1]",
            "tripod.lan:80",
        ] {
            assert!(passes_host(good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "evil.example@localhost",
            "localhost:port",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "",
        ] {
            assert!(!passes_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_missing_a_second_and_a_hidden_host_are_refused() {
        let relative = Uri::from_static("/");
        assert!(check_host(&HeaderMap::new(), &relative, &[]).is_err());
        let mut two = headers("localhost", None);
        two.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(check_host(&two, &relative, &[]).is_err());
        let absolute = Uri::from_static("http://evil.example/v1/models");
        assert!(check_host(&headers("localhost", None), &absolute, &[]).is_err());
    }

    fn passes_origin(host: &str, origin: &str) -> bool {
        let listed = Origins::parse(&["https://app.example".to_owned(), "http://localhost:3000/".to_owned()]);
        assert!(listed.is_err(), "a path is no part of an origin");
        let listed = Origins::parse(&["https://app.example".to_owned(), "http://localhost:3000".to_owned()]);
        check_origin(&headers(host, Some(origin)), &listed.expect("a list")).is_ok()
    }

    #[test]
    fn a_page_of_this_server_and_a_listed_one_may_call() {
        for (host, origin) in [
            ("localhost:8069", "http://localhost:8069"),
            ("tripod.lan", "https://tripod.lan"),
            ("tripod.lan:443", "https://tripod.lan"),
            ("[::1]:8069", "http://[::1]:8069"),
            ("localhost:8069", "https://app.example:443"),
            ("localhost:8069", "HTTP://LOCALHOST:3000"),
        ] {
            assert!(passes_origin(host, origin), "{origin} to {host}");
        }
    }

    #[test]
    fn any_other_page_may_not_call() {
        for (host, origin) in [
            ("localhost:8069", "http://localhost:8070"),
            ("localhost:8069", "http://localhost"),
            ("localhost:8069", "http://evil.example:8069"),
            ("localhost:8069", "null"),
            ("localhost:8069", ""),
            ("localhost:8069", "file://"),
            ("localhost:8069", "http://app.example"),
            ("localhost:8069", "https://app.example.evil"),
        ] {
            assert!(!passes_origin(host, origin), "{origin} to {host}");
        }
    }

    #[test]
    fn a_star_and_null_cannot_be_listed() {
        for bad in [
            "*",
            "null",
            "app.example",
            "https://",
            "https://*.example/",
            "ftp://app.example",
        ] {
            assert_eq!(
                Origins::parse(&[bad.to_owned()]),
                Err(AuthError::NoOrigin(bad.to_owned()))
            );
        }
    }

    #[test]
    fn a_request_from_no_page_passes() {
        assert!(check_origin(&headers("anything", None), &Origins::default()).is_ok());
    }
}

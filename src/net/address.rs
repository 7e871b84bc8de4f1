//! URLs of web services: builds an endpoint from a configured base URL, and strips what must not be shown. Connects to nothing.

use url::{Host, Url};

use super::error::HttpError;

/// `base` with `segments` added to its path, each percent-encoded.
///
/// # Errors
/// [`HttpError::BaseUrl`] when `base` is not an `http` or `https` URL.
pub fn endpoint(base: &str, segments: &[&str]) -> Result<Url, HttpError> {
    let wrong = |url: String, reason: &str| HttpError::BaseUrl {
        url,
        reason: reason.to_owned(),
    };
    let mut url = Url::parse(base.trim()).map_err(|error| {
        // A text that does not parse may still hold a password, so none of it is shown.
        wrong("…".to_owned(), &error.to_string())
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong(shown_url(&url), "it must begin with https:// (or http://)"));
    }
    url.set_query(None);
    url.set_fragment(None);
    // Never fails: a URL with a host always has a path.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    Ok(url)
}

/// Scheme, host, port and path: what may stand in an error or a log.
pub fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for URLs without a host.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

/// Whether the URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_url_holds_no_secret() {
        let url = Url::parse("https://user:secret@example.org:8443/v2/x?apiKey=secret#secret").unwrap();
        assert_eq!(shown_url(&url), "https://example.org:8443/v2/x");
    }

    #[test]
    fn an_endpoint_keeps_the_path_of_its_base_and_encodes_what_is_added() {
        assert_eq!(
            endpoint("http://127.0.0.1:9/mirror/", &["v8", "a/b c"])
                .unwrap()
                .as_str(),
            "http://127.0.0.1:9/mirror/v8/a%2Fb%20c"
        );
    }

    #[test]
    fn a_base_url_that_is_none_is_refused() {
        for base in ["", "query1", "ftp://example.org", "file:///etc", "data:text/plain,x"] {
            assert!(
                matches!(endpoint(base, &["x"]), Err(HttpError::BaseUrl { .. })),
                "{base}"
            );
        }
    }
}

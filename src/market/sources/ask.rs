//! Asks a service that needs a key: its address, key and a path come in, an answer in JSON goes out. The key goes into one header,
//! or into the query of the one service that has no header for it, over an encrypted connection or to this machine, and nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;

use super::super::error::MarketError;
use super::super::ticker::Ticker;
use crate::net::{HttpClient, HttpError, RequestOptions, Secret, endpoint, is_loopback, shown_url};
use crate::text::clean_text;

/// A service with bars: its address, and the user's key.
#[derive(Debug, Clone)]
pub struct Service {
    /// Scheme and host; a mirror with the same paths does as well.
    pub base_url: String,
    /// The user's key.
    pub key: Option<Secret>,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
    /// Whether the service has refused the key, so that a batch does not send it once for each ticker.
    refused: Arc<AtomicBool>,
}

impl Service {
    /// The service at this address.
    pub fn at(base_url: impl Into<String>, key: Option<Secret>) -> Self {
        Self {
            base_url: base_url.into(),
            key,
            request: RequestOptions {
                worth_waiting: true,
                ..RequestOptions::default()
            },
            refused: Arc::default(),
        }
    }
}

/// Where the key goes.
pub(super) enum KeyPlace {
    /// A header of this name, with these words before the key.
    Header(&'static str, &'static str),
    /// A parameter of the query.
    Query(&'static str),
}

/// One question to a service.
pub(super) struct Question<'a> {
    /// The service's name, for messages.
    pub service: &'static str,
    /// The setting of its key, for messages.
    pub setting: &'static str,
    /// Where its key goes.
    pub key: KeyPlace,
    /// What is asked for.
    pub ticker: &'a Ticker,
    /// Segments of the path.
    pub path: &'a [&'a str],
    /// Names and values of the query.
    pub query: &'a [(&'a str, String)],
}

/// The status and the JSON of the answer.
///
/// # Errors
/// [`MarketError::NoKey`], `BadKey`, `Unencrypted`, `KeyRefused`, `Http`, or `Malformed` for an answer that is not JSON.
pub(super) async fn json(
    client: &HttpClient,
    service: &Service,
    question: &Question<'_>,
) -> Result<(u16, Value), MarketError> {
    let Question {
        service: name,
        setting,
        ticker,
        ..
    } = *question;
    let http = |source: HttpError| MarketError::Http {
        service: name,
        ticker: ticker.clone(),
        source,
    };
    let key = service.key.as_ref().filter(|key| !key.is_empty());
    let key = key.ok_or(MarketError::NoKey { service: name, setting })?;
    let key_refused = || MarketError::KeyRefused { service: name, setting };
    if service.refused.load(Ordering::Relaxed) {
        return Err(key_refused());
    }
    let mut url = endpoint(&service.base_url, question.path).map_err(http)?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(MarketError::Unencrypted {
            service: name,
            url: shown_url(&url),
        });
    }
    for (parameter, value) in question.query {
        url.query_pairs_mut().append_pair(parameter, value);
    }
    let header = match question.key {
        KeyPlace::Query(parameter) => {
            url.query_pairs_mut().append_pair(parameter, key.expose());
            None
        }
        KeyPlace::Header(header, before) => {
            let value = HeaderValue::from_str(&format!("{before}{}", key.expose()));
            let mut value = value.map_err(|_| MarketError::BadKey { service: name, setting })?;
            value.set_sensitive(true);
            Some((header, value))
        }
    };
    let sent = client.send(&url, &service.request, |client| {
        let request = client
            .get(Url::clone(&url))
            .header("User-Agent", concat!("tripod/", env!("CARGO_PKG_VERSION")))
            .header("Accept", "application/json");
        match &header {
            Some((name, value)) => request.header(*name, value.clone()),
            None => request,
        }
    });
    let answer = match sent.await {
        Err(HttpError::Unauthorized { status: 401, .. }) => {
            service.refused.store(true, Ordering::Relaxed);
            return Err(key_refused());
        }
        Err(HttpError::Unauthorized { status: 403, .. }) => {
            return Err(MarketError::NotCovered {
                service: name,
                ticker: ticker.clone(),
            });
        }
        other => other.map_err(http)?,
    };
    let status = answer.status.as_u16();
    match serde_json::from_slice(&answer.body) {
        Ok(value) => Ok((status, value)),
        Err(_) if answer.is_page() => Err(http(HttpError::Blocked {
            url: shown_url(&url),
            status,
        })),
        Err(_) if status == 404 => Err(MarketError::unknown(name, ticker)),
        Err(error) => Err(MarketError::Malformed {
            service: name,
            ticker: ticker.clone(),
            reason: if status == 200 {
                format!("not JSON ({error})")
            } else {
                format!("HTTP {status}")
            },
        }),
    }
}

/// A service's own words: cleaned, short, and without the key, which some services repeat.
pub(super) fn words(service: &Service, said: &str) -> String {
    let key = service.key.as_ref().map(Secret::expose).filter(|key| !key.is_empty());
    let said = match key {
        Some(key) => said.replace(key, "…"),
        None => said.to_owned(),
    };
    clean_text(&said, 200)
}

//! Headlines from Finnhub's `company-news` endpoint: the stories that it files under a symbol, between two days. It has them for
//! companies listed in North America.

use chrono::DateTime;
use serde_json::Value;

use super::json::read_json;
use super::key::Key;
use super::source::{Asked, NewsSource, Stories, Story};
use crate::net::{HttpClient, HttpError, RequestOptions, RetryPolicy, Secret, endpoint};
use crate::news::error::NewsError;
use crate::news::query::NewsQuery;
use crate::news::relevance::Subject;
use crate::news::sanitise::{self, RawHeadline};
use crate::text::clean_text;

const SERVICE: &str = "Finnhub";

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct FinnhubOptions {
    /// Scheme and host; `https`, or `http` on this machine.
    pub base_url: String,
    /// Without it the source gives an error and is not asked.
    pub key: Option<Secret>,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
}

impl Default for FinnhubOptions {
    fn default() -> Self {
        Self {
            base_url: "https://finnhub.io".to_owned(),
            key: None,
            request: RequestOptions {
                retry: RetryPolicy::EXTRA,
                ..RequestOptions::default()
            },
        }
    }
}

/// Finnhub.
#[derive(Debug)]
pub struct Finnhub {
    base_url: String,
    key: Key,
    request: RequestOptions,
}

impl Finnhub {
    /// Finnhub, asked in this way.
    pub fn new(options: FinnhubOptions) -> Self {
        Self {
            base_url: options.base_url,
            key: Key::new(SERVICE, "FINNHUB_KEY", options.key),
            request: options.request,
        }
    }

    async fn stories(&self, client: &HttpClient, query: &NewsQuery) -> Result<Option<Stories>, NewsError> {
        let mut url = endpoint(&self.base_url, &["api", "v1", "company-news"])?;
        let header = self.key.header(&url)?;
        let Some(symbol) = symbol(query.ticker.as_str()) else {
            return Ok(None);
        };
        url.query_pairs_mut()
            .append_pair("symbol", &symbol)
            .append_pair("from", &query.first_day().to_string())
            .append_pair("to", &query.as_of.to_string());
        let sent = client.send(&url, &self.request, |client| {
            client
                .get(url.clone())
                .header("X-Finnhub-Token", header.clone())
                .header("User-Agent", concat!("tripod/", env!("CARGO_PKG_VERSION")))
                .header("Accept", "application/json")
        });
        let answer = match self.key.guard(sent).await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(None),
            Err(NewsError::Http(HttpError::Unauthorized { status, .. })) => {
                return Err(NewsError::Upgrade {
                    service: SERVICE,
                    what: query.ticker.to_string(),
                    status,
                });
            }
            Err(error) => return Err(error),
        };
        self.read(&answer.body, answer.status.as_u16(), &Subject::of(query))
            .map(Some)
    }

    fn read(&self, body: &[u8], status: u16, subject: &Subject) -> Result<Stories, NewsError> {
        let malformed = |reason: String| NewsError::Malformed {
            service: SERVICE.to_owned(),
            reason,
        };
        let answer = read_json(SERVICE, body, status)?;
        if let Some(said) = answer.get("error").and_then(Value::as_str) {
            return Err(NewsError::Refused {
                service: SERVICE,
                reason: clean_text(&self.key.hidden_in(said), 200),
            });
        }
        let entries = answer
            .as_array()
            .filter(|_| status == 200)
            .ok_or_else(|| malformed(format!("no list of stories (HTTP {status})")))?;
        let story = |entry: &Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str);
            let published_at = DateTime::from_timestamp(entry.get("datetime")?.as_i64().filter(|&at| at > 0)?, 0)?;
            let headline = sanitise::headline(
                &RawHeadline {
                    title: text("headline")?,
                    source: text("source").unwrap_or_default(),
                    published_at,
                    url: text("url"),
                },
                "Unnamed (Finnhub)",
            )?;
            let related = text("related").unwrap_or_default();
            Some(Story {
                headline,
                related: related.split(',').any(|symbol| subject.is(symbol)),
            })
        };
        Ok(Stories::dated(entries.iter().filter_map(story)))
    }
}

impl NewsSource for Finnhub {
    fn name(&self) -> &str {
        SERVICE
    }

    fn origin(&self) -> String {
        self.base_url.clone()
    }

    fn ask<'a>(&'a self, client: &'a HttpClient, query: &'a NewsQuery) -> Asked<'a> {
        Box::pin(self.stories(client, query))
    }
}

/// Finnhub's spelling of a symbol, with a point before a class (`BRK.B`); `None` for what is no company: indices, currencies, futures.
fn symbol(ticker: &str) -> Option<String> {
    if ticker.contains(['^', '=', '/']) {
        return None;
    }
    match ticker.split_once('-') {
        None => Some(ticker.to_owned()),
        Some((base, class)) if class.len() == 1 => Some(format!("{base}.{class}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_written_with_a_point_and_what_is_no_company_is_not_asked_for() {
        assert_eq!(symbol("BRK-B").as_deref(), Some("BRK.B"));
        assert_eq!(symbol("SHOP.TO").as_deref(), Some("SHOP.TO"));
        for other in ["^GSPC", "EURUSD=X", "BTC-USD", "GC=F"] {
            assert_eq!(symbol(other), None);
        }
    }
}

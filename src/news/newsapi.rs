//! Headlines from NewsAPI's `everything` endpoint: the most relevant articles about a company in the days before a date. The key
//! is sent in one header and appears nowhere else.

use chrono::{DateTime, Utc};
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::error::NewsError;
use super::headline::Headline;
use super::query::NewsQuery;
use super::sanitise::{self, RawHeadline};
use crate::net::{HttpClient, HttpError, RequestOptions, RetryPolicy, Secret, endpoint, is_loopback, shown_url};
use crate::text::clean_text;

const SERVICE: &str = "NewsAPI";

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct NewsApiOptions {
    /// Scheme and host; `https`, or `http` on this machine.
    pub base_url: String,
    /// Without it the source gives a warning and no headlines.
    pub key: Option<Secret>,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
}

impl Default for NewsApiOptions {
    fn default() -> Self {
        Self {
            base_url: "https://newsapi.org".to_owned(),
            key: None,
            request: RequestOptions {
                retry: RetryPolicy::EXTRA,
                ..RequestOptions::default()
            },
        }
    }
}

/// Asks for the articles. Entries without a title or a date are left out.
pub async fn headlines(
    client: &HttpClient,
    options: &NewsApiOptions,
    query: &NewsQuery,
) -> Result<Vec<Headline>, NewsError> {
    let key = options
        .key
        .as_ref()
        .filter(|key| !key.is_empty())
        .ok_or(NewsError::NoKey)?;
    let mut header = HeaderValue::from_str(key.expose()).map_err(|_| NewsError::BadKey)?;
    header.set_sensitive(true);

    let mut url = endpoint(&options.base_url, &["v2", "everything"])?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(NewsError::Unencrypted { url: shown_url(&url) });
    }
    url.query_pairs_mut()
        .append_pair("q", &search_words(query))
        .append_pair("language", "en")
        .append_pair("sortBy", "relevancy")
        .append_pair("from", &query.first_day().to_string())
        .append_pair("to", &format!("{}T23:59:59", query.as_of))
        .append_pair("pageSize", &query.limit.clamp(1, 100).to_string());

    let sent = client.send(&url, &options.request, |client| {
        client
            .get(url.clone())
            .header("X-Api-Key", header.clone())
            .header("User-Agent", concat!("tripod/", env!("CARGO_PKG_VERSION")))
            .header("Accept", "application/json")
    });
    let answer = match sent.await {
        Err(HttpError::Unauthorized { status: 401, .. }) => return Err(NewsError::KeyRefused),
        other => other?,
    };
    if answer.status.as_u16() == 426 {
        return Err(NewsError::Upgrade);
    }
    read(&answer.body, answer.status.as_u16(), key)
}

/// `"Apple Inc." OR AAPL`. Quotation marks inside the name would end the phrase.
fn search_words(query: &NewsQuery) -> String {
    let symbol = query.ticker.as_str();
    let symbol = if symbol.bytes().all(|b| b.is_ascii_alphanumeric()) {
        symbol.to_owned()
    } else {
        format!("\"{symbol}\"")
    };
    let company = query
        .company
        .as_deref()
        .unwrap_or_default()
        .replace(['"', '“', '”'], " ");
    match clean_text(&company, 100).as_str() {
        "" => symbol,
        company => format!("\"{company}\" OR {symbol}"),
    }
}

fn read(body: &[u8], status: u16, key: &Secret) -> Result<Vec<Headline>, NewsError> {
    let malformed = |reason: String| NewsError::Malformed {
        service: SERVICE,
        reason,
    };
    let answer: Value = serde_json::from_slice(body).map_err(|error| {
        malformed(if status == 200 {
            format!("not JSON ({error})")
        } else {
            format!("HTTP {status}")
        })
    })?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if status != 200 || text(&answer, "status") == "error" {
        let said = format!("{}: {}", text(&answer, "code"), text(&answer, "message"));
        return Err(NewsError::Refused {
            service: SERVICE,
            // The service may quote the key in its message.
            reason: clean_text(&said.replace(key.expose(), "…"), 200),
        });
    }
    let articles = answer
        .get("articles")
        .and_then(Value::as_array)
        .ok_or_else(|| malformed("no list of articles".to_owned()))?;
    let headline = |article: &Value| {
        let published_at: DateTime<Utc> = text(article, "publishedAt").parse().ok()?;
        sanitise::headline(
            &RawHeadline {
                title: article.get("title")?.as_str()?,
                source: article
                    .pointer("/source/name")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
                published_at,
                url: article.get("url").and_then(Value::as_str),
            },
            "Unnamed (NewsAPI)",
        )
    };
    Ok(articles.iter().filter_map(headline).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::Ticker;

    fn words(ticker: &str, company: Option<&str>) -> String {
        let day = "2013-03-01".parse().unwrap();
        search_words(&NewsQuery::new(
            Ticker::parse(ticker).unwrap(),
            company.map(str::to_owned),
            day,
        ))
    }

    #[test]
    fn the_company_is_asked_for_as_a_phrase_or_by_its_ticker() {
        assert_eq!(words("AAPL", Some("Apple Inc.")), "\"Apple Inc.\" OR AAPL");
        assert_eq!(words("AAPL", None), "AAPL");
        assert_eq!(words("BRK-B", Some("A \"B\" C")), "\"A B C\" OR \"BRK-B\"");
    }

    #[test]
    fn a_service_that_repeats_the_key_does_not_get_it_shown() {
        let body = br#"{"status":"error","code":"apiKeyInvalid","message":"Your key 0123456789 is wrong"}"#;
        let error = read(body, 400, &Secret::new("0123456789")).unwrap_err();
        assert_eq!(error.to_string(), "NewsAPI refused: apiKeyInvalid: Your key … is wrong");
    }
}

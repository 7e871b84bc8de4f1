//! Headlines from Yahoo Finance: a ticker comes in, its latest stories go out. Needs neither key nor cookie.
//!
//! Two services have them: the ticker's news stream, which the site itself uses, and the search, which is asked when the stream
//! fails or is empty. Both answers are parsed entry by entry, so that one malformed entry does not cost the others; the search of
//! `yahoo_finance_api` loses all news when one quote lacks a field. Both only return current news, so they have nothing for an
//! as-of date in the past.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::error::NewsError;
use super::headline::Headline;
use super::query::NewsQuery;
use super::sanitise::{self, RawHeadline};
use crate::market::USER_AGENT;
use crate::net::{Answer, HttpClient, RequestOptions, RetryPolicy, endpoint};

const STREAM: &str = "Yahoo's news stream";
const SEARCH: &str = "Yahoo's search";
const UNNAMED: &str = "Unnamed (Yahoo)";

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct YahooNewsOptions {
    /// Scheme and host of the news stream.
    pub stream_url: String,
    /// Scheme and host of the search.
    pub search_url: String,
    /// As for the chart service.
    pub user_agent: String,
    /// Time-out and retries of a request.
    pub request: RequestOptions,
}

impl Default for YahooNewsOptions {
    fn default() -> Self {
        Self {
            stream_url: "https://finance.yahoo.com".to_owned(),
            search_url: "https://query2.finance.yahoo.com".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            request: RequestOptions {
                retry: RetryPolicy::EXTRA,
                retry_unauthorized: true,
                ..RequestOptions::default()
            },
        }
    }
}

/// The stream's headlines, or the search's where the stream has none.
pub async fn headlines(
    client: &HttpClient,
    options: &YahooNewsOptions,
    query: &NewsQuery,
) -> Result<Vec<Headline>, NewsError> {
    let streamed = stream(client, options, query).await;
    match streamed {
        Ok(found) if !found.is_empty() => return Ok(found),
        Ok(_) => tracing::debug!("the news stream is empty, asking the search"),
        Err(ref error) => tracing::debug!(%error, "the news stream failed, asking the search"),
    }
    match search(client, options, query).await {
        Ok(found) => Ok(found),
        // If both fail the search's error is reported; an empty stream is a valid answer.
        Err(error) => streamed.and(Err(error)),
    }
}

async fn stream(
    client: &HttpClient,
    options: &YahooNewsOptions,
    query: &NewsQuery,
) -> Result<Vec<Headline>, NewsError> {
    let mut url = endpoint(&options.stream_url, &["xhr", "ncp"])?;
    url.query_pairs_mut()
        .append_pair("queryRef", "latestNews")
        .append_pair("serviceKey", "ncp_fin");
    let wanted = json!({
        "serviceConfig": { "snippetCount": query.limit.clamp(1, 100), "s": [query.ticker.as_str()] }
    });
    let answer = client
        .send(&url, &options.request, |client| {
            client
                .post(url.clone())
                .header("User-Agent", &options.user_agent)
                .header("Accept", "application/json")
                .json(&wanted)
        })
        .await?;
    let answer = json_of(STREAM, &answer)?;
    let entries = list(STREAM, &answer, "/data/tickerStream/stream")?;
    let headline = |entry: &Value| {
        // Advertising entries have no content.
        let content = entry.get("content")?;
        let text = |path: &str| content.pointer(path).and_then(Value::as_str);
        let published_at: DateTime<Utc> = text("/pubDate")?.parse().ok()?;
        sanitise::headline(
            &RawHeadline {
                title: text("/title")?,
                source: text("/provider/displayName").unwrap_or_default(),
                published_at,
                url: text("/canonicalUrl/url").or_else(|| text("/clickThroughUrl/url")),
            },
            UNNAMED,
        )
    };
    Ok(entries.iter().filter_map(headline).collect())
}

async fn search(
    client: &HttpClient,
    options: &YahooNewsOptions,
    query: &NewsQuery,
) -> Result<Vec<Headline>, NewsError> {
    let mut url = endpoint(&options.search_url, &["v1", "finance", "search"])?;
    url.query_pairs_mut()
        .append_pair("q", query.ticker.as_str())
        .append_pair("newsCount", &query.limit.clamp(1, 100).to_string())
        .append_pair("quotesCount", "0");
    let answer = client
        .send(&url, &options.request, |client| {
            client
                .get(url.clone())
                .header("User-Agent", &options.user_agent)
                .header("Accept", "application/json")
        })
        .await?;
    let answer = json_of(SEARCH, &answer)?;
    let entries = list(SEARCH, &answer, "/news")?;
    let headline = |entry: &Value| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        if !is_about(entry, query.ticker.as_str()) {
            return None;
        }
        let published_at = DateTime::from_timestamp(entry.get("providerPublishTime")?.as_i64()?, 0)?;
        sanitise::headline(
            &RawHeadline {
                title: text("title")?,
                source: text("publisher").unwrap_or_default(),
                published_at,
                url: text("link"),
            },
            UNNAMED,
        )
    };
    Ok(entries.iter().filter_map(headline).collect())
}

/// Whether an entry is about the ticker. The search matches words, so a short ticker also finds other stories; an entry that
/// lists its tickers must list this one.
fn is_about(entry: &Value, ticker: &str) -> bool {
    match entry.get("relatedTickers").and_then(Value::as_array) {
        Some(tickers) if !tickers.is_empty() => tickers.iter().any(|other| other.as_str() == Some(ticker)),
        _ => true,
    }
}

fn json_of(service: &'static str, answer: &Answer) -> Result<Value, NewsError> {
    let malformed = |reason: String| NewsError::Malformed { service, reason };
    if !answer.status.is_success() {
        return Err(malformed(format!("HTTP {}", answer.status.as_u16())));
    }
    serde_json::from_slice(&answer.body).map_err(|error| malformed(format!("not JSON ({error})")))
}

fn list<'a>(service: &'static str, answer: &'a Value, path: &str) -> Result<&'a Vec<Value>, NewsError> {
    answer
        .pointer(path)
        .and_then(Value::as_array)
        .ok_or_else(|| NewsError::Malformed {
            service,
            reason: format!("nothing at {path}"),
        })
}

//! Headlines from Yahoo Finance: a ticker comes in, its latest stories go out. Needs neither key nor cookie.
//!
//! Two services have them: the ticker's news stream, which the site itself uses, and the search, which is asked when the stream
//! fails or is empty. Both answers are parsed entry by entry, so that one malformed entry does not cost the others; the search of
//! `yahoo_finance_api` loses all news when one quote lacks a field. Both only return current news, so they have nothing for an
//! as-of date in the past.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::json::read_json;
use super::source::{Asked, NewsSource, Stories, Story};
use crate::market::USER_AGENT;
use crate::net::{Answer, HttpClient, RequestOptions, RetryPolicy, endpoint};
use crate::news::error::NewsError;
use crate::news::query::NewsQuery;
use crate::news::relevance::Subject;
use crate::news::sanitise::{self, RawHeadline};

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

/// Yahoo Finance's news.
#[derive(Debug)]
pub struct YahooNews {
    options: YahooNewsOptions,
}

impl YahooNews {
    /// Yahoo's news, asked in this way.
    pub fn new(options: YahooNewsOptions) -> Self {
        Self { options }
    }

    /// The stream's stories, or the search's where the stream has none.
    async fn stories(&self, client: &HttpClient, query: &NewsQuery) -> Result<Option<Stories>, NewsError> {
        let streamed = self.stream(client, query).await;
        match streamed {
            Ok(found) if !found.stories.is_empty() => return Ok(Some(found)),
            Ok(_) => tracing::debug!("the news stream is empty, asking the search"),
            Err(ref error) => tracing::debug!(%error, "the news stream failed, asking the search"),
        }
        match self.search(client, query).await {
            Ok(found) => Ok(Some(found)),
            // If both fail the search's error is reported; an empty stream is a valid answer.
            Err(error) => streamed.map(Some).and(Err(error)),
        }
    }

    async fn stream(&self, client: &HttpClient, query: &NewsQuery) -> Result<Stories, NewsError> {
        let mut url = endpoint(&self.options.stream_url, &["xhr", "ncp"])?;
        url.query_pairs_mut()
            .append_pair("queryRef", "latestNews")
            .append_pair("serviceKey", "ncp_fin");
        let wanted = json!({
            "serviceConfig": { "snippetCount": query.limit.clamp(1, 100), "s": [query.ticker.as_str()] }
        });
        let answer = client
            .send(&url, &self.options.request, |client| {
                client
                    .post(url.clone())
                    .header("User-Agent", &self.options.user_agent)
                    .header("Accept", "application/json")
                    .json(&wanted)
            })
            .await?;
        let answer = json_of(STREAM, &answer)?;
        let subject = Subject::of(query);
        let story = |entry: &Value| {
            // Advertising entries have no content.
            let content = entry.get("content")?;
            let text = |path: &str| content.pointer(path).and_then(Value::as_str);
            let published_at: DateTime<Utc> = text("/pubDate")?.parse().ok()?;
            let headline = sanitise::headline(
                &RawHeadline {
                    title: text("/title")?,
                    source: text("/provider/displayName").unwrap_or_default(),
                    published_at,
                    url: text("/canonicalUrl/url").or_else(|| text("/clickThroughUrl/url")),
                },
                UNNAMED,
            )?;
            let symbols = content.pointer("/finance/stockTickers").and_then(Value::as_array);
            let symbols = symbols.into_iter().flatten().filter_map(|entry| entry.get("symbol"));
            Some(Story {
                headline,
                related: relates(&subject, symbols),
            })
        };
        let entries = list(STREAM, &answer, "/data/tickerStream/stream")?;
        Ok(Stories::dated(entries.iter().filter_map(story)))
    }

    /// The search matches words, and answers with the day's news where it finds nothing; the symbols that an entry lists tell.
    async fn search(&self, client: &HttpClient, query: &NewsQuery) -> Result<Stories, NewsError> {
        let mut url = endpoint(&self.options.search_url, &["v1", "finance", "search"])?;
        url.query_pairs_mut()
            .append_pair("q", query.ticker.as_str())
            .append_pair("newsCount", &query.limit.clamp(1, 100).to_string())
            .append_pair("quotesCount", "0");
        let answer = client
            .send(&url, &self.options.request, |client| {
                client
                    .get(url.clone())
                    .header("User-Agent", &self.options.user_agent)
                    .header("Accept", "application/json")
            })
            .await?;
        let answer = json_of(SEARCH, &answer)?;
        let subject = Subject::of(query);
        let story = |entry: &Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str);
            let published_at = DateTime::from_timestamp(entry.get("providerPublishTime")?.as_i64()?, 0)?;
            let headline = sanitise::headline(
                &RawHeadline {
                    title: text("title")?,
                    source: text("publisher").unwrap_or_default(),
                    published_at,
                    url: text("link"),
                },
                UNNAMED,
            )?;
            let symbols = entry.get("relatedTickers").and_then(Value::as_array);
            Some(Story {
                headline,
                related: relates(&subject, symbols.into_iter().flatten()),
            })
        };
        let entries = list(SEARCH, &answer, "/news")?;
        Ok(Stories::dated(entries.iter().filter_map(story)))
    }
}

impl NewsSource for YahooNews {
    fn name(&self) -> &str {
        "Yahoo news"
    }

    fn origin(&self) -> String {
        format!("{} {}", self.options.stream_url, self.options.search_url)
    }

    fn ask<'a>(&'a self, client: &'a HttpClient, query: &'a NewsQuery) -> Asked<'a> {
        Box::pin(self.stories(client, query))
    }
}

fn relates<'a>(subject: &Subject, mut symbols: impl Iterator<Item = &'a Value>) -> bool {
    symbols.any(|symbol| symbol.as_str().is_some_and(|symbol| subject.is(symbol)))
}

fn json_of(service: &str, answer: &Answer) -> Result<Value, NewsError> {
    let status = answer.status.as_u16();
    if !answer.status.is_success() {
        return Err(NewsError::Malformed {
            service: service.to_owned(),
            reason: format!("HTTP {status}"),
        });
    }
    read_json(service, &answer.body, status)
}

fn list<'a>(service: &str, answer: &'a Value, path: &str) -> Result<&'a Vec<Value>, NewsError> {
    answer
        .pointer(path)
        .and_then(Value::as_array)
        .ok_or_else(|| NewsError::Malformed {
            service: service.to_owned(),
            reason: format!("nothing at {path}"),
        })
}

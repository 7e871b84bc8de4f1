//! Headlines from NewsAPI's `everything` endpoint: the most relevant articles about a company in the days before a date.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::json::read_json;
use super::key::Key;
use super::source::{Asked, NewsSource, Stories, Story};
use crate::net::{HttpClient, RequestOptions, RetryPolicy, Secret, endpoint};
use crate::news::error::NewsError;
use crate::news::query::NewsQuery;
use crate::news::relevance::Subject;
use crate::news::sanitise::{self, RawHeadline};
use crate::text::clean_text;

const SERVICE: &str = "NewsAPI";

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct NewsApiOptions {
    /// Scheme and host; `https`, or `http` on this machine.
    pub base_url: String,
    /// Without it the source gives an error and is not asked.
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

/// NewsAPI.
#[derive(Debug)]
pub struct NewsApi {
    base_url: String,
    key: Key,
    request: RequestOptions,
}

impl NewsApi {
    /// NewsAPI, asked in this way.
    pub fn new(options: NewsApiOptions) -> Self {
        Self {
            base_url: options.base_url,
            key: Key::new(SERVICE, "NEWSAPI_KEY", options.key),
            request: options.request,
        }
    }

    async fn stories(&self, client: &HttpClient, query: &NewsQuery) -> Result<Option<Stories>, NewsError> {
        let mut url = endpoint(&self.base_url, &["v2", "everything"])?;
        let header = self.key.header(&url)?;
        let words = search_words(query).ok_or_else(|| NewsError::NothingToAsk {
            service: SERVICE,
            ticker: query.ticker.to_string(),
        })?;
        url.query_pairs_mut()
            .append_pair("q", &words)
            .append_pair("language", "en")
            .append_pair("sortBy", "relevancy")
            .append_pair("from", &query.first_day().to_string())
            .append_pair("to", &format!("{}T23:59:59", query.as_of))
            .append_pair("pageSize", &query.limit.clamp(1, 100).to_string());
        let sent = client.send(&url, &self.request, |client| {
            client
                .get(url.clone())
                .header("X-Api-Key", header.clone())
                .header("User-Agent", concat!("tripod/", env!("CARGO_PKG_VERSION")))
                .header("Accept", "application/json")
        });
        let Some(answer) = self.key.guard(sent).await? else {
            return Ok(None);
        };
        let status = answer.status.as_u16();
        if status == 426 {
            return Err(NewsError::Upgrade {
                service: SERVICE,
                what: "these days".to_owned(),
                status,
            });
        }
        self.read(&answer.body, status).map(Some)
    }

    fn read(&self, body: &[u8], status: u16) -> Result<Stories, NewsError> {
        let malformed = |reason: String| NewsError::Malformed {
            service: SERVICE.to_owned(),
            reason,
        };
        let answer = read_json(SERVICE, body, status)?;
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if status != 200 || text(&answer, "status") == "error" {
            let said = format!("{}: {}", text(&answer, "code"), text(&answer, "message"));
            return Err(NewsError::Refused {
                service: SERVICE,
                reason: clean_text(&self.key.hidden_in(&said), 200),
            });
        }
        let articles = answer
            .get("articles")
            .and_then(Value::as_array)
            .ok_or_else(|| malformed("no list of articles".to_owned()))?;
        let story = |article: &Value| {
            let published_at: DateTime<Utc> = text(article, "publishedAt").parse().ok()?;
            let headline = sanitise::headline(
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
            )?;
            // A search by words relates a story to no symbol.
            Some(Story {
                headline,
                related: false,
            })
        };
        Ok(Stories::dated(articles.iter().filter_map(story)))
    }
}

impl NewsSource for NewsApi {
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

/// `"Alphabet" OR "Google" OR GOOG`; `None` where neither a name is known nor the symbol can stand alone.
fn search_words(query: &NewsQuery) -> Option<String> {
    let subject = Subject::of(query);
    let (names, symbol) = subject.search_terms();
    let mut terms: Vec<String> = names
        .into_iter()
        .map(|name| format!("\"{}\"", clean_text(name, 100)))
        .collect();
    terms.extend(symbol.map(|symbol| {
        if symbol.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
            symbol.to_owned()
        } else {
            format!("\"{symbol}\"")
        }
    }));
    (!terms.is_empty()).then(|| terms.join(" OR "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::Ticker;

    fn words(ticker: &str, company: Option<&str>) -> Option<String> {
        let day = "2013-03-01".parse().unwrap();
        search_words(&NewsQuery::new(
            Ticker::parse(ticker).unwrap(),
            company.map(str::to_owned),
            day,
        ))
    }

    #[test]
    fn the_bare_name_is_asked_for_as_a_phrase_and_the_symbol_only_where_it_is_no_word() {
        let asked = |ticker, company| words(ticker, company).unwrap();
        assert_eq!(asked("AAPL", Some("Apple Inc.")), "\"Apple\" OR AAPL");
        assert_eq!(
            asked("GOOG", Some("Alphabet Inc.")),
            "\"Alphabet\" OR \"Google\" OR GOOG"
        );
        assert_eq!(asked("F", Some("Ford Motor Company")), "\"Ford Motor\"");
        assert_eq!(
            asked("COST", Some("Costco Wholesale Corporation")),
            "\"Costco Wholesale\""
        );
        assert_eq!(asked("AAPL", None), "AAPL");
        assert_eq!(asked("BRK-B", Some("A \"B\" C")), "\"A B C\" OR \"BRK-B\"");
        assert_eq!(words("COST", None), None);
    }

    #[test]
    fn a_service_that_repeats_the_key_does_not_get_it_shown() {
        let newsapi = NewsApi::new(NewsApiOptions {
            key: Some(Secret::new("0123456789")),
            ..NewsApiOptions::default()
        });
        let body = br#"{"status":"error","code":"apiKeyInvalid","message":"Your key 0123456789 is wrong"}"#;
        let error = newsapi.read(body, 400).unwrap_err();
        assert_eq!(error.to_string(), "NewsAPI refused: apiKeyInvalid: Your key … is wrong");
    }
}

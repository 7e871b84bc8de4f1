//! Headlines from an RSS, Atom or JSON feed whose address the user gives, with a place for the symbol or the company's name. A feed is
//! read by `feed-rs`; an entry without a date is left out and counted.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::source::{Asked, NewsSource, Stories, Story};
use crate::net::{HttpClient, RequestOptions, RetryPolicy, is_loopback, shown_url};
use crate::news::error::NewsError;
use crate::news::query::NewsQuery;
use crate::news::relevance::Subject;
use crate::news::sanitise::{self, RawHeadline};
use crate::text::clean_text;

/// `feed-rs` reads nested media elements by recursion. No feed nests as deep as this.
const DEEPEST: usize = 64;

/// Feeds are in the order of their choice, newest first as a rule; more entries than this are old.
const MOST_ENTRIES: usize = 500;

/// A feed.
#[derive(Debug, Clone)]
pub struct Feed {
    template: String,
    name: String,
    request: RequestOptions,
}

impl Feed {
    /// The feed at an address that may hold `{symbol}` and `{company}`, after the host.
    ///
    /// # Errors
    /// [`NewsError::Template`] for an address that is none, or that is neither `https` nor of this machine.
    pub fn new(template: &str) -> Result<Self, NewsError> {
        let template = template.trim();
        let wrong = |url: String, reason: &str| NewsError::Template {
            url,
            reason: reason.to_owned(),
        };
        // What does not parse may still hold a password, so none of it is shown.
        let filled = |word: &str| {
            Url::parse(&filled_in(template, word, word)).map_err(|error| wrong("…".to_owned(), &error.to_string()))
        };
        let (url, other) = (filled("a")?, filled("b")?);
        if url.host_str().is_none() || !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
            return Err(wrong(shown_url(&url), "it must begin with https://"));
        }
        if url.origin() != other.origin() || url.username() != other.username() {
            return Err(wrong(
                shown_url(&url),
                "{symbol} and {company} may stand behind the host only",
            ));
        }
        let rest = template.replace("{symbol}", "").replace("{company}", "");
        if rest.contains(['{', '}']) {
            return Err(wrong(shown_url(&url), "only {symbol} and {company} are filled in"));
        }
        Ok(Self {
            name: format!("Feed {}", url.host_str().unwrap_or_default()),
            template: template.to_owned(),
            request: RequestOptions {
                retry: RetryPolicy::EXTRA,
                ..RequestOptions::default()
            },
        })
    }

    /// The same feed, asked with other time-outs and retries.
    pub fn with_request(self, request: RequestOptions) -> Self {
        Self { request, ..self }
    }

    async fn stories(&self, client: &HttpClient, query: &NewsQuery) -> Result<Option<Stories>, NewsError> {
        let subject = Subject::of(query);
        let symbol = query.ticker.as_str();
        let company = subject.search_terms().0.first().map_or(symbol, |name| name);
        let malformed = |reason: String| NewsError::Malformed {
            service: self.name.clone(),
            reason,
        };
        let url =
            Url::parse(&filled_in(&self.template, symbol, company)).map_err(|error| malformed(error.to_string()))?;
        let accepted =
            "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1";
        let answer = client
            .send(&url, &self.request, |client| {
                client
                    .get(url.clone())
                    .header("User-Agent", concat!("tripod/", env!("CARGO_PKG_VERSION")))
                    .header("Accept", accepted)
            })
            .await?;
        if !answer.status.is_success() {
            return Err(malformed(format!("HTTP {}", answer.status.as_u16())));
        }
        let unnamed = format!("Unnamed ({})", self.name);
        // A fault in the reader of feeds costs this feed only.
        let read = tokio::task::spawn_blocking(move || read(&answer.body, &subject, &unnamed));
        let read = read
            .await
            .unwrap_or_else(|_| Err("the reader of feeds failed on it".to_owned()));
        read.map(Some).map_err(malformed)
    }
}

impl NewsSource for Feed {
    fn name(&self) -> &str {
        &self.name
    }

    fn origin(&self) -> String {
        self.template.clone()
    }

    fn ask<'a>(&'a self, client: &'a HttpClient, query: &'a NewsQuery) -> Asked<'a> {
        Box::pin(self.stories(client, query))
    }
}

fn filled_in(template: &str, symbol: &str, company: &str) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    template
        .replace("{symbol}", &encoded(symbol))
        .replace("{company}", &encoded(company))
}

fn read(body: &[u8], subject: &Subject, unnamed: &str) -> Result<Stories, String> {
    if body.iter().any(|byte| matches!(byte, 0 | 0x1b)) {
        return Err("it is not text, or in an encoding that is not read".to_owned());
    }
    if depth(body) > DEEPEST {
        return Err("its elements are nested too deep".to_owned());
    }
    let feed = feed_rs::parser::parse(body).map_err(|error| clean_text(&error.to_string(), 200))?;
    let publisher = feed.title.map(|title| title.content).unwrap_or_default();
    let mut stories = Stories::default();
    for entry in feed.entries.into_iter().take(MOST_ENTRIES) {
        let Some(title) = entry.title.map(|title| title.content) else {
            continue;
        };
        let Some(published_at) = entry.published.or(entry.updated) else {
            stories.undated += 1;
            continue;
        };
        let link = entry
            .links
            .iter()
            .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
        let headline = sanitise::headline(
            &RawHeadline {
                title: &title,
                source: &publisher,
                published_at,
                url: link.map(|link| link.href.as_str()),
            },
            unnamed,
        );
        // Financial feeds file their entries under symbols: `NVDA`, `NASDAQ:NVDA`.
        let of_symbol = |term: &str| subject.is(term.rsplit(':').next().unwrap_or(term));
        stories.stories.extend(headline.map(|headline| Story {
            headline,
            related: entry.categories.iter().any(|category| of_symbol(&category.term)),
        }));
    }
    Ok(stories)
}

/// How deep the elements of an XML text are nested at most. An element that is never closed counts like one that is.
fn depth(xml: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let mut at = 0;
    let after = |from: usize, mark: &[u8]| {
        let rest = xml.get(from..).unwrap_or_default();
        let found = rest.windows(mark.len()).position(|window| window == mark);
        found.map_or(xml.len(), |found| from + found + mark.len())
    };
    while let Some(found) = xml
        .get(at..)
        .and_then(|rest| rest.iter().position(|&byte| byte == b'<'))
    {
        let from = at + found + 1;
        let rest = xml.get(from..).unwrap_or_default();
        at = if rest.starts_with(b"!--") {
            after(from + 3, b"-->")
        } else if rest.starts_with(b"![CDATA[") {
            after(from, b"]]>")
        } else if rest.starts_with(b"?") {
            after(from, b"?>")
        } else if rest.starts_with(b"/") {
            depth = depth.saturating_sub(1);
            after(from, b">")
        } else if rest.starts_with(b"!") {
            after(from, b">")
        } else {
            let end = tag_end(xml, from);
            if end < 2 || xml.get(end - 2) != Some(&b'/') {
                depth += 1;
                deepest = deepest.max(depth);
            }
            end
        };
    }
    deepest
}

/// The place behind a tag's `>`, which may also stand in the quotation marks of an attribute.
fn tag_end(xml: &[u8], from: usize) -> usize {
    let mut quoted = None;
    for (at, &byte) in xml.iter().enumerate().skip(from) {
        match quoted {
            Some(mark) if mark == byte => quoted = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') => quoted = Some(byte),
            None if byte == b'>' => return at + 1,
            None => {}
        }
    }
    xml.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::Ticker;

    fn subject() -> Subject {
        let day = "2013-03-01".parse().unwrap();
        Subject::of(&NewsQuery::new(Ticker::parse("ACME").unwrap(), None, day))
    }

    #[test]
    fn an_address_must_be_encrypted_and_its_host_fixed() {
        for good in [
            "https://example.org/{symbol}.rss",
            "https://example.org/search?q={company}&s={symbol}",
            "http://127.0.0.1:9/feed",
        ] {
            assert!(Feed::new(good).is_ok(), "{good}");
        }
        for (bad, told) in [
            ("http://example.org/{symbol}", "must begin with https://"),
            ("ftp://example.org/", "must begin with https://"),
            ("https://{symbol}.example.org/", "behind the host"),
            ("https://example.org/{ticker}", "only {symbol} and {company}"),
            ("feed", "cannot be used"),
        ] {
            let error = Feed::new(bad).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let error = Feed::new("http://me:hunter2@example.org/?key=hunter2")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_filled_in_cannot_leave_its_place() {
        let filled = filled_in("https://example.org/{symbol}?q={company}", "A/B?c=1#d", "AT&T / x");
        assert_eq!(filled, "https://example.org/A%2FB%3Fc%3D1%23d?q=AT%26T%20%2F%20x");
    }

    #[test]
    fn the_depth_of_a_text_is_that_of_its_elements() {
        assert_eq!(depth(b"<?xml?><!-- <x><y> --><a><b c='>'/><d>x</d></a>"), 2);
        assert_eq!(depth(b"<a><![CDATA[<b><c><d>]]></a>"), 1);
        assert_eq!(depth(b"<a b=\"/>\"><a b=\"/>\">"), 2);
        assert_eq!(depth(b""), 0);
        let deep = "<m:group>".repeat(200_000);
        let error = read(format!("<rss version=\"2.0\">{deep}").as_bytes(), &subject(), "x").unwrap_err();
        assert_eq!(error, "its elements are nested too deep");
    }

    #[test]
    fn what_is_no_feed_is_an_error_and_no_panic() {
        for body in [
            "",
            "<html></html>",
            "{}",
            "{\"version\":\"x\"}",
            "<rss version=\"2.0\"><channel>",
            "\u{0}",
            "<feed",
            "]]>",
        ] {
            assert!(read(body.as_bytes(), &subject(), "x").is_err(), "{body}");
        }
    }
}

//! The entries of a file of headlines, in whichever of the usual shapes it is: NewsAPI's `articles`, yfinance's `news`, a list of objects
//! or of texts, JSON Lines, a table, or a headline a line. Text comes in, entries and their places go out; cleans and dates nothing.

use std::fmt;

use serde_json::{Map, Value};

use super::given::GivenHeadline;

/// One entry, and the ticker that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub ticker: Option<String>,
    pub given: GivenHeadline,
}

/// Where an entry stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a list, from 1.
    Entry(usize),
    /// From 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Entry(number) => write!(out, "entry {number}"),
            Place::Line(number) => write!(out, "line {number}"),
        }
    }
}

type Found = Result<Vec<(Place, Entry)>, (Place, String)>;

/// The names of each field, among services: first those of Tripod's own.
const TITLE: [&str; 2] = ["title", "headline"];
const SOURCE: [&str; 4] = ["source", "publisher", "provider", "source_name"];
const PUBLISHED: [&str; 11] = [
    "published_at",
    "publishedAt",
    "pubDate",
    "providerPublishTime",
    "published_utc",
    "time_published",
    "published",
    "datetime",
    "date",
    "time",
    "timestamp",
];
const URL: [&str; 5] = ["url", "link", "canonicalUrl", "clickThroughUrl", "article_url"];
const TICKER: [&str; 2] = ["ticker", "symbol"];

/// The lists that an object may hold its entries in.
const LISTS: [&str; 7] = ["articles", "news", "headlines", "items", "results", "feed", "data"];

/// The entries of a text.
///
/// # Errors
/// The place at fault, and what is wrong there.
pub(super) fn entries(text: &str) -> Found {
    match text.trim_start().chars().next() {
        None => Ok(Vec::new()),
        Some('[') => {
            let value: Vec<Value> = serde_json::from_str(text).map_err(told)?;
            numbered(&value)
        }
        Some('{') => match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => of_object(&object),
            // Several values: one a line.
            _ => json_lines(text),
        },
        Some('"') if text.lines().all(is_quoted) => json_lines(text),
        Some('<') => Err((
            Place::Line(1),
            "it is HTML or XML: read a feed with --feeds, or save the headlines as text, one on a line".to_owned(),
        )),
        Some(_) => table(text).unwrap_or_else(|| Ok(lines(text))),
    }
}

fn is_quoted(line: &str) -> bool {
    line.trim().is_empty() || serde_json::from_str::<String>(line).is_ok()
}

fn told(error: serde_json::Error) -> (Place, String) {
    (Place::Line(error.line() as u64), error.to_string())
}

fn of_object(object: &Map<String, Value>) -> Found {
    match LISTS.iter().find_map(|name| object.get(*name)?.as_array()) {
        Some(list) => numbered(list),
        None => numbered(&[Value::Object(object.clone())]),
    }
}

fn numbered(list: &[Value]) -> Found {
    let entry = |(at, value): (usize, &Value)| {
        let place = Place::Entry(at + 1);
        Ok((place, of_value(value).map_err(|reason| (place, reason))?))
    };
    list.iter().enumerate().map(entry).collect()
}

fn json_lines(text: &str) -> Found {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = Place::Line(number);
            let value: Value = serde_json::from_str(line).map_err(|error| (place, error.to_string()))?;
            Ok((place, of_value(&value).map_err(|reason| (place, reason))?))
        })
        .collect()
}

/// An entry of a list: a text, an object, or an object whose `content` has the fields, as yfinance writes it.
fn of_value(value: &Value) -> Result<Entry, String> {
    let object = match value {
        Value::String(title) => {
            return Ok(Entry {
                ticker: None,
                given: GivenHeadline {
                    title: title.clone(),
                    ..GivenHeadline::default()
                },
            });
        }
        Value::Object(object) => object,
        _ => return Err("it is neither an object with a `title` nor a text".to_owned()),
    };
    let content = object.get("content").and_then(Value::as_object);
    let field = |names: &[&str]| {
        let of = |object: &Map<String, Value>| names.iter().find_map(|name| text_of(object.get(*name)?));
        of(object).or_else(|| content.and_then(of))
    };
    let title = field(&TITLE).ok_or("it has no `title` that is a text")?;
    Ok(Entry {
        ticker: field(&TICKER),
        given: GivenHeadline {
            title,
            source: field(&SOURCE),
            published_at: field(&PUBLISHED),
            url: field(&URL),
        },
    })
}

/// A text, a point in time, or the text of an object that stands for one: `{"name": "Reuters"}`, `{"url": "https://…"}`.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.as_i64().is_some_and(|stamp| stamp >= 100_000_000) => Some(number.to_string()),
        Value::Object(object) => ["name", "displayName", "title", "url"]
            .iter()
            .find_map(|name| object.get(*name)?.as_str())
            .map(str::to_owned),
        _ => None,
    }
}

/// A table whose header names a title column and, in any order and case, the others; `None` for a text that has no header.
fn table(text: &str) -> Option<Found> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|mark| first.bytes().filter(|byte| byte == mark).count())?;
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = table.headers().ok()?.clone();
    let column = |names: &[&str]| {
        let is_named = |name: &str| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
        header.iter().position(is_named)
    };
    let (source, published_at, url, ticker) = (column(&SOURCE), column(&PUBLISHED), column(&URL), column(&TICKER));
    let Some(title) = column(&TITLE) else {
        let is_header = header.len() > 1 && [source, published_at, url, ticker].iter().any(Option::is_some);
        return is_header.then(|| Err((Place::Line(1), "the first line must name a `title` column".to_owned())));
    };
    let told = |error: csv::Error| {
        (
            Place::Line(error.position().map_or(1, csv::Position::line)),
            error.to_string(),
        )
    };
    let rows = table.into_records().map(|row| {
        let row = row.map_err(told)?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map(str::to_owned);
        let entry = Entry {
            ticker: cell(ticker),
            given: GivenHeadline {
                title: cell(Some(title)).unwrap_or_default(),
                source: cell(source),
                published_at: cell(published_at),
                url: cell(url),
            },
        };
        Ok((Place::Line(row.position().map_or(0, csv::Position::line)), entry))
    });
    Some(rows.collect())
}

fn lines(text: &str) -> Vec<(Place, Entry)> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let given = GivenHeadline {
                title: line.to_owned(),
                ..GivenHeadline::default()
            };
            (Place::Line(number), Entry { ticker: None, given })
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn one(text: &str) -> GivenHeadline {
        let mut found = entries(text).unwrap();
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0).1.given
    }

    #[test]
    fn the_shapes_of_the_services_are_read() {
        let newsapi = r#"{"status": "ok", "totalResults": 1, "articles": [{"source": {"id": null, "name": "The Wire"},
            "author": "A", "title": "Up", "url": "https://example.org/", "publishedAt": "2013-03-01T09:30:00Z"}]}"#;
        let yfinance = r#"[{"id": "1", "content": {"id": "1", "title": "Up", "summary": "S", "pubDate": "2013-03-01T09:30:00Z",
            "provider": {"displayName": "The Wire", "url": "http://a/"}, "canonicalUrl": {"url": "https://example.org/"}}}]"#;
        let earlier_yfinance = r#"[{"uuid": "1", "title": "Up", "publisher": "The Wire", "link": "https://example.org/",
            "providerPublishTime": 1362130200, "type": "STORY"}]"#;
        let finnhub = r#"[{"category": "company", "datetime": 1362130200, "headline": "Up", "source": "The Wire",
            "url": "https://example.org/"}]"#;
        for text in [newsapi, yfinance, earlier_yfinance, finnhub] {
            let found = one(text);
            assert_eq!(
                (found.title.as_str(), found.source.as_deref()),
                ("Up", Some("The Wire")),
                "{text}"
            );
            assert_eq!(found.url.as_deref(), Some("https://example.org/"), "{text}");
            assert!(found.published_at.is_some(), "{text}");
        }
        assert_eq!(one("{\n  \"title\": \"Up\"\n}").title, "Up");
    }

    #[test]
    fn deep_nesting_is_refused_and_a_comma_makes_no_table() {
        let deep = "[".repeat(100_000);
        assert!(entries(&deep).is_err());
        assert_eq!(entries("Up, up and away\nDown, then up\n").unwrap().len(), 2);
    }
}

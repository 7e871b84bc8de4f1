//! Reads the user's own headlines: a JSON, JSON Lines or CSV file, or the entries of a request. A headline without a date gets
//! the as-of date, with a warning.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::NewsError;
use super::headline::{Headline, News};
use super::query::NewsQuery;
use super::sanitise::{self, RawHeadline};
use crate::market::Ticker;
use crate::text::clean_text;

const MAX_BYTES: u64 = 8 << 20;

const UNNAMED: &str = "Unnamed";

/// One headline as a user writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenHeadline {
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: Option<String>,
    /// RFC 3339 (`2013-03-01T09:30:00Z`), or a day (`2013-03-01`), which counts as its first instant in UTC.
    pub published_at: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

/// An entry of a file; other fields are ignored.
#[derive(Deserialize)]
struct FileEntry {
    /// The ticker that the headline is about; without one, it is about every ticker.
    ticker: Option<serde_json::Value>,
    title: Option<String>,
    source: Option<String>,
    published_at: Option<String>,
    url: Option<String>,
}

/// The headlines of a request, cleaned, in the order given, none later than the query's as-of date.
///
/// # Errors
/// [`NewsError::Entry`] for an entry without words or with a date that is none.
pub fn from_given(given: Vec<GivenHeadline>, query: &NewsQuery) -> Result<News, NewsError> {
    let entries = given
        .into_iter()
        .enumerate()
        .map(|(at, entry)| (format!("entry {}", at + 1), entry));
    let mut news = dated("headlines", entries, query)?;
    let before = news.headlines.len();
    news.headlines.retain(|headline| headline.published_at < query.end());
    let later = before - news.headlines.len();
    if later > 0 {
        news.warnings.push(format!(
            "{later} headlines are later than {} and were left out",
            query.as_of
        ));
    }
    Ok(news)
}

/// The headlines of a file that are about the query's ticker, in the file's order. Its format is recognised by the first
/// character.
pub fn read(path: &Path, query: &NewsQuery) -> Result<News, NewsError> {
    let unreadable = |source| NewsError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    let mut text = String::new();
    let length = file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if length as u64 > MAX_BYTES {
        return Err(unreadable(std::io::Error::other("it is larger than 8 MiB")));
    }
    parse(&path.display().to_string(), text.trim_start_matches('\u{feff}'), query)
}

fn parse(origin: &str, text: &str, query: &NewsQuery) -> Result<News, NewsError> {
    let wrong = |place: String, reason: String| NewsError::Entry {
        origin: origin.to_owned(),
        place,
        reason,
    };
    let entries: Vec<(String, FileEntry)> = match text.trim_start().chars().next() {
        Some('[') => {
            let entries: Vec<FileEntry> = serde_json::from_str(text)
                .map_err(|error| wrong(format!("line {}", error.line()), error.to_string()))?;
            let numbered = entries.into_iter().enumerate();
            numbered
                .map(|(at, entry)| (format!("entry {}", at + 1), entry))
                .collect()
        }
        Some('{') => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines
                .map(|(at, line)| {
                    let place = format!("line {}", at + 1);
                    let entry = serde_json::from_str(line).map_err(|error| wrong(place.clone(), error.to_string()))?;
                    Ok((place, entry))
                })
                .collect::<Result<_, NewsError>>()?
        }
        Some(_) => table(text).map_err(|(line, reason)| wrong(format!("line {line}"), reason))?,
        None => Vec::new(),
    };
    let ours = entries.into_iter().filter(|(_, entry)| entry.is_about(&query.ticker));
    let given = ours.map(|(place, entry)| {
        let given = GivenHeadline {
            title: entry.title.unwrap_or_default(),
            source: entry.source,
            published_at: entry.published_at,
            url: entry.url,
        };
        (place, given)
    });
    dated(origin, given, query)
}

impl FileEntry {
    fn is_about(&self, ticker: &Ticker) -> bool {
        match self.ticker.as_ref().and_then(serde_json::Value::as_str).map(str::trim) {
            None | Some("") => true,
            Some(named) => Ticker::parse(named).is_ok_and(|named| named == *ticker),
        }
    }
}

/// A CSV table whose header names a title column and, in any order and case, the others.
fn table(text: &str) -> Result<Vec<(String, FileEntry)>, (u64, String)> {
    let told = |error: csv::Error| (error.position().map_or(1, csv::Position::line), error.to_string());
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = table.headers().map_err(told)?.clone();
    let column = |names: &[&str]| {
        header
            .iter()
            .position(|name| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
    };
    let Some(title) = column(&["title", "headline"]) else {
        return Err((1, "the first line must name a `title` column".to_owned()));
    };
    let source = column(&["source", "publisher"]);
    let published_at = column(&["published_at", "publishedat", "date", "time", "timestamp"]);
    let url = column(&["url", "link"]);
    let ticker = column(&["ticker", "symbol"]);
    let mut entries = Vec::new();
    for row in table.records() {
        let row = row.map_err(told)?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map(str::to_owned);
        let entry = FileEntry {
            ticker: cell(ticker).map(serde_json::Value::from),
            title: cell(Some(title)),
            source: cell(source),
            published_at: cell(published_at),
            url: cell(url),
        };
        entries.push((format!("line {}", row.position().map_or(0, csv::Position::line)), entry));
    }
    Ok(entries)
}

fn dated(
    origin: &str,
    entries: impl Iterator<Item = (String, GivenHeadline)>,
    query: &NewsQuery,
) -> Result<News, NewsError> {
    let mut headlines: Vec<Headline> = Vec::new();
    let mut undated = 0;
    for (place, entry) in entries {
        let wrong = |reason: String| NewsError::Entry {
            origin: origin.to_owned(),
            place: place.clone(),
            reason,
        };
        let published_at = match entry
            .published_at
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            Some(text) => instant(text).ok_or_else(|| {
                wrong(format!(
                    "`{}` is not a date: write it as 2013-03-01 or 2013-03-01T09:30:00Z",
                    clean_text(text, 40)
                ))
            })?,
            None => {
                undated += 1;
                query.as_of.and_time(NaiveTime::MIN).and_utc()
            }
        };
        let is_undated = entry.published_at.as_deref().is_none_or(|text| text.trim().is_empty());
        let raw = RawHeadline {
            title: &entry.title,
            source: entry.source.as_deref().unwrap_or_default(),
            published_at,
            url: entry.url.as_deref(),
        };
        let headline = sanitise::headline(&raw, UNNAMED).ok_or_else(|| wrong("the title has no words".to_owned()))?;
        headlines.push(Headline {
            undated: is_undated,
            ..headline
        });
    }
    let warning = format!("{undated} headlines have no date and were dated {}", query.as_of);
    Ok(News {
        headlines,
        warnings: if undated > 0 { vec![warning] } else { Vec::new() },
        ..News::default()
    })
}

/// RFC 3339, the same without a zone (then UTC), or a day.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(|day| day.and_time(NaiveTime::MIN))
    };
    ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(day)
        .map(|instant| instant.and_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn query() -> NewsQuery {
        NewsQuery::new(Ticker::parse("ACME").unwrap(), None, "2013-03-01".parse().unwrap())
    }

    fn titles(text: &str) -> Vec<String> {
        let news = parse("news.txt", text, &query()).unwrap();
        news.headlines.into_iter().map(|headline| headline.title).collect()
    }

    fn complaint(text: &str) -> String {
        parse("news.txt", text, &query()).unwrap_err().to_string()
    }

    #[test]
    fn json_json_lines_and_csv_are_read_alike() {
        let json = r#"[{"title": "One", "published_at": "2013-02-28", "mood": 3}, {"title": "Two", "source": "Wire"}]"#;
        let lines = "{\"title\": \"One\"}\n\n{\"title\": \"Two\", \"published_at\": \"2013-02-28T10:00:00+02:00\"}\n";
        let csv = "Date,HEADLINE,Link\n2013-02-28,One,https://example.org/\n,\"Two\",\n";
        for text in [json, lines, csv] {
            assert_eq!(titles(text), ["One", "Two"], "{text}");
        }
    }

    #[test]
    fn a_headline_that_names_another_ticker_is_left_out() {
        let json = r#"[{"title": "One", "ticker": "acme"}, {"title": "Two", "ticker": "BETA"}, {"title": "Three", "ticker": 3}]"#;
        assert_eq!(titles(json), ["One", "Three"]);
        let csv = "Symbol,Title\nACME,One\nBETA,Two\n,Three\nno ticker,Four\n";
        assert_eq!(titles(csv), ["One", "Three"]);
    }

    #[test]
    fn a_headline_without_a_date_gets_the_as_of_day_and_a_warning() {
        let news = parse("x", r#"[{"title": "One"}]"#, &query()).unwrap();
        assert_eq!(news.headlines[0].published_at.to_rfc3339(), "2013-03-01T00:00:00+00:00");
        assert_eq!(news.warnings, ["1 headlines have no date and were dated 2013-03-01"]);
    }

    #[test]
    fn complaints_name_the_file_and_the_place() {
        assert!(complaint("[{\"title\": \"One\"},\n{\"title\": 3}]").starts_with("news.txt, line 2: "));
        assert_eq!(
            complaint("{\"title\": \"One\"}\n{\"title\": \" \"}"),
            "news.txt, line 2: the title has no words"
        );
        assert_eq!(
            complaint("title,date\nOne,soon\n"),
            "news.txt, line 2: `soon` is not a date: write it as 2013-03-01 or 2013-03-01T09:30:00Z"
        );
        assert_eq!(
            complaint("a,b\n1,2\n"),
            "news.txt, line 1: the first line must name a `title` column"
        );
        assert!(complaint("title,date\nOne\n").starts_with("news.txt, line 2: "));
    }

    #[test]
    fn an_empty_file_has_no_headlines() {
        assert!(titles(" \n").is_empty());
    }

    #[test]
    fn headlines_of_a_request_keep_their_order_and_nothing_later_than_the_as_of_day() {
        let given = |title: &str, date: &str| GivenHeadline {
            title: title.to_owned(),
            published_at: Some(date.to_owned()),
            ..GivenHeadline::default()
        };
        let news = from_given(
            vec![
                given("Old", "2001-01-01"),
                given("Later", "2013-03-02T00:00:00Z"),
                given("New", "2013-03-01T23:59:59Z"),
                given("Old", "2001-01-01"),
            ],
            &query(),
        )
        .unwrap();
        let titles: Vec<_> = news.headlines.iter().map(|headline| headline.title.as_str()).collect();
        assert_eq!(titles, ["Old", "New", "Old"]);
        assert_eq!(
            news.warnings,
            ["1 headlines are later than 2013-03-01 and were left out"]
        );
    }

    #[test]
    fn an_unknown_field_of_a_request_is_refused_by_name() {
        let error = serde_json::from_str::<GivenHeadline>(r#"{"title": "x", "titel": "y"}"#).unwrap_err();
        assert!(error.to_string().contains("`titel`"));
    }
}

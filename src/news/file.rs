//! A file of the user's own headlines: JSON of one of the usual shapes, JSON Lines, a table, or lines of text. A file comes in, its
//! headlines of a ticker go out. The whole file is checked when it is read, so that nothing runs on half of it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::entries::{Entry, Place, entries};
use super::error::NewsError;
use super::given::{cleaned, dated};
use super::headline::{Headline, News};
use super::query::NewsQuery;
use crate::market::Ticker;

const MAX_BYTES: u64 = 8 << 20;

/// Two of them in a second would be three hours of news.
const MAX_ENTRIES: usize = 20_000;

/// The headlines of a file, cleaned, in its order.
#[derive(Debug, Clone, Default)]
pub struct OwnHeadlines {
    /// Each with the ticker that it is about; without one, it is about every ticker.
    headlines: Vec<(Option<String>, Headline)>,
}

impl OwnHeadlines {
    /// Reads a file.
    ///
    /// # Errors
    /// [`NewsError::File`] when it cannot be read, [`NewsError::Entry`] for what is wrong in it.
    pub fn open(path: &Path) -> Result<Self, NewsError> {
        let unreadable = |source| NewsError::File {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("it is not a file")));
        }
        Self::from_reader(file, path)
    }

    /// Reads headlines; `path` names them in messages.
    ///
    /// # Errors
    /// As [`OwnHeadlines::open`].
    pub fn from_reader(reader: impl Read, path: &Path) -> Result<Self, NewsError> {
        let unreadable = |source| NewsError::File {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unreadable(std::io::Error::other("it is larger than 8 MiB")));
        }
        let text = String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0'))
            .ok_or_else(|| {
                unreadable(std::io::Error::other(
                    "it is not UTF-8 text: save it as JSON, CSV or lines of text",
                ))
            })?;
        Self::parse(&path.display().to_string(), text.trim_start_matches('\u{feff}'))
    }

    fn parse(origin: &str, text: &str) -> Result<Self, NewsError> {
        let wrong = |place: Place, reason: String| NewsError::Entry {
            origin: origin.to_owned(),
            place: place.to_string(),
            reason,
        };
        let found = entries(text).map_err(|(place, reason)| wrong(place, reason))?;
        if found.len() > MAX_ENTRIES {
            let reason = format!("there are more than {MAX_ENTRIES} headlines: leave out the older ones");
            return Err(wrong(Place::Entry(MAX_ENTRIES + 1), reason));
        }
        let read = |(place, entry): (Place, Entry)| -> Result<_, NewsError> {
            let headline = cleaned(&entry.given).map_err(|reason| wrong(place, reason))?;
            Ok((entry.ticker, headline))
        };
        Ok(OwnHeadlines {
            headlines: found.into_iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    /// The headlines about the query's ticker.
    pub(super) fn about(&self, query: &NewsQuery) -> News {
        let ours = self
            .headlines
            .iter()
            .filter(|(ticker, _)| is_about(ticker.as_deref(), &query.ticker));
        dated(ours.map(|(_, headline)| headline.clone()).collect(), query)
    }
}

fn is_about(named: Option<&str>, ticker: &Ticker) -> bool {
    match named.map(str::trim) {
        None | Some("") => true,
        Some(named) => Ticker::parse(named).is_ok_and(|named| named == *ticker),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn query() -> NewsQuery {
        NewsQuery::new(Ticker::parse("ACME").unwrap(), None, "2013-03-01".parse().unwrap())
    }

    fn news(text: &str) -> News {
        OwnHeadlines::parse("news.txt", text).unwrap().about(&query())
    }

    fn titles(text: &str) -> Vec<String> {
        news(text)
            .headlines
            .into_iter()
            .map(|headline| headline.title)
            .collect()
    }

    fn complaint(text: &str) -> String {
        OwnHeadlines::parse("news.txt", text).unwrap_err().to_string()
    }

    #[test]
    fn json_json_lines_tables_and_lines_of_text_are_read_alike() {
        let json = r#"[{"title": "One", "published_at": "2013-02-28", "mood": 3}, {"title": "Two", "source": "Wire"}]"#;
        let lines = "{\"title\": \"One\"}\n\n{\"title\": \"Two\", \"published_at\": \"2013-02-28T10:00:00+02:00\"}\n";
        let csv = "Date,HEADLINE,Link\n2013-02-28,One,https://example.org/\n,\"Two\",\n";
        let german = "Date;Title\n2013-02-28;One\n;Two\n";
        for text in [
            json,
            lines,
            csv,
            german,
            r#"["One", "Two"]"#,
            "One\n\n  Two\r\n",
            "\"One\"\n\"Two\"\n",
        ] {
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
        let news = news(r#"[{"title": "One"}]"#);
        assert_eq!(news.headlines[0].published_at.to_rfc3339(), "2013-03-01T00:00:00+00:00");
        assert_eq!(news.warnings, ["1 headlines have no date and were dated 2013-03-01"]);
    }

    #[test]
    fn complaints_name_the_file_and_the_place() {
        assert!(complaint("[{\"title\": \"One\"},\n{\"title\": 3}]").starts_with("news.txt, entry 2: "));
        assert!(complaint("[{\"title\": \"One\"},\n{]").starts_with("news.txt, line 2: "));
        assert_eq!(
            complaint("{\"title\": \"One\"}\n{\"title\": \" \"}"),
            "news.txt, line 2: the title has no words"
        );
        assert_eq!(
            complaint("title,date\nOne,soon\n"),
            "news.txt, line 2: `soon` is not a date: write it as 2013-03-01 or 2013-03-01T09:30:00Z"
        );
        assert_eq!(
            complaint("date,text\n1,2\n"),
            "news.txt, line 1: the first line must name a `title` column"
        );
        assert!(complaint("title,date\nOne,2,3\n").starts_with("news.txt, line 2: "));
        assert!(complaint("<rss><channel>").contains("--feeds"));
        assert!(complaint("{\"rows\": 3}").contains("`title`"));
    }

    #[test]
    fn an_empty_file_has_no_headlines() {
        assert!(titles(" \n").is_empty() && titles("[]").is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for bytes in [&b"PK\x03\x04\x00"[..], b"\xff\xfe"] {
            let error = OwnHeadlines::from_reader(bytes, Path::new("news.bin")).unwrap_err();
            assert!(
                error.to_string().contains("news.bin") && error.to_string().contains("not UTF-8"),
                "{error}"
            );
        }
    }
}

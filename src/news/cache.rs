//! The disk cache of the news services' answers, for a quarter of an hour: an answer is written to a temporary file and renamed, so
//! none is ever half written. It never fails: an unreadable file counts as missing, and a failed write costs only the next request.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::query::NewsQuery;
use super::sources::{NewsSource, Stories};
use crate::market::{read_kept, write_kept};

/// News of the last quarter of an hour are new enough for forecasts of days.
pub(crate) const NEWS_MAX_AGE: Duration = Duration::from_secs(15 * 60);

const VERSION: u32 = 1;

/// A cache directory, and the age up to which its answers are used.
#[derive(Debug, Clone)]
pub struct NewsCache {
    directory: PathBuf,
    max_age: Duration,
}

/// What an answer is kept under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// The file is the same for all days and names of a ticker, so that their number is bounded.
    file: String,
    /// The whole question, hashed: an address may hold a password.
    question: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    version: u32,
    fetched_at: DateTime<Utc>,
    question: String,
    stories: Stories,
}

impl Kept {
    /// The place of a source's answer to a query.
    pub(super) fn of(source: &dyn NewsSource, query: &NewsQuery) -> Self {
        let hash = |parts: &[&str]| hex::encode(Sha256::digest(parts.join("\n")));
        let (origin, ticker) = (source.origin(), query.ticker.as_str());
        let company = query.company.as_deref().unwrap_or_default();
        let (first, last) = (query.first_day().to_string(), query.as_of.to_string());
        let limit = query.limit.to_string();
        let file = hash(&[source.name(), &origin, ticker, &query.days.to_string()]);
        Self {
            question: hash(&[&file, company, &first, &last, &limit]),
            file: format!("news-{}.json", &file[..24]),
        }
    }
}

impl NewsCache {
    /// A cache in this directory, which need not exist yet.
    pub fn new(directory: impl Into<PathBuf>, max_age: Duration) -> Self {
        Self {
            directory: directory.into(),
            max_age,
        }
    }

    /// The answer kept at a place; `None` when it is missing, damaged, to another question, or too old at `now`.
    pub(super) fn load(&self, kept: &Kept, now: DateTime<Utc>) -> Option<Stories> {
        let path = self.directory.join(&kept.file);
        let entry: Entry = match read_kept(&path) {
            Ok(entry) => entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "ignoring a cache file that does not read");
                return None;
            }
        };
        if entry.version != VERSION || entry.question != kept.question {
            return None;
        }
        // An entry dated in the future was written before the clock was set back, so its age is unknown.
        let age = (now - entry.fetched_at).to_std().ok()?;
        (age < self.max_age).then_some(entry.stories)
    }

    /// Keeps an answer. A failure is only logged.
    pub(super) fn store(&self, kept: &Kept, stories: &Stories, now: DateTime<Utc>) {
        let path = self.directory.join(&kept.file);
        let entry = Entry {
            version: VERSION,
            fetched_at: now,
            question: kept.question.clone(),
            stories: stories.clone(),
        };
        if let Err(error) = write_kept(&self.directory, &path, &entry) {
            tracing::warn!(path = %path.display(), %error, "cannot keep the news for the next time");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;
    use crate::market::Ticker;
    use crate::news::Headline;
    use crate::news::sources::{Feed, Story};

    fn stories() -> Stories {
        let headline = Headline {
            title: "Acme opens a plant".to_owned(),
            source: "Wire".to_owned(),
            published_at: DateTime::from_timestamp(1_362_000_000, 0).unwrap(),
            url: None,
            disguised: false,
            undated: false,
            language: Some("en".to_owned()),
        };
        Stories {
            stories: vec![Story {
                headline,
                related: true,
            }],
            undated: 2,
        }
    }

    fn kept(address: &str, ticker: &str, as_of: &str) -> Kept {
        let query = NewsQuery::new(Ticker::parse(ticker).unwrap(), None, as_of.parse().unwrap());
        Kept::of(&Feed::new(address).unwrap(), &query)
    }

    #[test]
    fn an_answer_comes_back_the_same_until_it_is_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let cache = NewsCache::new(folder.path().join("not/there/yet"), Duration::from_secs(900));
        let key = kept("https://example.org/{symbol}", "ACME", "2013-03-01");
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(cache.load(&key, now), None);
        cache.store(&key, &stories(), now);
        let seconds = chrono::TimeDelta::seconds;
        assert_eq!(cache.load(&key, now + seconds(899)), Some(stories()));
        assert_eq!(cache.load(&key, now + seconds(900)), None);
        assert_eq!(cache.load(&key, now - seconds(1)), None);
        let file = folder.path().join("not/there/yet").join(&key.file);
        assert!(!fs::read_to_string(&file).unwrap().contains("example.org"));
        for damaged in ["", "null", "{\"version\":1}"] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(cache.load(&key, now), None);
        }
    }

    #[test]
    fn another_source_ticker_or_day_is_another_question() {
        let folder = tempfile::tempdir().unwrap();
        let cache = NewsCache::new(folder.path(), Duration::from_secs(900));
        let now = Utc::now();
        let first = kept("https://example.org/{symbol}", "ACME", "2013-03-01");
        cache.store(&first, &stories(), now);
        for other in [
            kept("https://example.com/{symbol}", "ACME", "2013-03-01"),
            kept("https://example.org/{symbol}", "BETA", "2013-03-01"),
            kept("https://example.org/{symbol}", "ACME", "2013-03-02"),
        ] {
            assert_eq!(cache.load(&other, now), None);
        }
        // The next day takes the same file.
        let next = kept("https://example.org/{symbol}", "ACME", "2013-03-02");
        cache.store(&next, &stories(), now);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let cache = NewsCache::new(&file, Duration::from_secs(900));
        let key = kept("https://example.org/{symbol}", "ACME", "2013-03-01");
        cache.store(&key, &stories(), Utc::now());
        assert_eq!(cache.load(&key, Utc::now()), None);
    }
}

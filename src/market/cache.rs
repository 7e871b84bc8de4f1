//! The disk cache of price series. A series is written to a temporary file and renamed, so none is ever half written. It never
//! fails: an unreadable file counts as missing, and a failed write costs only the next fetch.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::series::Series;
use super::ticker::Ticker;

/// How long bars are used whose exchange has no known sessions.
const MAX_AGE: Duration = Duration::from_secs(12 * 60 * 60);

/// How long bars are used that lack the day of the session that ended last: the source may have it soon, or the security did not
/// trade on that day.
const MAX_AGE_INCOMPLETE: Duration = Duration::from_secs(15 * 60);

const VERSION: u32 = 1;

const MAX_FILE: u64 = 64 << 20;

/// A cache directory.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// A series of an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The series as the source gave it.
    pub series: Series,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

impl Kept {
    /// Whether asking the source at `now` would give the same bars. `session_end` is when the bar of the newest session was final, half
    /// an hour after its end, where that is known; `as_of` is the last day asked for.
    pub fn is_fresh(&self, session_end: Option<DateTime<Utc>>, as_of: Option<NaiveDate>, now: DateTime<Utc>) -> bool {
        // A series dated in the future was kept before the clock was set back, so its age is unknown.
        let Ok(age) = (now - self.fetched_at).to_std() else {
            return false;
        };
        let Some(end) = session_end else {
            return age < MAX_AGE;
        };
        // A session that lasts all day ends at the first instant of the next day.
        let session_day = (end - TimeDelta::minutes(31)).date_naive();
        let wanted = as_of.map_or(session_day, |as_of| as_of.min(session_day));
        let complete =
            as_of.is_some_and(|as_of| as_of < session_day) || self.series.last().is_some_and(|bar| bar.date >= wanted);
        self.fetched_at >= end && (complete || age < MAX_AGE_INCOMPLETE)
    }
}

/// Identifies a cached series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey {
    /// The base URL of the source: another mirror is another series.
    pub origin: String,
    /// The symbol.
    pub ticker: Ticker,
    /// The range, in characters that a file name may hold.
    pub range: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    version: u32,
    fetched_at: DateTime<Utc>,
    /// The URL's hash: the URL itself may hold a password.
    origin: String,
    series: Series,
}

impl CacheKey {
    fn origin_hash(&self) -> String {
        hex::encode(Sha256::digest(&self.origin))
    }
}

impl Cache {
    /// A cache in this directory, which need not exist yet.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The series stored under `key`, of whatever age; `None` when it is missing or damaged.
    pub fn load(&self, key: &CacheKey) -> Option<Kept> {
        let path = self.path(key);
        let entry: Entry = match read(&path) {
            Ok(entry) => entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "ignoring a cache file that does not read");
                return None;
            }
        };
        let whole = entry.version == VERSION
            && entry.origin == key.origin_hash()
            && entry.series.ticker == key.ticker
            && !entry.series.bars.is_empty()
            && entry
                .series
                .bars
                .iter()
                .all(|bar| bar.close.is_finite() && bar.close > 0.0)
            && entry.series.bars.windows(2).all(|pair| pair[0].date < pair[1].date);
        if !whole {
            tracing::warn!(path = %path.display(), "ignoring a cache file that holds something else");
            return None;
        }
        Some(Kept {
            series: entry.series,
            fetched_at: entry.fetched_at,
        })
    }

    /// Stores `series` under `key`. A failure is only logged.
    pub fn store(&self, key: &CacheKey, series: &Series, now: DateTime<Utc>) {
        let path = self.path(key);
        let entry = Entry {
            version: VERSION,
            fetched_at: now,
            origin: key.origin_hash(),
            series: series.clone(),
        };
        if let Err(error) = write(&self.directory, &path, &entry) {
            tracing::warn!(path = %path.display(), %error, "cannot keep the bars for the next time");
        }
    }

    /// A ticker is safe in a file name by construction; a URL is not, so its hash stands for it.
    fn path(&self, key: &CacheKey) -> PathBuf {
        let origin = &key.origin_hash()[..8];
        self.directory
            .join(format!("bars-{}-{}-{origin}.json", key.ticker, key.range))
    }
}

/// Reads a file of JSON, at most 64 MiB.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let mut text = Vec::new();
    fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// Writes a file of JSON in `directory`, which need not exist yet: into a temporary file that is renamed.
pub fn write<T: Serialize>(directory: &Path, path: &Path, entry: &T) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    // The temporary file is deleted when anything fails before the rename.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(&serde_json::to_vec(entry)?)?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::demo::demo_series;

    fn key(range: &str) -> CacheKey {
        CacheKey {
            origin: "https://example.org/".to_owned(),
            ticker: Ticker::parse("IBM").unwrap(),
            range: range.to_owned(),
        }
    }

    fn filled() -> (tempfile::TempDir, Cache, Series, DateTime<Utc>) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("not/there/yet"));
        let series = demo_series(&Ticker::parse("IBM").unwrap()).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        cache.store(&key("latest-520"), &series, now);
        (folder, cache, series, now)
    }

    #[test]
    fn a_stored_series_comes_back_the_same() {
        let (_folder, cache, series, now) = filled();
        let kept = Kept {
            series,
            fetched_at: now,
        };
        assert_eq!(cache.load(&key("latest-520")), Some(kept));
    }

    #[test]
    fn a_series_of_another_range_or_address_does_not_come_back() {
        let (_folder, cache, _, _) = filled();
        assert_eq!(cache.load(&key("latest-1300")), None);
        let elsewhere = CacheKey {
            origin: "https://example.com/".to_owned(),
            ..key("latest-520")
        };
        assert_eq!(cache.load(&elsewhere), None);
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Kept at this time; the last bar is of Friday, 2013-03-01.
    fn kept(fetched_at: &str) -> Kept {
        Kept {
            series: demo_series(&Ticker::parse("IBM").unwrap()).unwrap(),
            fetched_at: at(fetched_at),
        }
    }

    #[test]
    fn bars_are_used_until_the_next_session_ends() {
        let during = kept("2013-03-01T18:00:00Z");
        let thursday = Some(at("2013-02-28T21:00:00Z"));
        let friday = Some(at("2013-03-01T21:00:00Z"));
        assert!(during.is_fresh(thursday, None, at("2013-03-01T20:00:00Z")));
        assert!(!during.is_fresh(friday, None, at("2013-03-01T22:00:00Z")));
        let evening = kept("2013-03-01T22:00:00Z");
        assert!(evening.is_fresh(friday, None, at("2013-03-03T23:00:00Z")));
        assert!(!evening.is_fresh(Some(at("2013-03-04T21:00:00Z")), None, at("2013-03-04T21:05:00Z")));
    }

    #[test]
    fn bars_without_the_last_session_are_used_for_a_quarter_of_an_hour() {
        let monday = Some(at("2013-03-04T21:00:00Z"));
        let late = kept("2013-03-04T21:10:00Z");
        assert!(late.is_fresh(monday, None, at("2013-03-04T21:20:00Z")));
        assert!(!late.is_fresh(monday, None, at("2013-03-04T21:30:00Z")));
        // Nobody waits for that day when the last day asked for is an earlier one.
        let sunday = "2013-03-03".parse().ok();
        assert!(late.is_fresh(monday, sunday, at("2013-03-04T23:30:00Z")));
    }

    #[test]
    fn bars_of_an_unknown_exchange_are_used_for_twelve_hours_and_those_from_the_future_never() {
        let bars = kept("2013-03-01T10:00:00Z");
        assert!(bars.is_fresh(None, None, at("2013-03-01T21:59:59Z")));
        assert!(!bars.is_fresh(None, None, at("2013-03-01T22:00:00Z")));
        assert!(!bars.is_fresh(None, None, at("2013-03-01T09:59:59Z")));
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none_and_can_be_written_over() {
        let (_folder, cache, series, now) = filled();
        let path = cache.path(&key("latest-520"));
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], b"", b"null", b"\xff\xfe", b"{\"version\":1}"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(cache.load(&key("latest-520")), None);
        }
        cache.store(&key("latest-520"), &series, now);
        let kept = Kept {
            series,
            fetched_at: now,
        };
        assert_eq!(cache.load(&key("latest-520")), Some(kept));
    }

    #[test]
    fn nothing_but_the_finished_file_is_left_in_the_folder() {
        let (_folder, cache, _, _) = filled();
        let names: Vec<_> = fs::read_dir(&cache.directory)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 1);
        assert!(names[0].to_str().unwrap().ends_with(".json"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let cache = Cache::new(&file);
        let now = Utc::now();
        cache.store(&key("x"), &demo_series(&Ticker::parse("IBM").unwrap()).unwrap(), now);
        assert_eq!(cache.load(&key("x")), None);
    }
}

//! The disk cache of price series. A series is written to a temporary file and renamed, so none is ever half written. It never
//! fails: an unreadable file counts as missing, and a failed write costs only the next fetch.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::series::Series;
use super::ticker::Ticker;

/// Twelve hours: repeated analyses of one evening share an answer, the next day gets a new one.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(12 * 60 * 60);

const VERSION: u32 = 1;

const MAX_FILE: u64 = 64 << 20;

/// A cache directory, and the age up to which its entries are used.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    max_age: Duration,
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
    pub fn new(directory: impl Into<PathBuf>, max_age: Duration) -> Self {
        Self {
            directory: directory.into(),
            max_age,
        }
    }

    /// The series stored under `key`; `None` when it is missing, damaged, or too old at `now`.
    pub fn load(&self, key: &CacheKey, now: DateTime<Utc>) -> Option<Series> {
        let path = self.path(key);
        let entry = match read(&path) {
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
        // An entry dated in the future was written before the clock was set back, so its age is unknown.
        let age = (now - entry.fetched_at).to_std().ok()?;
        (age < self.max_age).then_some(entry.series)
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

fn read(path: &Path) -> io::Result<Entry> {
    let mut text = Vec::new();
    fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn write(directory: &Path, path: &Path, entry: &Entry) -> io::Result<()> {
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
        let cache = Cache::new(folder.path().join("not/there/yet"), Duration::from_secs(60));
        let series = demo_series(&Ticker::parse("IBM").unwrap()).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        cache.store(&key("latest-520"), &series, now);
        (folder, cache, series, now)
    }

    #[test]
    fn a_stored_series_comes_back_the_same() {
        let (_folder, cache, series, now) = filled();
        assert_eq!(cache.load(&key("latest-520"), now), Some(series));
    }

    #[test]
    fn a_series_of_another_range_or_address_does_not_come_back() {
        let (_folder, cache, _, now) = filled();
        assert_eq!(cache.load(&key("latest-1300"), now), None);
        let elsewhere = CacheKey {
            origin: "https://example.com/".to_owned(),
            ..key("latest-520")
        };
        assert_eq!(cache.load(&elsewhere, now), None);
    }

    #[test]
    fn a_series_that_is_too_old_or_from_the_future_does_not_come_back() {
        let (_folder, cache, _, now) = filled();
        let seconds = chrono::TimeDelta::seconds;
        assert!(cache.load(&key("latest-520"), now + seconds(59)).is_some());
        assert_eq!(cache.load(&key("latest-520"), now + seconds(60)), None);
        assert_eq!(cache.load(&key("latest-520"), now - seconds(1)), None);
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none_and_can_be_written_over() {
        let (_folder, cache, series, now) = filled();
        let path = cache.path(&key("latest-520"));
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], b"", b"null", b"\xff\xfe", b"{\"version\":1}"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(cache.load(&key("latest-520"), now), None);
        }
        cache.store(&key("latest-520"), &series, now);
        assert_eq!(cache.load(&key("latest-520"), now), Some(series));
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
        let cache = Cache::new(&file, Duration::from_secs(60));
        let now = Utc::now();
        cache.store(&key("x"), &demo_series(&Ticker::parse("IBM").unwrap()).unwrap(), now);
        assert_eq!(cache.load(&key("x"), now), None);
    }
}

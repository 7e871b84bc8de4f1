//! The answers of a fetch that is under way, one JSON line each, so that an interrupted fetch asks only for the rest. Answers of
//! another day or from other addresses are not used. A failure to write costs only the next fetch.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::source::{ListingSource, UniverseOptions};

const VERSION: u32 = 1;

const MAX_BYTES: u64 = 256 << 20;

/// The kept answers.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    answers: HashMap<(ListingSource, u32), String>,
    /// `None` after a write that failed.
    file: Option<File>,
}

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    version: u32,
    day: NaiveDate,
    /// The hash of the addresses, which may hold a password.
    addresses: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    source: ListingSource,
    page: u32,
    body: String,
}

impl Partial {
    /// Opens the file, or begins it anew when it is of another day, of other addresses, or does not read.
    pub(super) fn open(path: PathBuf, day: NaiveDate, options: &UniverseOptions) -> Self {
        let addresses = format!("{}\n{}", options.nyse_url, options.symbols_url);
        let head = Head {
            version: VERSION,
            day,
            addresses: hex::encode(Sha256::digest(addresses)),
        };
        let answers = read(&path, &head).unwrap_or_default();
        let file = begin(&path, &head, &answers);
        if let Err(error) = &file {
            tracing::warn!(path = %path.display(), %error, "an interrupted fetch will begin anew");
        }
        Self {
            path,
            answers,
            file: file.ok(),
        }
    }

    /// The kept answer.
    pub(super) fn get(&self, source: ListingSource, page: u32) -> Option<&str> {
        self.answers.get(&(source, page)).map(String::as_str)
    }

    /// Keeps an answer that was read without an error.
    pub(super) fn keep(&mut self, source: ListingSource, page: u32, body: &str) {
        let Some(file) = &mut self.file else { return };
        let kept = Kept {
            source,
            page,
            body: body.to_owned(),
        };
        if let Err(error) = line(&kept).and_then(|line| file.write_all(&line)) {
            tracing::warn!(path = %self.path.display(), %error, "an interrupted fetch will ask for this page again");
            self.file = None;
        }
    }

    /// Deletes the file: the fetch is complete.
    pub(super) fn finish(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "the kept answers stay");
        }
    }
}

/// The answers under the same head. A last line that was cut off ends them.
fn read(path: &Path, head: &Head) -> Option<HashMap<(ListingSource, u32), String>> {
    if fs::metadata(path).ok()?.len() > MAX_BYTES {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let first: Head = serde_json::from_str(lines.next()?).ok()?;
    if first != *head {
        return None;
    }
    let answers = lines.map_while(|line| serde_json::from_str::<Kept>(line).ok());
    Some(answers.map(|kept| ((kept.source, kept.page), kept.body)).collect())
}

/// Writes what is kept to a new file and leaves it open for more.
fn begin(path: &Path, head: &Head, answers: &HashMap<(ListingSource, u32), String>) -> io::Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&line(head)?)?;
    for ((source, page), body) in answers {
        file.write_all(&line(&Kept {
            source: *source,
            page: *page,
            body: body.clone(),
        })?)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    OpenOptions::new().append(true).open(path)
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    #[test]
    fn answers_are_kept_for_the_day_and_the_addresses_and_a_cut_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/universe.part");
        let options = UniverseOptions::default();
        let mut partial = Partial::open(path.clone(), day(27), &options);
        partial.keep(ListingSource::Nyse, 1, "one\nline");
        partial.keep(ListingSource::Nyse, 2, "two");
        partial.keep(ListingSource::Otherlisted, 1, "three");
        drop(partial);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();

        let mut again = Partial::open(path.clone(), day(27), &options);
        assert_eq!(again.get(ListingSource::Nyse, 1), Some("one\nline"));
        assert_eq!(again.get(ListingSource::Nyse, 2), Some("two"));
        assert_eq!(again.get(ListingSource::Otherlisted, 1), None);
        again.keep(ListingSource::Otherlisted, 1, "three");
        drop(again);
        let third = Partial::open(path.clone(), day(27), &options);
        assert_eq!(third.get(ListingSource::Otherlisted, 1), Some("three"));

        let elsewhere = UniverseOptions {
            nyse_url: "http://127.0.0.1:9".to_owned(),
            ..UniverseOptions::default()
        };
        assert_eq!(
            Partial::open(path.clone(), day(27), &elsewhere).get(ListingSource::Nyse, 1),
            None
        );
        let tomorrow = Partial::open(path.clone(), day(28), &options);
        assert_eq!(tomorrow.get(ListingSource::Nyse, 1), None);
        tomorrow.finish();
        assert!(!path.exists());
    }
}

//! The fetched list as a file: a comment with its version, time, sources and length, then a CSV table. It is written to a temporary
//! file and renamed, so none is ever half written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use csv::{ReaderBuilder, StringRecord};

use super::error::UniverseError;
use super::list::{Origin, Universe};
use super::listing::Listing;
use super::source::ListingSource;
use crate::market::ticker::Ticker;

const VERSION: u32 = 1;

/// Twelve thousand listings are about 1 MB.
const MAX_BYTES: u64 = 32 << 20;

const HEADER: [&str; 7] = ["symbol", "yahoo", "name", "exchange", "type", "etf", "test_issue"];

/// The place of the fetched list. Clones share what was read.
#[derive(Debug, Clone)]
pub struct UniverseFile {
    path: PathBuf,
    read: Arc<Mutex<Option<ReadList>>>,
}

/// What tells one state of the file from another; `None` where there is no file.
type Stamp = Option<(SystemTime, u64)>;

/// A list that was read, and the state of the file then.
#[derive(Debug)]
struct ReadList {
    stamp: Stamp,
    universe: Arc<Universe>,
}

impl UniverseFile {
    /// The list in this folder, which need not exist yet.
    pub fn in_folder(folder: impl AsRef<Path>) -> Self {
        Self {
            path: folder.as_ref().join("universe.csv"),
            read: Arc::default(),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a fetch that was interrupted.
    pub(super) fn partial_path(&self) -> PathBuf {
        self.path.with_file_name("universe.part")
    }

    /// The list in use: the fetched one, else the bundled one. The file is read again when it has changed.
    ///
    /// # Errors
    /// [`UniverseError::File`] or `Damaged` for a file that is there and does not read.
    pub fn current(&self) -> Result<Arc<Universe>, UniverseError> {
        let stamp = match fs::metadata(&self.path) {
            Ok(about) => Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(self.unreadable(source)),
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.as_ref().filter(|known| known.stamp == stamp) {
            return Ok(Arc::clone(&known.universe));
        }
        let universe = Arc::new(match stamp {
            Some(_) => self.read()?,
            None => Universe::bundled(),
        });
        *read = Some(ReadList {
            stamp,
            universe: Arc::clone(&universe),
        });
        Ok(universe)
    }

    /// The list in use; a file that does not read is logged, and the bundled list takes its place.
    pub fn current_or_bundled(&self) -> Arc<Universe> {
        self.current().unwrap_or_else(|error| {
            tracing::warn!(%error, "using the bundled list of companies");
            Arc::new(Universe::bundled())
        })
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// [`UniverseError::File`] when it cannot be written; the old one then stays.
    pub fn write(
        &self,
        listings: &[Listing],
        at: DateTime<Utc>,
        sources: &[ListingSource],
    ) -> Result<(), UniverseError> {
        let written = table(listings, at, sources).and_then(|table| {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&table)?;
            file.as_file().sync_data()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        });
        written.map_err(|source| UniverseError::File {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }

    fn unreadable(&self, source: io::Error) -> UniverseError {
        UniverseError::File {
            action: "read",
            path: self.path.clone(),
            source,
        }
    }

    fn read(&self) -> Result<Universe, UniverseError> {
        let damaged = |line: u64, reason: &str| UniverseError::Damaged {
            path: self.path.clone(),
            line,
            reason: reason.to_owned(),
        };
        let size = fs::metadata(&self.path).map_err(|error| self.unreadable(error))?.len();
        if size > MAX_BYTES {
            return Err(damaged(1, "it is larger than 32 MiB, which no list of symbols is"));
        }
        let text = fs::read_to_string(&self.path).map_err(|error| self.unreadable(error))?;
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let head = Head::parse(first).map_err(|reason| damaged(1, &reason))?;
        let mut reader = ReaderBuilder::new().from_reader(rest.as_bytes());
        let header = reader.headers().map_err(|error| damaged(2, &error.to_string()))?;
        if header.iter().ne(HEADER) {
            return Err(damaged(2, &format!("expected the fields {}", HEADER.join(", "))));
        }
        let mut listings = Vec::with_capacity(head.listings.min(100_000));
        for row in reader.records() {
            // The reader counts from the line below the first.
            let row =
                row.map_err(|error| damaged(1 + error.position().map_or(0, csv::Position::line), &error.to_string()))?;
            let line = 1 + row.position().map_or(0, csv::Position::line);
            listings.push(listing(&row).map_err(|reason| damaged(line, &reason))?);
        }
        if listings.len() != head.listings {
            let reason = format!("it announces {} listings and has {}", head.listings, listings.len());
            return Err(damaged(1, &reason));
        }
        let origin = Origin::Fetched {
            at: head.at,
            sources: head.sources,
        };
        Ok(Universe::new(listings, origin))
    }
}

/// What the first line says.
struct Head {
    at: DateTime<Utc>,
    sources: Vec<ListingSource>,
    listings: usize,
}

impl Head {
    /// `# tripod-universe 1 fetched=… sources=…+… listings=…`
    fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        if (words.next(), words.next()) != (Some("#"), Some("tripod-universe")) {
            return Err("it does not begin with `# tripod-universe`".to_owned());
        }
        let version = words.next().unwrap_or_default();
        if version != VERSION.to_string() {
            return Err(format!(
                "it has version {version:?}, and this Tripod reads version {VERSION}"
            ));
        }
        let mut value = |name: &str| {
            let word = words.next().and_then(|word| word.strip_prefix(name)?.strip_prefix('='));
            word.map(str::to_owned)
                .ok_or_else(|| format!("the first line lacks `{name}=`"))
        };
        let (at, sources, listings) = (value("fetched")?, value("sources")?, value("listings")?);
        Ok(Self {
            at: DateTime::parse_from_rfc3339(&at)
                .map_err(|error| format!("`fetched`: {error}"))?
                .with_timezone(&Utc),
            sources: sources.split('+').map(str::parse).collect::<Result<_, String>>()?,
            listings: listings.parse().map_err(|error| format!("`listings`: {error}"))?,
        })
    }
}

fn table(listings: &[Listing], at: DateTime<Utc>, sources: &[ListingSource]) -> io::Result<Vec<u8>> {
    let names: Vec<&str> = sources.iter().map(|source| source.as_str()).collect();
    let head = format!(
        "# tripod-universe {VERSION} fetched={} sources={} listings={}\n",
        at.to_rfc3339_opts(SecondsFormat::Secs, true),
        names.join("+"),
        listings.len()
    );
    let mut writer = csv::Writer::from_writer(head.into_bytes());
    writer.write_record(HEADER)?;
    for listing in listings {
        let flag = |is_set: bool| if is_set { "Y" } else { "N" };
        writer.write_record([
            listing.symbol.as_str(),
            listing.yahoo.as_str(),
            listing.name.as_str(),
            listing.exchange.as_str(),
            listing.kind.as_str(),
            flag(listing.etf),
            flag(listing.test_issue),
        ])?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn listing(row: &StringRecord) -> Result<Listing, String> {
    let field = |place: usize| row.get(place).unwrap_or_default();
    let flag = |place: usize| match field(place) {
        "Y" => Ok(true),
        "N" => Ok(false),
        _ => Err(format!("`{}` must be Y or N", HEADER[place])),
    };
    let wrong = |name: &str, reason: &dyn std::fmt::Display| format!("`{name}`: {reason}");
    Ok(Listing {
        symbol: field(0).to_owned(),
        yahoo: Ticker::parse(field(1)).map_err(|error| wrong("yahoo", &error))?,
        name: field(2).to_owned(),
        exchange: field(3).parse().map_err(|error| wrong("exchange", &error))?,
        kind: field(4).parse().map_err(|error| wrong("type", &error))?,
        etf: flag(5)?,
        test_issue: flag(6)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::universe::bundled::bundled_listings;

    fn written() -> (tempfile::TempDir, UniverseFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = UniverseFile::in_folder(folder.path().join("not/there/yet"));
        let at = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        let mut listings = bundled_listings()[..5].to_vec();
        listings[0].name = "A \"quoted\", long name\nof two lines".to_owned();
        listings[1].test_issue = true;
        file.write(&listings, at, &ListingSource::ALL).unwrap();
        (folder, file)
    }

    #[test]
    fn a_written_list_comes_back_the_same() {
        let (_folder, file) = written();
        let universe = file.current().unwrap();
        assert_eq!(universe.listings().len(), 5);
        assert_eq!(universe.listings()[0].name, "A \"quoted\", long name\nof two lines");
        assert!(universe.listings()[1].test_issue);
        let at = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        let sources = ListingSource::ALL.to_vec();
        assert_eq!(*universe.origin(), Origin::Fetched { at, sources });
    }

    #[test]
    fn without_a_file_the_bundled_list_is_in_use_until_one_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = UniverseFile::in_folder(folder.path());
        assert!(matches!(file.current().unwrap().origin(), Origin::Bundled { .. }));
        let other = file.clone();
        other
            .write(&bundled_listings()[..3], Utc::now(), &[ListingSource::Nyse])
            .unwrap();
        assert_eq!(file.current().unwrap().listings().len(), 3);
        fs::remove_file(file.path()).unwrap();
        assert!(file.current().unwrap().listings().len() > 3);
    }

    #[test]
    fn damage_is_told_with_the_file_and_the_line_and_the_server_goes_on() {
        let (_folder, file) = written();
        let whole = fs::read_to_string(file.path()).unwrap();
        let last = whole.trim_end().rfind('\n').unwrap();
        for (damaged, told) in [
            (
                whole.replacen("tripod-universe 1", "tripod-universe 2", 1),
                "line 1: it has version \"2\"",
            ),
            (whole[..=last].to_owned(), "announces 5 listings and has 4"),
            (whole.replacen(",Y", ",maybe", 1), "line 5: `test_issue` must be Y or N"),
            (
                whole.replacen("symbol,yahoo", "symbol,name", 1),
                "line 2: expected the fields",
            ),
            (String::new(), "line 1: it does not begin"),
        ] {
            fs::write(file.path(), damaged).unwrap();
            let error = UniverseFile::in_folder(file.path().parent().unwrap())
                .current()
                .unwrap_err()
                .to_string();
            assert!(error.contains("universe.csv") && error.contains(told), "{error}");
        }
        assert!(file.current_or_bundled().listings().len() > 5);
    }
}

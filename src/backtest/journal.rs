//! Stores finished windows on disk, one JSON line each, so that an interrupted backtest can resume. Each line is flushed to
//! disk before the next window counts; an incomplete last line, left by a killed run, is dropped.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::window::ScoredWindow;

/// The windows of earlier runs, and the file for new ones.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    found: HashMap<String, ScoredWindow>,
}

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file or its folder cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason given by the system.
        #[source]
        source: std::io::Error,
    },
    /// Another run has locked the file.
    #[error("another run of this backtest is writing {}; wait for it, or give this one its own file with --journal", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line is not a window.
    #[error("line {line} of {} is not a window of a backtest; move the file away, or discard it with --fresh", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line's number, counted from 1.
        line: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Line<W> {
    /// A hash of the window's inputs.
    made_from: String,
    window: W,
}

impl Journal {
    /// Opens or creates the journal at `path`; with `fresh`, its content is discarded.
    ///
    /// # Errors
    ///
    /// [`JournalError`] naming the file.
    pub fn open(path: &Path, fresh: bool) -> Result<Journal, JournalError> {
        let failed = |doing| {
            move |source| JournalError::Io {
                doing,
                path: path.into(),
                source,
            }
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed("create the folder of"))?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(failed("open"))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Busy { path: path.into() },
            TryLockError::Error(source) => failed("lock")(source),
        })?;
        let (found, whole) = if fresh { (HashMap::new(), 0) } else { read(&file, path)? };
        file.set_len(whole).map_err(failed("write to"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("write to"))?;
        Ok(Journal {
            path: path.into(),
            file,
            found,
        })
    }

    /// Checks that a journal that is there can be opened and holds windows. A missing one is fine.
    ///
    /// # Errors
    ///
    /// [`JournalError`] naming the file.
    pub fn check(path: &Path) -> Result<(), JournalError> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => read(&file, path).map(drop),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(JournalError::Io {
                doing: "open",
                path: path.into(),
                source,
            }),
        }
    }

    /// The window with these inputs, if it was finished before.
    pub fn find(&self, made_from: &str) -> Option<&ScoredWindow> {
        self.found.get(made_from)
    }

    /// Stores a finished window.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`], for example when the disk is full.
    pub fn keep(&mut self, made_from: &str, window: &ScoredWindow) -> Result<(), JournalError> {
        let line = Line {
            made_from: made_from.to_owned(),
            window,
        };
        let mut write = || -> std::io::Result<()> {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            self.file.write_all(&text)?;
            self.file.sync_data()
        };
        write().map_err(|source| JournalError::Io {
            doing: "write to",
            path: self.path.clone(),
            source,
        })
    }
}

/// Reads the windows, and the length in bytes of all complete lines.
fn read(file: &File, path: &Path) -> Result<(HashMap<String, ScoredWindow>, u64), JournalError> {
    let mut reader = BufReader::new(file);
    let (mut found, mut whole, mut text) = (HashMap::new(), 0, Vec::new());
    for line in 1.. {
        text.clear();
        let bytes = reader.read_until(b'\n', &mut text).map_err(|source| JournalError::Io {
            doing: "read",
            path: path.into(),
            source,
        })?;
        if text.last() != Some(&b'\n') {
            break;
        }
        let Line { made_from, window } =
            serde_json::from_slice::<Line<ScoredWindow>>(&text).map_err(|_| JournalError::Damaged {
                path: path.into(),
                line,
            })?;
        found.insert(made_from, window);
        whole += bytes as u64;
    }
    Ok((found, whole))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::backtest::tests::window;

    #[test]
    fn a_killed_run_loses_no_finished_window_and_half_a_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/aapl.jsonl");
        let (first, second) = (window(100.0, 104.0, 101.0), window(101.0, 99.0, 103.0));
        let mut journal = Journal::open(&path, false).unwrap();
        journal.keep("a", &first).unwrap();
        journal.keep("b", &second).unwrap();
        drop(journal);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        let mut journal = Journal::open(&path, false).unwrap();
        assert_eq!((journal.find("a"), journal.find("b")), (Some(&first), None));
        journal.keep("b", &second).unwrap();
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_fresh_run_forgets_and_a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aapl.jsonl");
        std::fs::write(&path, "{\"made_from\":\"a\"}\n").unwrap();
        let error = Journal::open(&path, false).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
        assert!(Journal::open(&path, true).unwrap().find("a").is_none());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }

    #[test]
    fn two_runs_do_not_write_into_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aapl.jsonl");
        let held = Journal::open(&path, false).unwrap();
        let error = Journal::open(&path, true).unwrap_err();
        assert!(matches!(error, JournalError::Busy { .. }), "{error}");
        drop(held);
        assert!(Journal::open(&path, false).is_ok());
    }
}

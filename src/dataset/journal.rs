//! How far a file is written, kept beside it while it grows. After a kill at any moment, the file is cut to the last note and goes
//! on from there, without a lost or a doubled example.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::DatasetError;
use crate::models::feed;

/// What makes two files the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// The recipe's hash.
    pub(super) recipe: String,
    /// The first block of the file.
    pub(super) first: u64,
    /// The block after its last.
    pub(super) until: u64,
    /// The compression level, on which the bytes depend.
    pub(super) level: i32,
}

/// How far a file is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) blocks: u64,
    pub(super) prompts: u64,
    pub(super) refused: u64,
    pub(super) bytes: u64,
    sha256: String,
}

/// A file that grows, and the notes beside it.
#[derive(Debug)]
pub(super) struct Journal {
    data: File,
    data_path: PathBuf,
    notes: File,
    notes_path: PathBuf,
    hasher: Sha256,
    written: Written,
}

impl Journal {
    /// Opens the unfinished file of `file`, or begins it.
    ///
    /// # Errors
    /// When another command writes it, when it was begun with another identity or was changed since, and when it cannot be
    /// written.
    pub(super) fn open(file: &Path, identity: &Identity) -> Result<Self, DatasetError> {
        let [data_path, notes_path] = paths(file);
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            let opened = options.read(true).write(true).create(true).truncate(false).open(path);
            opened.map_err(DatasetError::write(path))
        };
        let data = open(&data_path)?;
        let mut notes = open(&notes_path)?;
        match notes.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DatasetError::damaged(
                    &data_path,
                    "another command is writing this file",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(DatasetError::write(&notes_path)(error)),
        }
        let mut text = String::new();
        notes
            .read_to_string(&mut text)
            .map_err(DatasetError::read(&notes_path))?;
        let written = last_note(&text, identity, &data_path)?;
        let mut journal = Self {
            data,
            data_path,
            notes,
            notes_path,
            hasher: Sha256::new(),
            written: Written::default(),
        };
        match written {
            Some(written) => journal.resume(written, &text)?,
            None => journal.begin(identity)?,
        }
        Ok(journal)
    }

    /// Removes the unfinished file of `file`, if there is one.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) fn remove(file: &Path) -> Result<(), DatasetError> {
        for path in paths(file) {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(DatasetError::write(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// How far the file is.
    pub(super) fn written(&self) -> &Written {
        &self.written
    }

    /// Appends a block.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn append(&mut self, bytes: &[u8], prompts: u64, refused: u64) -> Result<(), DatasetError> {
        self.data
            .write_all(bytes)
            .map_err(DatasetError::write(&self.data_path))?;
        self.hasher.update(bytes);
        self.written.blocks += 1;
        self.written.prompts += prompts;
        self.written.refused += refused;
        self.written.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Notes how far the file is.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub(super) fn note(&mut self) -> Result<(), DatasetError> {
        self.written.sha256 = hex::encode(self.hasher.clone().finalize());
        let written = self.written.clone();
        self.line(&written)
    }

    /// Ends the file under its name. `before` gets how much was written and its hash, when the content is complete and not yet
    /// under its name; what it returns is returned.
    ///
    /// # Errors
    /// When a file cannot be written or renamed.
    pub(super) fn finish<T>(
        mut self,
        file: &Path,
        before: impl FnOnce(&Written, &str) -> Result<T, DatasetError>,
    ) -> Result<T, DatasetError> {
        self.note()?;
        self.data.sync_all().map_err(DatasetError::write(&self.data_path))?;
        let made = before(&self.written, &self.written.sha256)?;
        std::fs::rename(&self.data_path, file).map_err(DatasetError::write(file))?;
        std::fs::remove_file(&self.notes_path).map_err(DatasetError::write(&self.notes_path))?;
        Ok(made)
    }

    fn begin(&mut self, identity: &Identity) -> Result<(), DatasetError> {
        self.notes.set_len(0).map_err(DatasetError::write(&self.notes_path))?;
        self.notes.rewind().map_err(DatasetError::write(&self.notes_path))?;
        self.line(identity)?;
        self.cut(0)
    }

    fn resume(&mut self, written: Written, text: &str) -> Result<(), DatasetError> {
        let there = self.data.metadata().map_err(DatasetError::read(&self.data_path))?.len();
        if there < written.bytes {
            return Err(DatasetError::Other {
                path: self.data_path.clone(),
                reason: "is shorter than its journal says",
            });
        }
        let begun = (&self.data).take(written.bytes);
        feed(&mut self.hasher, begun).map_err(DatasetError::read(&self.data_path))?;
        if hex::encode(self.hasher.clone().finalize()) != written.sha256 && written.bytes > 0 {
            return Err(DatasetError::Other {
                path: self.data_path.clone(),
                reason: "was changed since it was written",
            });
        }
        self.cut(written.bytes)?;
        // A note that was cut short is overwritten.
        let whole = text.rfind('\n').map_or(0, |end| end + 1) as u64;
        self.notes
            .set_len(whole)
            .map_err(DatasetError::write(&self.notes_path))?;
        self.notes
            .seek(SeekFrom::Start(whole))
            .map_err(DatasetError::write(&self.notes_path))?;
        self.written = written;
        Ok(())
    }

    fn cut(&mut self, bytes: u64) -> Result<(), DatasetError> {
        let failed = DatasetError::write(&self.data_path);
        self.data.set_len(bytes).map_err(&failed)?;
        self.data.seek(SeekFrom::Start(bytes)).map_err(&failed)?;
        Ok(())
    }

    fn line(&mut self, note: &impl Serialize) -> Result<(), DatasetError> {
        let mut line =
            serde_json::to_string(note).map_err(|error| DatasetError::write(&self.notes_path)(error.into()))?;
        line.push('\n');
        let written = self.notes.write_all(line.as_bytes());
        written.map_err(DatasetError::write(&self.notes_path))
    }
}

/// The unfinished file and its notes.
fn paths(file: &Path) -> [PathBuf; 2] {
    [".part", ".part.journal"].map(|ending| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        file.with_file_name(name)
    })
}

/// The last whole note; `None` for a file that is not begun.
fn last_note(text: &str, identity: &Identity, data: &Path) -> Result<Option<Written>, DatasetError> {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    if serde_json::from_str::<Identity>(first).ok().as_ref() != Some(identity) {
        return Err(DatasetError::Other {
            path: data.to_owned(),
            reason: "was begun with other options or other series",
        });
    }
    let last = lines.filter_map(|line| serde_json::from_str(line).ok()).next_back();
    Ok(Some(last.unwrap_or_default()))
}

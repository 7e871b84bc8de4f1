//! The partial file of a download: `NAME.part` beside the final name, and `NAME.part.json` that records whose first bytes it
//! holds. It gets the final name by a rename after its hash was verified, and in no other way.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cache::part_path;
use super::error::ModelsError;

/// A partial file, which may or may not be on disk yet.
#[derive(Debug, Clone)]
pub(super) struct PartFile {
    target: PathBuf,
    part: PathBuf,
    marks: PathBuf,
}

/// Identifies the content whose first bytes a partial file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    /// The source it comes from.
    pub(crate) source: String,
    /// The hub's name for the content: the SHA-256 of a large file, else an ETag.
    pub(crate) identity: Option<String>,
    /// The ETag of the server that sent the bytes, quotes included.
    pub(crate) etag: Option<String>,
}

impl PartFile {
    /// The partial file of a target. Nothing is created.
    pub(crate) fn of(target: &Path) -> PartFile {
        let part = part_path(target);
        let mut marks = part.as_os_str().to_owned();
        marks.push(".json");
        PartFile {
            target: target.into(),
            part,
            marks: marks.into(),
        }
    }

    /// The path of the partial file.
    pub(crate) fn path(&self) -> &Path {
        &self.part
    }

    /// Bytes on disk, if they are known to be the first of this source's content.
    pub(crate) fn resumable(&self, source: &str) -> Option<(u64, Marks)> {
        let bytes = fs::metadata(&self.part).ok()?.len();
        let marks: Marks = serde_json::from_slice(&fs::read(&self.marks).ok()?).ok()?;
        (bytes > 0 && marks.source == source).then_some((bytes, marks))
    }

    /// Opens the file for writing from its beginning and records its marks. Without marks it cannot be resumed.
    pub(crate) fn start(&self, marks: Option<&Marks>) -> Result<File, ModelsError> {
        // The old marks are removed before the first new byte is written, so that marks never describe other content.
        remove(&self.marks)?;
        let file = File::create(&self.part).map_err(ModelsError::io("create", &self.part))?;
        if let Some(marks) = marks {
            self.mark(marks)?;
        }
        Ok(file)
    }

    /// Records whose bytes the file holds.
    pub(crate) fn mark(&self, marks: &Marks) -> Result<(), ModelsError> {
        let text = serde_json::to_vec(marks).map_err(|error| ModelsError::io("write", &self.marks)(error.into()))?;
        fs::write(&self.marks, text).map_err(|error| self.written(error, 0))
    }

    /// Opens the file for appending.
    pub(crate) fn go_on(&self) -> Result<File, ModelsError> {
        File::options()
            .append(true)
            .open(&self.part)
            .map_err(ModelsError::io("open", &self.part))
    }

    /// Syncs the verified file to disk and gives it its final name.
    pub(crate) fn finish(&self) -> Result<(), ModelsError> {
        let doing = "finish";
        File::open(&self.part)
            .and_then(|file| file.sync_all())
            .map_err(|error| self.written(error, 0))?;
        fs::rename(&self.part, &self.target).map_err(ModelsError::io(doing, &self.target))?;
        remove(&self.marks)?;
        // The rename is durable once the directory is synced. Where that is not possible it is left to the system.
        if let Some(folder) = self.target.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Deletes the partial file.
    pub(crate) fn discard(&self) -> Result<(), ModelsError> {
        remove(&self.part)?;
        remove(&self.marks)
    }

    /// Turns a write error into one that the user can act on: a full disk is named as such.
    pub(crate) fn written(&self, error: io::Error, need: u64) -> ModelsError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ModelsError::DiskFull {
                path: self.part.clone(),
                need,
                free: super::disk::free_space(&self.part).unwrap_or(0),
            },
            _ => ModelsError::io("write", &self.part)(error),
        }
    }
}

fn remove(path: &Path) -> Result<(), ModelsError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ModelsError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Write;

    #[test]
    fn a_partial_file_is_resumed_only_for_the_source_that_began_it() {
        let folder = tempfile::tempdir().unwrap();
        let part = PartFile::of(&folder.path().join("w.gguf"));
        assert_eq!(part.resumable("hub:a"), None);
        let marks = Marks {
            source: "hub:a".into(),
            identity: None,
            etag: Some("\"1\"".into()),
        };
        part.start(Some(&marks)).unwrap().write_all(b"abc").unwrap();
        assert_eq!(part.resumable("hub:a"), Some((3, marks)));
        assert_eq!(part.resumable("hub:b"), None);
        part.start(None).unwrap();
        assert_eq!(part.resumable("hub:a"), None, "a fresh start forgets what was there");
    }

    #[test]
    fn finishing_leaves_the_final_name_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("w.gguf");
        let part = PartFile::of(&target);
        part.start(Some(&Marks {
            source: "s".into(),
            identity: None,
            etag: None,
        }))
        .unwrap()
        .write_all(b"abc")
        .unwrap();
        part.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

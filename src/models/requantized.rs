//! The folder of requantized copies: files that the engine writes from models and that hold their weights in blocks which run faster. A
//! copy's name holds the hashes of its original and of its own content: `<original>-q8_0-<content>.gguf`, 32 digits each. A copy
//! is hashed when it is written and, like a model, again when its size or time has changed; what does not match is removed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::hash::hash_file;
use super::lock::Stamp;

/// The suffix of a copy that is being written.
pub(crate) const PART: &str = ".part";

/// A partial copy unchanged for this long was abandoned: writing one takes seconds.
const ABANDONED: Duration = Duration::from_secs(600);

/// Digits of a hash in a name.
const DIGITS: usize = 32;

const KIND: &str = "-q8_0-";

/// The folder. It need not exist yet.
#[derive(Debug, Clone)]
pub(crate) struct RequantizedCopies {
    directory: PathBuf,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequantizedCopy {
    /// The file.
    pub(crate) path: PathBuf,
    /// The first digits of its original's hash.
    pub(crate) original: String,
    /// The first digits of the hash that its content had when it was written.
    content: String,
    /// Its size, bytes.
    pub(crate) bytes: u64,
}

impl RequantizedCopies {
    /// The copies in this directory.
    pub(crate) fn at(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The copy of the file with this hash, if there is one and its content is what was written.
    pub(crate) fn find(&self, sha256: &str) -> Option<RequantizedCopy> {
        let copy = self.all().into_iter().find(|copy| copy.is_of(sha256))?;
        if !copy.is_whole() {
            tracing::warn!(
                "{} is not what was written: it is removed, and written again when it is needed",
                copy.path.display()
            );
            copy.remove();
            return None;
        }
        // The mark's modification time is the time of last use.
        let _ = File::open(copy.mark()).and_then(|file| file.set_modified(SystemTime::now()));
        Some(copy)
    }

    /// All copies, in no order.
    pub(crate) fn all(&self) -> Vec<RequantizedCopy> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| RequantizedCopy::named(entry.path(), entry.metadata().ok()?.len()))
            .collect()
    }

    /// A file that is being written in the directory.
    pub(crate) fn part(&self) -> io::Result<tempfile::TempPath> {
        fs::create_dir_all(&self.directory)?;
        self.sweep()?;
        let part = tempfile::Builder::new().suffix(PART).tempfile_in(&self.directory)?;
        Ok(part.into_temp_path())
    }

    /// Gives a written file its name, and removes the least recently used copies until all together have at most `largest` bytes.
    pub(crate) fn keep(&self, part: tempfile::TempPath, sha256: &str, largest: u64) -> io::Result<PathBuf> {
        let original = sha256.get(..DIGITS).filter(|hash| is_hexadecimal(hash));
        let original = original.ok_or_else(|| io::Error::other("the original has no hash"))?;
        File::open(&part)?.sync_all()?;
        let (content, bytes) = hash_file(&part)?;
        let content = content[..DIGITS].to_owned();
        let path = self.directory.join(format!("{original}{KIND}{content}.gguf"));
        part.persist(&path).map_err(|error| error.error)?;
        let copy = RequantizedCopy {
            original: original.to_owned(),
            path: path.clone(),
            content,
            bytes,
        };
        copy.write_mark();
        self.prune(largest);
        Ok(path)
    }

    /// Removes the copies of files whose hashes are not among these, and marks without a copy; the bytes that were freed.
    pub(crate) fn remove_all_but(&self, hashes: &[&str]) -> u64 {
        let gone = |copy: &RequantizedCopy| !hashes.iter().any(|hash| copy.is_of(hash));
        let removed = self.all().into_iter().filter(gone);
        removed.map(|copy| copy.remove()).sum()
    }

    /// Removes the copies of the files with these hashes; the bytes that were freed.
    pub(crate) fn remove(&self, hashes: &[String]) -> u64 {
        let of = |copy: &RequantizedCopy| hashes.iter().any(|hash| copy.is_of(hash));
        let removed = self.all().into_iter().filter(of);
        removed.map(|copy| copy.remove()).sum()
    }

    fn prune(&self, largest: u64) {
        let mut copies: Vec<(SystemTime, RequantizedCopy)> =
            self.all().into_iter().map(|copy| (copy.last_used(), copy)).collect();
        copies.sort_by_key(|(used, _)| *used);
        let mut held: u64 = copies.iter().map(|(_, copy)| copy.bytes).sum();
        for (_, copy) in copies {
            if held <= largest {
                return;
            }
            held -= copy.bytes;
            copy.remove();
        }
    }

    /// Removes what processes that were killed have left, and copies of an earlier version, whose names lack the hash of the content.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|time| time.elapsed().ok());
            let abandoned = name.ends_with(PART) && age.is_some_and(|age| age > ABANDONED);
            let former = name.ends_with(".gguf") && RequantizedCopy::named(entry.path(), 1).is_none();
            if abandoned || former {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl RequantizedCopy {
    fn named(path: PathBuf, bytes: u64) -> Option<Self> {
        let name = path.file_name()?.to_str()?.strip_suffix(".gguf")?;
        let (original, content) = name.split_once(KIND)?;
        let right = |hash: &str| hash.len() == DIGITS && is_hexadecimal(hash);
        (right(original) && right(content) && bytes > 0).then(|| RequantizedCopy {
            original: original.to_owned(),
            content: content.to_owned(),
            bytes,
            path: path.clone(),
        })
    }

    fn is_of(&self, sha256: &str) -> bool {
        sha256.get(..DIGITS) == Some(self.original.as_str())
    }

    /// Whether the content is what was written. The file is hashed only when its size or time has changed since the last time.
    fn is_whole(&self) -> bool {
        let marked: Option<Stamp> = fs::read(self.mark())
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        if marked.is_some() && marked == Stamp::of(&self.path).ok() {
            return true;
        }
        let whole = self.is_unchanged();
        if whole {
            self.write_mark();
        }
        whole
    }

    /// Whether the content is what was written, by its hash.
    pub(crate) fn is_unchanged(&self) -> bool {
        hash_file(&self.path).is_ok_and(|(hash, _)| hash.starts_with(&self.content))
    }

    /// Removes the copy and its mark; the bytes that were freed.
    pub(crate) fn remove(&self) -> u64 {
        let _ = fs::remove_file(self.mark());
        fs::remove_file(&self.path).map_or(0, |()| self.bytes)
    }

    /// The file beside the copy that holds the stamp at which it was hashed.
    fn mark(&self) -> PathBuf {
        self.path.with_extension("checked")
    }

    /// Where the mark cannot be written, the copy is hashed again at its next use.
    fn write_mark(&self) {
        let mark = || -> io::Result<()> {
            let stamp = Stamp::of(&self.path)?;
            fs::write(self.mark(), serde_json::to_vec(&stamp)?)
        };
        if let Err(error) = mark() {
            tracing::debug!(%error, "the check of a requantized copy was not recorded");
        }
    }

    fn last_used(&self) -> SystemTime {
        let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        time(&self.mark())
            .or_else(|| time(&self.path))
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HASH: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
    const OTHER: &str = "c179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    fn written(copies: &RequantizedCopies, sha256: &str, content: &[u8], largest: u64) -> PathBuf {
        let part = copies.part().unwrap();
        fs::write(&part, content).unwrap();
        copies.keep(part, sha256, largest).unwrap()
    }

    #[test]
    fn a_copy_is_found_by_its_originals_hash() {
        let folder = tempfile::tempdir().unwrap();
        let copies = RequantizedCopies::at(folder.path().join("not/there/yet"));
        assert_eq!(copies.find(HASH), None);
        let path = written(&copies, HASH, b"weights", 1000);
        assert_eq!(copies.find(HASH).unwrap().path, path);
        assert_eq!(copies.find(OTHER), None);
        assert_eq!(copies.find("../../etc"), None);
        assert!(copies.keep(copies.part().unwrap(), "no hash", 1).is_err());
    }

    #[test]
    fn a_damaged_copy_is_not_used_and_is_removed_with_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let copies = RequantizedCopies::at(folder.path());
        for damaged in [&b"weightt"[..], b"weight", b""] {
            let path = written(&copies, HASH, b"weights", 1000);
            assert!(copies.find(HASH).is_some());
            fs::write(&path, damaged).unwrap();
            // Of the same size, at another time.
            let later = SystemTime::now() + Duration::from_secs(5);
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(later)
                .unwrap();
            assert_eq!(copies.find(HASH), None, "{damaged:?}");
        }
    }

    #[test]
    fn copies_of_files_that_are_gone_are_removed_and_the_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let copies = RequantizedCopies::at(folder.path());
        let (kept, gone) = (
            written(&copies, HASH, b"one", 1000),
            written(&copies, OTHER, b"other", 1000),
        );
        assert_eq!(copies.remove_all_but(&[HASH]), 5);
        assert!(kept.exists() && !gone.exists());
        assert_eq!(copies.remove(&[HASH.to_owned()]), 3);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no mark is left");
    }

    #[test]
    fn the_folder_stays_small_and_the_last_used_copy_stays() {
        let folder = tempfile::tempdir().unwrap();
        let copies = RequantizedCopies::at(folder.path());
        let one = written(&copies, HASH, b"12345", 1000);
        let before = SystemTime::now() - Duration::from_secs(60);
        File::open(one.with_extension("checked"))
            .unwrap()
            .set_modified(before)
            .unwrap();
        let other = written(&copies, OTHER, b"54321", 8);
        assert!(!one.exists() && other.exists());
    }

    #[test]
    fn an_abandoned_partial_copy_is_removed_and_one_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, age: u64| {
            let path = folder.path().join(name);
            let then = SystemTime::now() - Duration::from_secs(age);
            File::create(&path).and_then(|file| file.set_modified(then)).unwrap();
            path
        };
        let (left, others) = (file("a.part", 700), file("b.part", 5));
        let former = file("b179c9523d0e6a0f98a330c7562b6827-q8_0-1000.gguf", 5);
        let copies = RequantizedCopies::at(folder.path());
        let copy = written(&copies, HASH, b"weights", 1000);
        assert!(!left.exists() && others.exists() && !former.exists() && copy.exists());
    }
}

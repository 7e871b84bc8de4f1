//! The lock file of the cache, `models/lock.json`. For each file it records the hash, the origin, and a stamp (size and modification
//! time) of the file whose hash was verified. It is written to a new file and renamed, under an advisory lock, so that two
//! processes never lose entries of each other.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::error::ModelsError;

/// Among the models, so that who may read these and nothing else can read it.
const NAME: &str = "models/lock.json";

/// Where earlier versions had it.
const FORMER: &str = "lock.json";

/// The whole lock file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lock {
    /// The version of the file format; 1.
    version: u32,
    /// By path: relative to the cache, or absolute for a user's own file.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Locked>,
}

/// The entry of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Locked {
    /// SHA-256 of the content.
    pub(crate) sha256: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// Where it came from.
    pub(crate) source: String,
    /// The commit that the hub resolved the revision to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<String>,
    /// The hub's ETag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// While the file matches this stamp, its hash need not be computed again. `None` after the file was removed; the hash still
    /// binds the next pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stamp: Option<Stamp>,
}

/// Size and modification time of a file whose hash was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    bytes: u64,
    modified_s: u64,
    modified_ns: u32,
}

impl Stamp {
    /// The stamp a file would have now.
    pub(crate) fn of(path: &Path) -> io::Result<Stamp> {
        let metadata = fs::metadata(path)?;
        let modified = metadata
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Ok(Stamp {
            bytes: metadata.len(),
            modified_s: modified.as_secs(),
            modified_ns: modified.subsec_nanos(),
        })
    }
}

impl Lock {
    /// The lock file of a cache; an empty one where there is none yet.
    pub(crate) fn read(root: &Path) -> Result<Lock, ModelsError> {
        let path = root.join(NAME);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|source| ModelsError::LockUnreadable { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let former = fs::read(root.join(FORMER)).ok();
                Ok(former
                    .and_then(|text| serde_json::from_slice(&text).ok())
                    .unwrap_or(Lock {
                        version: 1,
                        files: BTreeMap::new(),
                    }))
            }
            Err(error) => Err(ModelsError::io("read", path)(error)),
        }
    }

    /// Reads, changes and writes the lock file while no other process does.
    pub(crate) fn change(root: &Path, change: impl FnOnce(&mut Lock)) -> Result<(), ModelsError> {
        let guard_path = guard_path(root, "lock")?;
        let guard = open_guard(&guard_path)?;
        guard.lock().map_err(ModelsError::io("lock", &guard_path))?;
        let mut lock = Lock::read(root)?;
        let before = lock.clone();
        change(&mut lock);
        if lock == before {
            return Ok(());
        }
        let path = root.join(NAME);
        let write = || -> io::Result<()> {
            let mut text = serde_json::to_vec_pretty(&lock)?;
            text.push(b'\n');
            // The guard gives this process the name alone; a leftover of a killed process is overwritten.
            let beside = path.with_extension("json.new");
            fs::create_dir_all(root.join("models"))?;
            let mut file = File::create(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(ModelsError::io("write", &path))
    }
}

/// Held while one file is being pulled; other pulls of the same file wait for it. Released on drop, and by the system when
/// the process dies.
#[derive(Debug)]
pub(super) struct FileGuard {
    _file: File,
}

impl FileGuard {
    /// Waits for the guard; `on_wait` is called once when another process holds it. It polls, because a thread blocked on a lock
    /// could not be cancelled.
    pub(crate) async fn take(
        root: &Path,
        id: &str,
        file: &str,
        on_wait: impl FnOnce() + Send,
    ) -> Result<FileGuard, ModelsError> {
        let mut on_wait = Some(on_wait);
        loop {
            if let Some(guard) = FileGuard::try_take(root, id, file)? {
                return Ok(guard);
            }
            if let Some(tell) = on_wait.take() {
                tell();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Takes the guard of one file of one model, or returns `None` while somebody else holds it.
    pub(crate) fn try_take(root: &Path, id: &str, file: &str) -> Result<Option<FileGuard>, ModelsError> {
        let path = guard_path(root, &format!("{id}--{file}"))?;
        let guard = open_guard(&path)?;
        match guard.try_lock() {
            Ok(()) => Ok(Some(FileGuard { _file: guard })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(ModelsError::io("lock", path)(error)),
        }
    }
}

fn guard_path(root: &Path, name: &str) -> Result<PathBuf, ModelsError> {
    let folder = root.join("guards");
    fs::create_dir_all(&folder).map_err(ModelsError::io("create", &folder))?;
    Ok(folder.join(name))
}

fn open_guard(path: &Path) -> Result<File, ModelsError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(ModelsError::io("open", path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn locked(hash: &str) -> Locked {
        Locked {
            sha256: hash.into(),
            bytes: 1,
            source: "test".into(),
            commit: None,
            etag: None,
            stamp: None,
        }
    }

    #[test]
    fn two_writers_at_once_lose_no_line() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let root = root.path();
                scope.spawn(move || {
                    for line in 0..10 {
                        Lock::change(root, |lock| {
                            lock.files.insert(format!("{writer}-{line}"), locked("a"));
                        })
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(Lock::read(root.path()).unwrap().files.len(), 40);
    }

    #[test]
    fn a_lock_file_of_nonsense_is_an_error_that_names_it_and_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("models")).unwrap();
        fs::write(root.path().join(NAME), "{ half").unwrap();
        let error = Lock::change(root.path(), |_| {}).unwrap_err();
        assert!(error.to_string().contains("lock.json"), "{error}");
        assert_eq!(fs::read_to_string(root.path().join(NAME)).unwrap(), "{ half");
    }

    #[test]
    fn a_guard_is_free_again_when_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let first = FileGuard::try_take(root.path(), "m", "w").unwrap();
        assert!(first.is_some());
        assert!(FileGuard::try_take(root.path(), "m", "w").unwrap().is_none());
        assert!(FileGuard::try_take(root.path(), "m", "other").unwrap().is_some());
        drop(first);
        assert!(FileGuard::try_take(root.path(), "m", "w").unwrap().is_some());
    }
}

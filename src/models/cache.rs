//! The cache directory of models: where pulled files are, and whether they are still intact. A file is hashed once; while its
//! size and modification time stay the same, it is not hashed again. Never uses the network and never replaces a file.
//!
//! Layout: `models/<id>/<file>`, and `<file>.part` during a pull; `models/lock.json`; `guards/` for advisory locks; `twins/` for
//! requantized copies.

use std::path::{Path, PathBuf};
use std::{fs, io};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

use super::error::ModelsError;
use super::hash::hash_file;
use super::lock::{Lock, Locked, Stamp};
use super::manifest::ModelFile;
use super::requantized::RequantizedCopies;

/// A cache directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

/// A file whose hash was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Its path.
    pub path: PathBuf,
    /// Its SHA-256, 64 lower-case hex digits.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// The state of a file in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Present, and its hash was verified.
    Present {
        /// Its length.
        bytes: u64,
    },
    /// Missing.
    Missing,
    /// Partly downloaded; the next pull resumes.
    Partial {
        /// Bytes on disk.
        bytes: u64,
    },
    /// Present, but changed since it was pulled.
    Corrupt,
    /// Intact as it was pulled, but the manifest now pins other content.
    Outdated,
}

impl Cache {
    /// A cache in this directory, which is made when the first file is pulled.
    pub fn at(root: impl Into<PathBuf>) -> Cache {
        Cache { root: root.into() }
    }

    /// `TRIPOD_CACHE`, else `XDG_CACHE_HOME/tripod`, else `~/.cache/tripod`.
    ///
    /// # Errors
    /// [`ModelsError::NoCacheDirectory`] when there is no variable and no home directory.
    pub fn from_env() -> Result<Cache, ModelsError> {
        let named = std::env::var_os("TRIPOD_CACHE").filter(|value| !value.is_empty());
        if let Some(path) = named {
            return Ok(Cache::at(path));
        }
        let directories = Xdg::new().map_err(|_| ModelsError::NoCacheDirectory)?;
        // With an empty HOME this would be a path relative to the current directory.
        let root = directories.cache_dir().join("tripod");
        root.is_absolute()
            .then(|| Cache::at(root))
            .ok_or(ModelsError::NoCacheDirectory)
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of a model's files.
    pub fn model_directory(&self, id: &str) -> PathBuf {
        self.root.join("models").join(id)
    }

    /// The path of a file, present or not.
    pub fn path(&self, id: &str, file: &ModelFile) -> PathBuf {
        self.model_directory(id).join(&file.name)
    }

    /// A file that may be loaded. It is hashed only when its size or modification time changed since the last check.
    ///
    /// # Errors
    /// [`ModelsError::Missing`], [`ModelsError::Corrupt`] with both hashes, [`ModelsError::Outdated`], [`ModelsError::Io`].
    pub fn verified(&self, id: &str, file: &ModelFile) -> Result<CachedFile, ModelsError> {
        let (path, lock) = (self.path(id, file), Lock::read(&self.root)?);
        let stamp = stamp(id, &path)?;
        let locked = lock.files.get(&key(id, file));
        match locked {
            Some(locked)
                if locked.stamp == Some(stamp) && file.sha256.as_ref().is_none_or(|hash| *hash == locked.sha256) =>
            {
                Ok(CachedFile {
                    path,
                    sha256: locked.sha256.clone(),
                    bytes: locked.bytes,
                })
            }
            _ => self.check(id, file, locked, stamp),
        }
    }

    /// Like [`Cache::verified`], but always hashes the whole file.
    ///
    /// # Errors
    /// Those of [`Cache::verified`].
    pub fn verify(&self, id: &str, file: &ModelFile) -> Result<CachedFile, ModelsError> {
        let (path, lock) = (self.path(id, file), Lock::read(&self.root)?);
        let stamp = stamp(id, &path)?;
        self.check(id, file, lock.files.get(&key(id, file)), stamp)
    }

    /// The hash of a user's own file outside the cache, computed once while the file does not change. Any content is accepted.
    ///
    /// # Errors
    /// [`ModelsError::Io`].
    pub fn fingerprint(&self, path: &Path) -> Result<CachedFile, ModelsError> {
        let path = fs::canonicalize(path).map_err(ModelsError::io("find", path))?;
        let stamp = Stamp::of(&path).map_err(ModelsError::io("read", &path))?;
        let key = path.to_string_lossy().into_owned();
        if let Some(locked) = Lock::read(&self.root)?
            .files
            .get(&key)
            .filter(|locked| locked.stamp == Some(stamp))
        {
            return Ok(CachedFile {
                path,
                sha256: locked.sha256.clone(),
                bytes: locked.bytes,
            });
        }
        let (sha256, bytes) = hash_file(&path).map_err(ModelsError::io("read", &path))?;
        let entry = Locked {
            sha256: sha256.clone(),
            bytes,
            source: "given by path".into(),
            commit: None,
            etag: None,
            stamp: Some(stamp),
        };
        self.remember(key, entry);
        Ok(CachedFile { path, sha256, bytes })
    }

    /// The state of a file; a wrong or missing file is a state, not an error.
    ///
    /// # Errors
    /// [`ModelsError::Io`] and [`ModelsError::LockUnreadable`], which concern the whole cache.
    pub fn state(&self, id: &str, file: &ModelFile) -> Result<FileState, ModelsError> {
        match self.verified(id, file) {
            Ok(found) => Ok(FileState::Present { bytes: found.bytes }),
            Err(ModelsError::Corrupt { .. }) => Ok(FileState::Corrupt),
            Err(ModelsError::Outdated { .. }) => Ok(FileState::Outdated),
            Err(ModelsError::Missing { .. }) => match fs::metadata(part_path(&self.path(id, file))) {
                Ok(part) if part.len() > 0 => Ok(FileState::Partial { bytes: part.len() }),
                _ => Ok(FileState::Missing),
            },
            Err(other) => Err(other),
        }
    }

    /// Deletes the files of one model and returns the bytes freed. The next pull must still match the recorded hashes.
    ///
    /// # Errors
    /// [`ModelsError::Io`].
    pub fn remove(&self, id: &str) -> Result<u64, ModelsError> {
        let folder = self.model_directory(id);
        let mut freed = 0;
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(ModelsError::io("read", &folder))?;
                    freed += entry.metadata().map(|metadata| metadata.len()).unwrap_or(0);
                }
                fs::remove_dir_all(&folder).map_err(ModelsError::io("remove", &folder))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(ModelsError::io("read", folder)(error)),
        }
        let prefix = format!("models/{id}/");
        let mut hashes = Vec::new();
        Lock::change(&self.root, |lock| {
            for (_, locked) in lock.files.iter_mut().filter(|(key, _)| key.starts_with(&prefix)) {
                locked.stamp = None;
                hashes.push(locked.sha256.clone());
            }
        })?;
        Ok(freed + RequantizedCopies::at(self.requantized_copies()).remove(&hashes))
    }

    /// The directory of the engine's requantized copies, named by the hashes of their originals.
    pub fn requantized_copies(&self) -> PathBuf {
        self.root.join("twins")
    }

    /// Removes the requantized copies of files that are gone; the bytes that were freed.
    ///
    /// # Errors
    /// Those of reading the lock file.
    pub(crate) fn remove_copies_of_nothing(&self) -> Result<u64, ModelsError> {
        let lock = Lock::read(&self.root)?;
        // A user's own file has its whole path for a key, a downloaded one its path in the cache.
        let here = lock.files.iter().filter(|(key, _)| self.root.join(key).exists());
        let hashes: Vec<&str> = here.map(|(_, locked)| locked.sha256.as_str()).collect();
        Ok(RequantizedCopies::at(self.requantized_copies()).remove_all_but(&hashes))
    }

    /// Every requantized copy, with whether its content is what was written. One that is damaged is removed.
    pub(crate) fn verify_copies(&self) -> Vec<(PathBuf, bool)> {
        let copies = RequantizedCopies::at(self.requantized_copies()).all().into_iter();
        let verified = copies.map(|copy| {
            let whole = copy.is_unchanged();
            if !whole {
                copy.remove();
            }
            (copy.path, whole)
        });
        verified.collect()
    }

    /// The hash that a file must have: from the manifest, else from the lock file.
    pub(crate) fn expected(&self, id: &str, file: &ModelFile) -> Result<Option<String>, ModelsError> {
        if file.sha256.is_some() {
            return Ok(file.sha256.clone());
        }
        Ok(Lock::read(&self.root)?
            .files
            .remove(&key(id, file))
            .map(|locked| locked.sha256))
    }

    /// Records a file that was just pulled and verified.
    pub(crate) fn record(&self, id: &str, file: &ModelFile, mut locked: Locked) -> Result<(), ModelsError> {
        let path = self.path(id, file);
        locked.stamp = Some(Stamp::of(&path).map_err(ModelsError::io("read", &path))?);
        Lock::change(&self.root, |lock| {
            lock.files.insert(key(id, file), locked);
        })
    }

    /// A cached file with this content, so that none is downloaded twice.
    pub(crate) fn with_content(&self, sha256: &str) -> Result<Option<PathBuf>, ModelsError> {
        let lock = Lock::read(&self.root)?;
        let same = lock
            .files
            .iter()
            .filter(|(key, locked)| key.starts_with("models/") && locked.sha256 == sha256);
        Ok(same
            .map(|(key, locked)| (self.root.join(key), locked.stamp))
            .find(|(path, stamp)| stamp.is_some() && Stamp::of(path).ok() == *stamp)
            .map(|(path, _)| path))
    }

    fn check(
        &self,
        id: &str,
        file: &ModelFile,
        locked: Option<&Locked>,
        stamp: Stamp,
    ) -> Result<CachedFile, ModelsError> {
        let path = self.path(id, file);
        let (sha256, bytes) = hash_file(&path).map_err(ModelsError::io("read", &path))?;
        let recorded = locked.map(|locked| &locked.sha256);
        if let Some(expected) = file
            .sha256
            .as_ref()
            .or(recorded)
            .filter(|expected| **expected != sha256)
        {
            return Err(match recorded == Some(&sha256) {
                true => ModelsError::Outdated { id: id.into(), path },
                false => ModelsError::Corrupt {
                    id: id.into(),
                    path,
                    expected: expected.clone(),
                    found: sha256,
                },
            });
        }
        let entry = match locked.filter(|locked| locked.sha256 == sha256) {
            Some(locked) => Locked {
                stamp: Some(stamp),
                ..locked.clone()
            },
            None => Locked {
                sha256: sha256.clone(),
                bytes,
                source: "found in the cache".into(),
                commit: None,
                etag: None,
                stamp: Some(stamp),
            },
        };
        self.remember(key(id, file), entry);
        Ok(CachedFile { path, sha256, bytes })
    }

    /// Records a stamp. In a read-only cache this fails silently, and files are hashed at every use.
    fn remember(&self, key: String, locked: Locked) {
        let written = fs::create_dir_all(&self.root)
            .map_err(ModelsError::io("create", &self.root))
            .and_then(|()| {
                Lock::change(&self.root, |lock| {
                    lock.files.insert(key, locked);
                })
            });
        if let Err(error) = written {
            tracing::debug!(%error, "the check of a file was not recorded");
        }
    }
}

/// The path of the partial file of a download.
pub(super) fn part_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn key(id: &str, file: &ModelFile) -> String {
    format!("models/{id}/{}", file.name)
}

fn stamp(id: &str, path: &Path) -> Result<Stamp, ModelsError> {
    Stamp::of(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ModelsError::Missing {
            id: id.into(),
            path: path.into(),
        },
        _ => ModelsError::io("read", path)(error),
    })
}

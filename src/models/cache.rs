//! The cache directory: where pulled files lie, and whether they are still what was pulled. Checking is cheap: a file is hashed
//! once, then its size and modification time speak for it until one of them changes. It never touches the network and never
//! replaces a file.
//!
//! Layout: `models/<id>/<file>`, beside it `<file>.part` while a pull is under way; `lock.json`; `guards/` for advisory locks.

use std::path::{Path, PathBuf};
use std::{fs, io};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

use super::error::ModelsError;
use super::hash::hash_file;
use super::lock::{Lock, Locked, Stamp};
use super::manifest::ModelFile;

/// A cache directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

/// A file whose content is known to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its SHA-256, 64 lower-case hex digits.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// How a file of a manifest stands in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// There, and its hash was checked.
    Present {
        /// Its length.
        bytes: u64,
    },
    /// Not there.
    Missing,
    /// A pull was interrupted; the next one goes on from here.
    Partial {
        /// Bytes on disk.
        bytes: u64,
    },
    /// There, with another content than was pulled.
    Corrupt,
    /// There as it was pulled, and the manifest has since come to pin another content.
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
    /// [`ModelsError::NoCacheDirectory`] when none of the three is set.
    pub fn from_env() -> Result<Cache, ModelsError> {
        let named = std::env::var_os("TRIPOD_CACHE").filter(|value| !value.is_empty());
        if let Some(path) = named {
            return Ok(Cache::at(path));
        }
        let directories = Xdg::new().map_err(|_| ModelsError::NoCacheDirectory)?;
        // An empty HOME would put the cache beside whatever the current directory holds.
        let root = directories.cache_dir().join("tripod");
        root.is_absolute()
            .then(|| Cache::at(root))
            .ok_or(ModelsError::NoCacheDirectory)
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the files of a model lie.
    pub fn model_directory(&self, id: &str) -> PathBuf {
        self.root.join("models").join(id)
    }

    /// Where a file lies, whether it is there or not.
    pub fn path(&self, id: &str, file: &ModelFile) -> PathBuf {
        self.model_directory(id).join(&file.name)
    }

    /// A file that may be loaded. Cheap when it is as it was when its hash was last checked; else it is hashed again.
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

    /// The same, hashing the whole file whatever its stamp says.
    ///
    /// # Errors
    /// Those of [`Cache::verified`].
    pub fn verify(&self, id: &str, file: &ModelFile) -> Result<CachedFile, ModelsError> {
        let (path, lock) = (self.path(id, file), Lock::read(&self.root)?);
        let stamp = stamp(id, &path)?;
        self.check(id, file, lock.files.get(&key(id, file)), stamp)
    }

    /// A user's own file outside the cache: hashed once, then known by its stamp. There is no hash it must have.
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

    /// How a file stands, without failing on it.
    ///
    /// # Errors
    /// [`ModelsError::Io`] and [`ModelsError::LockUnreadable`]: what says nothing about this file alone.
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

    /// Deletes the files of one model and returns the bytes freed. The recorded hashes stay binding for the next pull.
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
        Ok(freed + self.remove_twins(&hashes)?)
    }

    /// Where the engine keeps faster twins of files, named by their hashes.
    pub fn twins(&self) -> PathBuf {
        self.root.join("twins")
    }

    fn remove_twins(&self, hashes: &[String]) -> Result<u64, ModelsError> {
        let Ok(entries) = fs::read_dir(self.twins()) else {
            return Ok(0);
        };
        let mut freed = 0;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let of = |hash: &String| hash.len() >= 32 && name.starts_with(&hash[..32]);
            if hashes.iter().any(of) {
                freed += entry.metadata().map_or(0, |metadata| metadata.len());
                fs::remove_file(entry.path()).map_err(ModelsError::io("remove", entry.path()))?;
            }
        }
        Ok(freed)
    }

    /// The hash a file must have and who says so: the manifest, else the lock file.
    pub(crate) fn expected(&self, id: &str, file: &ModelFile) -> Result<Option<String>, ModelsError> {
        if file.sha256.is_some() {
            return Ok(file.sha256.clone());
        }
        Ok(Lock::read(&self.root)?
            .files
            .remove(&key(id, file))
            .map(|locked| locked.sha256))
    }

    /// Records a file that was just pulled and whose hash holds.
    pub(crate) fn record(&self, id: &str, file: &ModelFile, mut locked: Locked) -> Result<(), ModelsError> {
        let path = self.path(id, file);
        locked.stamp = Some(Stamp::of(&path).map_err(ModelsError::io("read", &path))?);
        Lock::change(&self.root, |lock| {
            lock.files.insert(key(id, file), locked);
        })
    }

    /// A file of the cache with this content, so that no content need be downloaded twice.
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

    /// Records a stamp. A cache that cannot be written to (mounted read-only) still serves; it is only hashed every time.
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

/// Where a half-pulled file lies.
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

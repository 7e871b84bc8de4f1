//! Free disk space, checked before a download begins.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use super::error::ModelsError;

/// Kept free beyond the file itself, for the lock file and other writers.
const MARGIN: u64 = 16 << 20;

type Measure = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

/// How free space is measured: by default by the file system; tests use another function.
#[derive(Clone)]
pub struct FreeSpace(Arc<Measure>);

impl FreeSpace {
    /// Measures with this function: a path that exists goes in, free bytes come out.
    pub fn measured_by(measure: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(measure))
    }

    /// Bytes that this user may still write where `path`, or the nearest folder above it that exists, lies.
    ///
    /// # Errors
    /// The system's error.
    pub fn at(&self, path: &Path) -> io::Result<u64> {
        (self.0)(path)
    }

    /// Refuses when `need` more bytes at `path` would not fit. When the space cannot be measured, the download goes ahead.
    pub(crate) fn check(&self, path: &Path, need: u64) -> Result<(), ModelsError> {
        match (self.0)(path) {
            Ok(free) if free < need.saturating_add(MARGIN) => Err(ModelsError::DiskFull {
                path: path.into(),
                need,
                free,
            }),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "free space is not known");
                Ok(())
            }
        }
    }
}

impl Default for FreeSpace {
    fn default() -> Self {
        Self::measured_by(free_space)
    }
}

impl fmt::Debug for FreeSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreeSpace")
    }
}

/// Bytes that this user may still write where `path`, or the nearest folder above it that exists, lies.
pub(super) fn free_space(path: &Path) -> io::Result<u64> {
    let existing = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let statistics = rustix::fs::statvfs(existing)?;
    Ok(statistics.f_bavail.saturating_mul(statistics.f_frsize))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_need_beyond_the_free_space_is_refused_with_both_figures() {
        let space = FreeSpace::measured_by(|_| Ok(100 << 20));
        assert!(space.check(Path::new("/"), 80 << 20).is_ok());
        let error = space.check(Path::new("/"), 90 << 20).unwrap_err();
        assert!(
            matches!(error, ModelsError::DiskFull { free, .. } if free == 100 << 20),
            "{error}"
        );
    }

    #[test]
    fn the_space_of_a_folder_that_is_not_there_yet_is_that_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_space(&folder.path().join("a/b/c")).unwrap() > 0);
    }
}

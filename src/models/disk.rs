//! Capacity on the disk: asked before a download begins, so that two gigabytes are not fetched in vain.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use super::error::ModelsError;

/// Left free beyond the file itself, for the lock file and whatever else the machine writes meanwhile.
const MARGIN: u64 = 16 << 20;

type Measure = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

/// How free space is measured. [`FreeSpace::default`] asks the file system; another measure can be put in its place.
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
    /// Whatever the system says when it cannot tell.
    pub fn at(&self, path: &Path) -> io::Result<u64> {
        (self.0)(path)
    }

    /// Refuses when `need` more bytes at `path` would not fit. Where the space cannot be measured nothing is refused: the write will tell.
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

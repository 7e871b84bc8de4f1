//! Models that stay loaded between batches. By default none does: an arena is freed before the next one opens. With warm
//! residency, models stay in this cache for a while, as long as they and the next arena fit into the budget together.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::budget::Budget;

/// Whether a model stays loaded after its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residency {
    /// The model is freed.
    #[default]
    Release,
    /// The model stays loaded for five minutes after its last use, unless the next model needs its part of the budget.
    Warm,
}

impl FromStr for Residency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "release" => Ok(Residency::Release),
            "warm" => Ok(Residency::Warm),
            other => Err(format!("`{other}` is not a residency: write release or warm")),
        }
    }
}

/// How long a model stays loaded after its last use.
const STAYS: Duration = Duration::from_secs(300);

/// Loaded models that are not in use, of any backend, the least recently used first.
#[derive(Debug)]
pub(super) struct ModelCache {
    residency: Residency,
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Its files, and when each was changed: the weights, then an adapter if there is one.
    files: Vec<(PathBuf, Option<SystemTime>)>,
    bytes: u64,
    until: Instant,
    native: Box<dyn Any + Send>,
}

impl ModelCache {
    /// An empty cache. With [`Residency::Release`] nothing is put into it.
    pub(crate) fn new(residency: Residency) -> Self {
        ModelCache {
            residency,
            kept: Vec::new(),
        }
    }

    /// Whether models stay loaded.
    pub(crate) fn is_warm(&self) -> bool {
        self.residency == Residency::Warm
    }

    /// Removes the model of exactly these files from the cache and returns it, unless one has changed since it was loaded.
    pub(crate) fn take<N: Any>(&mut self, files: &[&Path]) -> Option<N> {
        let is_of = |kept: &Kept| {
            kept.files
                .iter()
                .map(|(path, _)| path.as_path())
                .eq(files.iter().copied())
        };
        let index = self.kept.iter().position(is_of)?;
        let kept = self.kept.remove(index);
        if kept.files.iter().any(|(path, then)| *then != changed(path)) {
            return None;
        }
        kept.native.downcast().ok().map(|native| *native)
    }

    /// Frees the least recently used models until another `need` bytes fit into the budget.
    pub(crate) fn make_room(&mut self, need: u64, budget: Budget) {
        while !self.kept.is_empty() && self.bytes().saturating_add(need) > budget.0 {
            self.kept.remove(0);
        }
    }

    /// Puts a model of `bytes` bytes into the cache.
    pub(crate) fn put<N: Any + Send>(&mut self, files: &[&Path], bytes: u64, native: N) {
        self.kept.push(Kept {
            files: files.iter().map(|path| ((*path).to_owned(), changed(path))).collect(),
            bytes,
            until: Instant::now() + STAYS,
            native: Box::new(native),
        });
    }

    /// Frees the models whose time is over at `now`. Returns when the next one's will be.
    pub(crate) fn rest(&mut self, now: Instant) -> Option<Instant> {
        self.kept.retain(|kept| kept.until > now);
        self.kept.iter().map(|kept| kept.until).min()
    }

    fn bytes(&self) -> u64 {
        self.kept.iter().map(|kept| kept.bytes).sum()
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_model_is_found_again_unless_its_file_changed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        std::fs::write(&path, "1").unwrap();
        let mut cache = ModelCache::new(Residency::Warm);
        cache.put(&[&path], 1, "model");
        assert_eq!(
            cache.take::<&str>(&[&path, Path::new("adapter")]),
            None,
            "with an adapter it is another"
        );
        assert_eq!(cache.take(&[&path]), Some("model"));
        assert_eq!(cache.take::<&str>(&[&path]), None, "it was taken");
        cache.put(&[&path], 1, "model");
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(9)).unwrap();
        assert_eq!(cache.take::<&str>(&[&path]), None, "the file is another now");
    }

    #[test]
    fn the_least_recently_used_is_evicted_first() {
        let mut cache = ModelCache::new(Residency::Warm);
        for (name, bytes) in [("a", 4), ("b", 3), ("c", 2)] {
            cache.put(&[Path::new(name)], bytes, name);
        }
        cache.make_room(1, Budget(10));
        assert_eq!(cache.bytes(), 9, "all of it fits");
        cache.make_room(5, Budget(10));
        assert_eq!(cache.take::<&str>(&[Path::new("a")]), None);
        assert_eq!(cache.take(&[Path::new("b")]), Some("b"));
        cache.make_room(11, Budget(10));
        assert_eq!(cache.bytes(), 0, "a need above the budget evicts everything");
    }

    #[test]
    fn an_unused_model_is_freed_after_its_time() {
        let mut cache = ModelCache::new(Residency::Warm);
        cache.put(&[Path::new("a")], 1, ());
        let until = cache.rest(Instant::now()).unwrap();
        assert_eq!(cache.rest(until), None);
        assert_eq!(cache.bytes(), 0);
    }
}

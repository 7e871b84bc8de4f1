//! The requantized copy of a small file. llama.cpp has no blocked kernels for weights in 4-bit blocks with an offset (Q4_1), so
//! a copy with 8-bit blocks (Q8_0) is written once; each value differs by at most a 127th of the largest in its block. With the
//! copy, prefill is twice as fast (docs/performance.md). A copy's name holds the hash of its original and its own size, so a
//! truncated copy is never used.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::prune;
use super::gguf::Gguf;
use crate::engine::budget::Budget;
use crate::engine::error::EngineError;
use crate::engine::ggml::cards;
use crate::engine::llama::options::{GpuLayers, LlamaOptions};
use crate::engine::llama::quantise::{Quantisation, quantise};
use crate::engine::llama::tuning::{BUDGET_OF_COPIES, LARGEST_REQUANTIZED};

/// The most bytes of all copies together. The least recently used are removed first.
const LARGEST_TOGETHER: u64 = 2 << 30;

/// The suffix of a copy that is being written.
const PART: &str = ".part";

/// A partial copy unchanged for this long was abandoned: writing one takes seconds.
const ABANDONED: Duration = Duration::from_secs(600);

/// Opens the file with this hash, or its requantized copy. Writes the copy first if it would help and does not exist yet.
///
/// # Errors
///
/// Those of [`Gguf::open`] for the file itself.
pub(crate) fn open(
    path: &Path,
    sha256: &str,
    template: Option<&str>,
    options: &LlamaOptions,
    budget: Budget,
) -> Result<Gguf, EngineError> {
    let original = || Gguf::open(path, template);
    let Some(copies) = Copies::new(options, budget) else {
        return original();
    };
    if let Some(copy) = copies.find(sha256) {
        match Gguf::open(&copy, template) {
            Ok(gguf) => return Ok(gguf),
            Err(error) => {
                tracing::warn!(%error, "removing a damaged requantized copy");
                let _ = fs::remove_file(&copy);
            }
        }
    }
    let gguf = original()?;
    match copies.make(&gguf, sha256) {
        Some(copy) => Gguf::open(&copy, template),
        None => Ok(gguf),
    }
}

/// The requantized copy that [`open`] would use for the file with this hash, if it exists.
pub(crate) fn requantized_copy(sha256: &str, options: &LlamaOptions, budget: Budget) -> Option<PathBuf> {
    Copies::new(options, budget)?.find(sha256)
}

/// The folder of requantized copies.
struct Copies<'a> {
    directory: &'a Path,
    budget: Budget,
    threads: usize,
}

impl<'a> Copies<'a> {
    /// `None` if copies are off or a graphics card is used: its kernels are fast on the original.
    fn new(options: &'a LlamaOptions, budget: Budget) -> Option<Self> {
        if options.gpu_layers != GpuLayers::Count(0) && !cards().is_empty() {
            return None;
        }
        Some(Copies {
            directory: options.requantized.as_deref()?,
            budget,
            threads: options.threads,
        })
    }

    /// The copy of the file with this hash, if it exists and the budget is large enough for it.
    fn find(&self, hash: &str) -> Option<PathBuf> {
        let stem = stem(hash)?;
        let entries = fs::read_dir(self.directory).ok()?;
        let copy = entries.flatten().map(|entry| entry.path()).find(|path| {
            let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
            path.file_name().is_some_and(|name| *name == *name_of(&stem, size)) && self.fits_budget(size)
        })?;
        // The modification time is the time of last use.
        let _ = fs::File::open(&copy).and_then(|file| file.set_modified(std::time::SystemTime::now()));
        Some(copy)
    }

    /// Writes a copy if it would make the file faster. If the disk is full or read-only, the original is used.
    fn make(&self, gguf: &Gguf, hash: &str) -> Option<PathBuf> {
        // 32 values take 20 bytes in Q4_1 and 34 in Q8_0.
        let size = gguf.file_bytes().saturating_mul(34) / 20;
        if !gguf.is_in_offset_blocks() || gguf.file_bytes() > LARGEST_REQUANTIZED || !self.fits_budget(size) {
            return None;
        }
        let stem = stem(hash)?;
        tracing::info!(
            "writing a copy of {} with 8-bit weights, which run faster",
            gguf.path().display()
        );
        match self.write(gguf.path(), &stem) {
            Ok(copy) => Some(copy),
            Err(error) => {
                tracing::debug!(%error, "cannot write a requantized copy of {}", gguf.path().display());
                None
            }
        }
    }

    fn fits_budget(&self, size: u64) -> bool {
        size > 0 && size.saturating_mul(BUDGET_OF_COPIES) <= self.budget.0
    }

    /// Writes to a temporary file in the same folder, then renames it.
    fn write(&self, original: &Path, stem: &str) -> std::io::Result<PathBuf> {
        fs::create_dir_all(self.directory)?;
        self.sweep()?;
        let part = tempfile::Builder::new().suffix(PART).tempfile_in(self.directory)?;
        let part = part.into_temp_path();
        quantise(original, &part, Quantisation::Q8_0, self.threads)?;
        let file = fs::File::open(&part)?;
        file.sync_all()?;
        let copy = self.directory.join(name_of(stem, file.metadata()?.len()));
        part.persist(&copy).map_err(|error| error.error)?;
        prune(self.directory, LARGEST_TOGETHER)?;
        Ok(copy)
    }

    /// Removes partial copies left by processes that were killed.
    fn sweep(&self) -> std::io::Result<()> {
        for entry in fs::read_dir(self.directory)?.flatten() {
            let is_part = entry.file_name().to_string_lossy().ends_with(PART);
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|time| time.elapsed().ok());
            if is_part && age.is_some_and(|age| age > ABANDONED) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The beginning of a copy's name; `None` if `hash` is not a hash.
fn stem(hash: &str) -> Option<String> {
    let is_hash = hash.len() >= 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| format!("{}-q8_0", &hash[..32]))
}

fn name_of(stem: &str, size: u64) -> String {
    format!("{stem}-{size}.gguf")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HASH: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    #[test]
    fn a_copy_is_found_by_its_originals_hash_unless_it_was_truncated_or_memory_is_short() {
        let directory = tempfile::tempdir().unwrap();
        let copies = |budget| Copies {
            directory: directory.path(),
            budget: Budget(budget),
            threads: 1,
        };
        assert_eq!(copies(4000).find(HASH), None);
        let path = directory.path().join(name_of(&stem(HASH).unwrap(), 1000));
        fs::write(&path, [0; 1000]).unwrap();
        assert_eq!(copies(4000).find(HASH), Some(path.clone()));
        assert_eq!(copies(3999).find(HASH), None, "a budget that is short");
        assert_eq!(copies(4000).find(&HASH.replace('b', "c")), None, "another file's");
        assert_eq!(copies(4000).find("../../etc"), None, "no hash");
        fs::write(&path, [0; 999]).unwrap();
        assert_eq!(copies(4000).find(HASH), None, "it was cut");
    }

    #[test]
    fn an_abandoned_partial_copy_is_removed_and_one_being_written_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, age: u64| {
            let path = directory.path().join(name);
            let then = std::time::SystemTime::now() - Duration::from_secs(age);
            fs::File::create(&path)
                .and_then(|file| file.set_modified(then))
                .unwrap();
            path
        };
        let (left, others, copy) = (file("a.part", 700), file("b.part", 5), file("c.gguf", 700));
        let copies = Copies {
            directory: directory.path(),
            budget: Budget(1),
            threads: 1,
        };
        copies.sweep().unwrap();
        assert!(!left.exists() && others.exists() && copy.exists());
    }
}

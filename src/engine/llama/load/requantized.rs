//! A faster twin of a small file: llama.cpp has no blocked kernels for weights in 4-bit blocks with an offset (Q4_1), so such a
//! file is written once more with 8-bit blocks (Q8_0), which hold the same values to within a 127th of a block's largest. It
//! reads prompts twice as fast (docs/performance.md). Twins are named by the hash of their original and their own size: one that
//! was cut is not found again.

use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::gguf::Gguf;
use super::gpu::{GpuLayers, cards};
use super::logs;
use crate::engine::backend::Upcoming;
use crate::engine::budget::Budget;
use crate::engine::error::EngineError;
use crate::engine::llama::cache::prune;
use crate::engine::llama::{LlamaOptions, Opening};

/// The largest file that gets a twin, bytes.
const LARGEST: u64 = 512 << 20;

/// The most that all twins take, bytes; those used longest ago go first.
const LARGEST_TOGETHER: u64 = 2 << 30;

/// A budget that holds a twin so many times is not short of memory.
const TIMES: u64 = 4;

/// Ends the name of a twin that is being written.
const PART: &str = ".part";

/// Nobody writes any more at what has not changed for so long: writing takes seconds.
const ABANDONED: Duration = Duration::from_secs(600);

/// Opens a file, or its twin where it has or gets one.
///
/// # Errors
///
/// Those of [`Gguf::open`] for the file itself.
pub(crate) fn open(opening: &Opening<'_>, options: &LlamaOptions, budget: Budget) -> Result<Gguf, EngineError> {
    let original = || Gguf::open(opening.path, opening.template);
    let (Some(twins), Some(hash)) = (Twins::new(options, budget), opening.sha256) else {
        return original();
    };
    if let Some(twin) = twins.find(hash) {
        match Gguf::open(&twin, opening.template) {
            Ok(gguf) => return Ok(gguf),
            Err(error) => {
                tracing::warn!(%error, "a twin is broken and is removed");
                let _ = fs::remove_file(&twin);
            }
        }
    }
    let gguf = original()?;
    match twins.make(&gguf, hash) {
        Some(twin) => Gguf::open(&twin, opening.template),
        None => Ok(gguf),
    }
}

/// The twin of a file, where it has one that will be opened in its place.
pub(crate) fn requantized_copy(file: &Upcoming, options: &LlamaOptions, budget: Budget) -> Option<PathBuf> {
    Twins::new(options, budget)?.find(file.sha256.as_deref()?)
}

/// Where the twins of files lie.
struct Twins<'a> {
    directory: &'a Path,
    budget: Budget,
    threads: usize,
}

impl<'a> Twins<'a> {
    /// None on a graphics card: its kernels take the file as it is.
    fn new(options: &'a LlamaOptions, budget: Budget) -> Option<Self> {
        if options.gpu_layers != GpuLayers::Count(0) && !cards().is_empty() {
            return None;
        }
        Some(Twins {
            directory: options.twins.as_deref()?,
            budget,
            threads: options.threads,
        })
    }

    /// The twin of the file with this hash, if there is one and the budget is not short.
    fn find(&self, hash: &str) -> Option<PathBuf> {
        let stem = stem(hash)?;
        let entries = fs::read_dir(self.directory).ok()?;
        let twin = entries.flatten().map(|entry| entry.path()).find(|path| {
            let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
            path.file_name().is_some_and(|name| *name == *name_of(&stem, size)) && self.has_room_for(size)
        })?;
        // Used now: what was used longest ago goes first.
        let _ = fs::File::open(&twin).and_then(|file| file.set_modified(std::time::SystemTime::now()));
        Some(twin)
    }

    /// Writes the twin of a file that would gain by one. A disk that is full or read-only only costs speed.
    fn make(&self, gguf: &Gguf, hash: &str) -> Option<PathBuf> {
        // Its weights grow from 20 bytes for 32 values to 34.
        let size = gguf.file_bytes().saturating_mul(34) / 20;
        if !gguf.is_in_offset_blocks() || gguf.file_bytes() > LARGEST || !self.has_room_for(size) {
            return None;
        }
        let stem = stem(hash)?;
        tracing::info!(
            "writing {} once more in 8-bit blocks, which compute faster",
            gguf.path().display()
        );
        match self.write(gguf.path(), &stem) {
            Ok(twin) => Some(twin),
            Err(error) => {
                tracing::debug!(%error, "no faster twin of {} could be written", gguf.path().display());
                None
            }
        }
    }

    fn has_room_for(&self, size: u64) -> bool {
        size > 0 && size.saturating_mul(TIMES) <= self.budget.0
    }

    /// Writes beside its place, then renames.
    fn write(&self, original: &Path, stem: &str) -> std::io::Result<PathBuf> {
        fs::create_dir_all(self.directory)?;
        self.sweep()?;
        let part = tempfile::Builder::new().suffix(PART).tempfile_in(self.directory)?;
        let part = part.into_temp_path();
        requantise(original, &part, self.threads)?;
        let file = fs::File::open(&part)?;
        file.sync_all()?;
        let twin = self.directory.join(name_of(stem, file.metadata()?.len()));
        part.persist(&twin).map_err(|error| error.error)?;
        prune(self.directory, LARGEST_TOGETHER)?;
        Ok(twin)
    }

    /// Removes what processes that were killed have left half-written.
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

/// The beginning of a twin's name; `None` for what is no hash.
fn stem(hash: &str) -> Option<String> {
    let is_hash = hash.len() >= 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| format!("{}-q8_0", &hash[..32]))
}

fn name_of(stem: &str, size: u64) -> String {
    format!("{stem}-{size}.gguf")
}

fn requantise(original: &Path, target: &Path, threads: usize) -> std::io::Result<()> {
    let native = |path: &Path| CString::new(path.to_string_lossy().as_bytes()).map_err(std::io::Error::other);
    let (original, target) = (native(original)?, native(target)?);
    logs::clear();
    #[expect(unsafe_code, reason = "the binding has no quantisation")]
    // SAFETY: both paths are NUL-terminated and live for the call, and the parameters are llama.cpp's own defaults, whose
    // pointers are null. It catches its own exceptions and returns non-zero.
    let failed = unsafe {
        let mut params = llama_cpp_sys_2::llama_model_quantize_default_params();
        params.ftype = llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q8_0;
        params.allow_requantize = true;
        params.nthread = i32::try_from(threads).unwrap_or(1).max(1);
        llama_cpp_sys_2::llama_model_quantize(original.as_ptr(), target.as_ptr(), &raw const params)
    };
    if failed == 0 {
        Ok(())
    } else {
        Err(std::io::Error::other(logs::faults_or("llama.cpp gave no reason")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HASH: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    #[test]
    fn a_twin_is_found_by_its_originals_hash_unless_it_was_cut_or_memory_is_short() {
        let directory = tempfile::tempdir().unwrap();
        let twins = |budget| Twins {
            directory: directory.path(),
            budget: Budget(budget),
            threads: 1,
        };
        assert_eq!(twins(4000).find(HASH), None);
        let path = directory.path().join(name_of(&stem(HASH).unwrap(), 1000));
        fs::write(&path, [0; 1000]).unwrap();
        assert_eq!(twins(4000).find(HASH), Some(path.clone()));
        assert_eq!(twins(3999).find(HASH), None, "a budget that is short");
        assert_eq!(twins(4000).find(&HASH.replace('b', "c")), None, "another file's");
        assert_eq!(twins(4000).find("../../etc"), None, "no hash");
        fs::write(&path, [0; 999]).unwrap();
        assert_eq!(twins(4000).find(HASH), None, "it was cut");
    }

    #[test]
    fn what_was_left_half_written_is_removed_and_what_is_being_written_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, age: u64| {
            let path = directory.path().join(name);
            let then = std::time::SystemTime::now() - Duration::from_secs(age);
            fs::File::create(&path)
                .and_then(|file| file.set_modified(then))
                .unwrap();
            path
        };
        let (left, others, twin) = (file("a.part", 700), file("b.part", 5), file("c.gguf", 700));
        let twins = Twins {
            directory: directory.path(),
            budget: Budget(1),
            threads: 1,
        };
        twins.sweep().unwrap();
        assert!(!left.exists() && others.exists() && twin.exists());
    }
}

//! The requantized copy of a small file. llama.cpp has no blocked kernels for weights in 4-bit blocks with an offset (Q4_1), so
//! a copy with 8-bit blocks (Q8_0) is written once; each value differs by at most a 127th of the largest in its block. With the
//! copy, prefill is twice as fast (docs/performance.md). A copy is hashed when it is written, and checked as models are.

use std::path::{Path, PathBuf};

use super::gguf::Gguf;
use crate::engine::budget::Budget;
use crate::engine::error::EngineError;
use crate::engine::ggml::cards;
use crate::engine::llama::options::{GpuLayers, LlamaOptions};
use crate::engine::llama::quantise::{Quantisation, quantise};
use crate::engine::llama::tuning::{BUDGET_OF_COPIES, LARGEST_REQUANTIZED};
use crate::models::RequantizedCopies;

/// The most bytes of all copies together. The least recently used are removed first.
const LARGEST_TOGETHER: u64 = 2 << 30;

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
                let _ = std::fs::remove_file(&copy);
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

/// The folder of requantized copies, for an engine with these settings.
struct Copies {
    folder: RequantizedCopies,
    budget: Budget,
    threads: usize,
}

impl Copies {
    /// `None` if copies are off or a graphics card is used: its kernels are fast on the original.
    fn new(options: &LlamaOptions, budget: Budget) -> Option<Self> {
        if options.gpu_layers != GpuLayers::Count(0) && !cards().is_empty() {
            return None;
        }
        Some(Copies {
            folder: RequantizedCopies::at(options.requantized.as_deref()?),
            budget,
            threads: options.threads,
        })
    }

    /// The copy of the file with this hash, if it exists and the budget is large enough for it.
    fn find(&self, hash: &str) -> Option<PathBuf> {
        let copy = self.folder.find(hash)?;
        self.fits_budget(copy.bytes).then_some(copy.path)
    }

    /// Writes a copy if it would make the file faster. If the disk is full or read-only, the original is used.
    fn make(&self, gguf: &Gguf, hash: &str) -> Option<PathBuf> {
        // 32 values take 20 bytes in Q4_1 and 34 in Q8_0.
        let size = gguf.file_bytes().saturating_mul(34) / 20;
        if !gguf.is_in_offset_blocks() || gguf.file_bytes() > LARGEST_REQUANTIZED || !self.fits_budget(size) {
            return None;
        }
        tracing::info!(
            "writing a copy of {} with 8-bit weights, which run faster",
            gguf.path().display()
        );
        match self.write(gguf.path(), hash) {
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

    fn write(&self, original: &Path, hash: &str) -> std::io::Result<PathBuf> {
        let part = self.folder.part()?;
        quantise(original, &part, Quantisation::Q8_0, self.threads)?;
        self.folder.keep(part, hash, LARGEST_TOGETHER)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HASH: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    #[test]
    fn a_copy_is_used_unless_memory_is_short() {
        let directory = tempfile::tempdir().unwrap();
        let folder = RequantizedCopies::at(directory.path());
        let part = folder.part().unwrap();
        std::fs::write(&part, [0; 1000]).unwrap();
        let path = folder.keep(part, HASH, LARGEST_TOGETHER).unwrap();
        let copies = |budget| Copies {
            folder: folder.clone(),
            budget: Budget(budget),
            threads: 1,
        };
        assert_eq!(copies(4000).find(HASH), Some(path));
        assert_eq!(copies(3999).find(HASH), None, "a budget that is short");
    }
}

//! The KV cache after the beginning of a prompt, saved to a file: the next run restores it in milliseconds instead of evaluating
//! the same tokens again. A file's name is a hash of everything that its content depends on, so an outdated file is never read.
//! The file also holds a hash of its content; a damaged file is removed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;
use sha2::{Digest, Sha256};

use super::state;
use crate::engine::llama::load::prune;
use crate::engine::llama::options::LlamaOptions;

/// The first bytes of every file. Change them with the file's layout and with the version of llama.cpp.
const MAGIC: &[u8] = b"tripod-state-1 llama-cpp-2-0.1.160\n";

/// The most bytes in the folder. The least recently used files are removed first.
const LARGEST: u64 = 256 << 20;

/// The saved states of one model.
#[derive(Debug)]
pub(crate) struct KeptStates {
    directory: PathBuf,
    /// Hash of everything but the tokens that a state depends on.
    base: Sha256,
    micro_batch: usize,
}

impl KeptStates {
    /// The states of a model in `directory`. `model` identifies the model and how its attention is computed.
    pub(crate) fn new(directory: &Path, model: &str, options: &LlamaOptions) -> Self {
        let LlamaOptions { kv_type, threads, .. } = options;
        let mut base = Sha256::new();
        base.update(MAGIC);
        base.update(format!("{model} {kv_type:?} {threads} {}", std::env::consts::ARCH));
        KeptStates {
            directory: directory.to_owned(),
            base,
            micro_batch: options.micro_batch as usize,
        }
    }

    fn path(&self, tokens: &[LlamaToken]) -> PathBuf {
        let mut hash = self.base.clone();
        // Graphs of different sizes round differently.
        hash.update(tokens.len().min(self.micro_batch).to_le_bytes());
        for token in tokens {
            hash.update(token.0.to_le_bytes());
        }
        self.directory
            .join(format!("{}.state", hex::encode(&hash.finalize()[..16])))
    }

    /// Restores the state after `tokens` into an empty sequence. Returns whether it succeeded.
    pub(crate) fn restore(&self, context: &mut LlamaContext<'_>, sequence: i32, tokens: &[LlamaToken]) -> bool {
        let path = self.path(tokens);
        let Ok(file) = fs::read(&path) else { return false };
        let Some(state) = payload(&file) else {
            tracing::warn!("removing {}: it is damaged", path.display());
            let _ = fs::remove_file(&path);
            return false;
        };
        // The modification time is the time of last use: when the folder is full, the oldest files are removed.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(std::time::SystemTime::now()));
        // The content is intact, and the file's name ties it to the model, the cache's element type and the version of llama.cpp.
        if state::put(context, sequence, state) {
            return true;
        }
        tracing::warn!("removing {}: it does not fit this model", path.display());
        let _ = fs::remove_file(&path);
        false
    }

    /// Saves the state of a sequence that holds exactly `tokens`. If the disk is full or read-only, later runs only take longer.
    pub(crate) fn keep(&self, context: &LlamaContext<'_>, sequence: i32, tokens: &[LlamaToken]) {
        let Some(state) = state::of(context, sequence) else {
            return;
        };
        if let Err(error) = self.write(&self.path(tokens), &state) {
            tracing::debug!(%error, "the state of a prompt was not saved");
        }
    }

    /// Writes to a temporary file in the same folder, then renames it.
    fn write(&self, path: &Path, state: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(state))?;
        file.write_all(state)?;
        file.persist(path).map_err(|error| error.error)?;
        prune(&self.directory, LARGEST)
    }
}

/// The state in a file, if its hash matches.
fn payload(file: &[u8]) -> Option<&[u8]> {
    let (hash, state) = file.strip_prefix(MAGIC)?.split_at_checked(32)?;
    (Sha256::digest(state).as_slice() == hash).then_some(state)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::llama::options::KvType;

    fn states(directory: &Path, model: &str) -> KeptStates {
        KeptStates::new(directory, model, &LlamaOptions::default())
    }

    #[test]
    fn another_model_other_tokens_or_another_cache_have_other_files() {
        let directory = Path::new("states");
        let tokens = [LlamaToken(1), LlamaToken(2)];
        let path = states(directory, "a").path(&tokens);
        assert_eq!(path, states(directory, "a").path(&tokens));
        assert_ne!(path, states(directory, "b").path(&tokens));
        assert_ne!(path, states(directory, "a").path(&tokens[..1]));
        let quantised = LlamaOptions {
            kv_type: KvType::Q8_0,
            ..LlamaOptions::default()
        };
        assert_ne!(path, KeptStates::new(directory, "a", &quantised).path(&tokens));
        let narrow = |micro_batch| LlamaOptions {
            micro_batch,
            ..LlamaOptions::default()
        };
        assert_ne!(
            path,
            KeptStates::new(directory, "a", &narrow(1)).path(&tokens),
            "two graphs"
        );
        assert_eq!(
            path,
            KeptStates::new(directory, "a", &narrow(2)).path(&tokens),
            "still one graph"
        );
    }

    #[test]
    fn a_file_that_was_cut_or_changed_has_no_state() {
        let directory = tempfile::tempdir().unwrap();
        let states = states(directory.path(), "a");
        let path = states.path(&[LlamaToken(1)]);
        states.write(&path, b"what the cache held").unwrap();
        let whole = fs::read(&path).unwrap();
        assert_eq!(payload(&whole), Some(&b"what the cache held"[..]));
        for length in 0..whole.len() {
            assert_eq!(payload(&whole[..length]), None, "cut at {length}");
        }
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            assert_eq!(payload(&changed), None, "changed at {index}");
        }
    }
}

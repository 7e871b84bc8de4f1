//! From a checkpoint of Hugging Face's libraries to a GGUF file that llama.cpp loads, and from a LoRA adapter of PEFT to a GGUF
//! adapter. Everything is local and untrusted: sizes are held against the files, every file is written under a temporary name, and
//! memory holds one tensor at a time.
//!
//! ```text
//!  config.json ──▶ Plan: which tensor becomes which, and how ─┐
//!  *.safetensors ─▶ one tensor at a time (+ merged adapter) ──┼─▶ GgufWriter ─▶ llama.cpp's quantiser ─▶ NAME.gguf
//!  tokenizer.json ▶ tokens, merges, pre-tokenizer, template ──┘                                          NAME.toml
//! ```

mod adapter;
mod architecture;
mod checkpoint;
mod config;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod gguf;
mod gguf_header;
mod manifest;
mod progress;
mod quantity;
mod rope;
mod shape;
#[cfg(feature = "train")]
mod source;
mod tokenizer;
mod weights;

#[cfg(feature = "train")]
pub(crate) use self::checkpoint::ElementType;
pub use self::error::ConvertError;
pub use self::gguf::GgufWriter;
pub use self::gguf_header::{GgufValue, TensorInfo, TensorType};
pub use self::manifest::Labels;
pub use self::progress::ConvertProgress;
pub use self::quantity::Quantity;
pub use self::shape::{
    AttentionConfig, DecoderConfig, GroupedConfig, LatentConfig, RotaryConfig, RotaryPairs, RotaryScaling, Yarn,
};
#[cfg(feature = "train")]
pub(crate) use self::source::Source;

use std::fs;
use std::path::{Path, PathBuf};

use self::adapter::Adapter;
use self::architecture::Plan;
use self::checkpoint::{Checkpoint, Folder};
use self::config::Config;
use self::tokenizer::Tokenizer;
use self::weights::{Conversion, Weights};
use crate::engine::{Cancel, accepts};

/// What to convert, and into what.
#[derive(Debug, Clone)]
pub struct ConvertOptions {
    /// The folder of the checkpoint.
    pub checkpoint: PathBuf,
    /// How the weights are stored.
    pub quantity: Quantity,
    /// The folder of a PEFT adapter.
    pub adapter: Option<PathBuf>,
    /// Whether the adapter goes into the weights. Without it only the adapter is converted.
    pub merge: bool,
    /// The file to write.
    pub out: PathBuf,
    /// What the manifest says beside the facts.
    pub labels: Labels,
    /// Threads of the quantiser.
    pub threads: usize,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The manifest beside the file; an adapter has none.
    pub manifest: Option<PathBuf>,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// What differs from the original, each in a sentence.
    pub notes: Vec<String>,
}

/// Converts a checkpoint, or an adapter for it. Nothing is left behind if it fails.
///
/// # Errors
/// Those of [`ConvertError`]: broken or missing files, what llama.cpp cannot express, a full disk; and
/// [`ConvertError::Interrupted`] when `cancel` is set.
pub fn convert(
    options: &ConvertOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(ConvertProgress),
) -> Result<Converted, ConvertError> {
    let folder = Folder::open(&options.checkpoint)?;
    let adapter_folder = options.adapter.as_deref().map(Folder::open).transpose()?;
    let config = Config::read(&folder)?;
    let checkpoint = Checkpoint::open(&folder)?;
    let plan = Plan::of(&config, &checkpoint)?;
    let adapter = match &adapter_folder {
        Some(folder) => Some(Adapter::read(folder, &plan, &checkpoint)?),
        None => None,
    };
    let bench = Workbench::new(&options.out)?;
    let name = manifest::name(&folder, &options.out);
    if let (Some(adapter), false) = (&adapter, options.merge) {
        let written = bench.path().join("adapter.gguf");
        adapter::write(adapter, &plan, &name, &written)?;
        let bytes = bench.keep(&written, &options.out)?;
        return Ok(Converted {
            manifest: None,
            bytes,
            notes: vec![format!("{} tensors are adapted", adapter.len())],
        });
    }
    let tokenizer = Tokenizer::read(&folder, &config)?;
    let conversion = Conversion {
        plan: &plan,
        checkpoint: &checkpoint,
        adapter: adapter.as_ref(),
        metadata: weights::metadata(&plan, &name, tokenizer.metadata),
        cancel,
    };
    let written = Weights::new(options.quantity, options.threads).write(&conversion, bench.path(), progress)?;
    accepts(&written).map_err(ConvertError::Rejected)?;
    progress(ConvertProgress::Hashing);
    let manifest = manifest::Manifest {
        labels: &options.labels,
        name: &name,
        out: &options.out,
        quantity: options.quantity,
        folder: &folder,
        files: checkpoint.files().collect(),
        adapter: adapter
            .as_ref()
            .zip(adapter_folder.as_ref())
            .map(|(adapter, folder)| (folder, adapter.file())),
    };
    let described = bench.path().join("manifest.toml");
    fs::write(&described, manifest.text(&written)?).map_err(ConvertError::io("write", &described))?;
    let bytes = bench.keep(&written, &options.out)?;
    let beside = manifest::path(&options.out);
    bench.keep(&described, &beside)?;
    Ok(Converted {
        manifest: Some(beside),
        bytes,
        notes: tokenizer.notes,
    })
}

/// A temporary folder beside the file to write, which goes with everything in it.
struct Workbench(tempfile::TempDir);

impl Workbench {
    /// # Errors
    /// [`ConvertError::Output`] if the file exists already or is no GGUF by name, [`ConvertError::File`] if its folder cannot be
    /// written.
    fn new(out: &Path) -> Result<Self, ConvertError> {
        if out.extension().is_none_or(|extension| extension != "gguf") {
            return Err(ConvertError::Output {
                path: out.to_owned(),
                problem: "the name of the file must end in .gguf".into(),
            });
        }
        for path in [out, &manifest::path(out)] {
            if fs::symlink_metadata(path).is_ok() {
                return Err(ConvertError::Output {
                    path: path.to_owned(),
                    problem: "it exists already; remove it, or name another file with --out".into(),
                });
            }
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = tempfile::Builder::new()
            .prefix(".tripod-convert-")
            .tempdir_in(folder.unwrap_or(Path::new(".")));
        made.map(Workbench).map_err(ConvertError::io("write", out))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives a finished file its name. Returns its length.
    fn keep(&self, from: &Path, to: &Path) -> Result<u64, ConvertError> {
        let failed = ConvertError::io("write", to);
        let file = fs::File::open(from).map_err(&failed)?;
        file.sync_all().map_err(&failed)?;
        let bytes = file.metadata().map_err(&failed)?.len();
        fs::rename(from, to).map_err(&failed)?;
        Ok(bytes)
    }
}

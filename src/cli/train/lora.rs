//! The part of `tripod train` that is about adapters: loads the checkpoint, gives it adapters, and writes what they learned.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use burn::tensor::Device;
use serde::Serialize;

use super::args::{BaseForm, Learned, LoraArgs};
use crate::convert::{ConvertError, ConvertOptions, Labels, Quantity, convert};
use crate::engine::{Cancel, human_bytes};
use crate::grounding::grouped;
use crate::models::{FormatName, hash_file};
use crate::train::lora::{Attached, Base, LoraOptions, LossOn, TextTokenizer, attach, save_adapter};
use crate::train::model::decoder::{BaseWeights, Decoder, Place};
use crate::train::{Card, Tokenise};

/// A checkpoint whose adapters are trained.
pub(super) struct LoraRun {
    folder: PathBuf,
    base: Base,
    tokens: TextTokenizer,
    options: LoraOptions,
    form: BaseWeights,
}

/// The checkpoint in memory, with adapters.
pub(super) struct Adapted {
    pub(super) decoder: Decoder,
    attached: Attached,
    options: LoraOptions,
    name: String,
    /// Of the files of its weights.
    hashes: Vec<String>,
    exactly: String,
}

impl LoraRun {
    /// Opens a checkpoint and its tokenizer; the weights are not loaded yet.
    pub(super) fn open(args: &LoraArgs, folder: &Path) -> anyhow::Result<Self> {
        let base = Base::open(folder).context("cannot train adapters of this checkpoint")?;
        let loss = match args.loss {
            Learned::Completion => LossOn::Completion,
            Learned::All => LossOn::All,
        };
        Ok(Self {
            tokens: TextTokenizer::open(folder, base.config().context, loss)?,
            base,
            folder: folder.to_owned(),
            options: LoraOptions {
                rank: args.rank,
                alpha: args.alpha.unwrap_or(2.0 * args.rank as f64),
                dropout: args.dropout,
                rank_stabilised: args.rslora,
                targets: args.targets.clone(),
                seed: 0,
            },
            form: match args.base_weights {
                BaseForm::Stored => BaseWeights::Stored,
                BaseForm::Eight => BaseWeights::Eight,
                BaseForm::Four => BaseWeights::Four,
            },
        })
    }

    /// How texts become examples.
    pub(super) fn tokens(&self) -> &dyn Tokenise {
        &self.tokens
    }

    /// Loads the weights and gives them adapters.
    pub(super) fn load(&self, seed: u64, device: &Device) -> anyhow::Result<Adapted> {
        let options = LoraOptions {
            seed,
            ..self.options.clone()
        };
        let mut decoder = self.base.load(self.form, Place::new(device.clone()))?;
        let attached = attach(&mut decoder, &options)?;
        let mut hashes = Vec::new();
        for file in self.base.files() {
            hashes.push(
                hash_file(file)
                    .with_context(|| format!("cannot read {}", file.display()))?
                    .0,
            );
        }
        let exactly = format!("{options:?} in {:?} over {}", self.form, hashes.join(" "));
        let name = self.folder.canonicalize().ok();
        let name = name
            .as_deref()
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Adapted {
            decoder,
            attached,
            options,
            name: name.unwrap_or_else(|| "the checkpoint".to_owned()),
            hashes,
            exactly,
        })
    }

    /// Writes the adapters for PEFT, and as a GGUF file with a manifest beside it for the engine. llama.cpp applies no adapter to
    /// the projections of DeepSeek's queries, keys and values, so such adapters are merged into the weights.
    pub(super) fn write(
        &self,
        adapted: &mut Adapted,
        card: &Card,
        out: &Path,
        cancel: &Cancel,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let folder = out.join("adapter");
        save_adapter(
            &mut adapted.decoder,
            &adapted.options,
            &adapted.attached,
            &adapted.name,
            &folder,
        )?;
        // Converted in a folder of its own, so that the files of an earlier run are replaced only by whole ones.
        let bench = tempfile::Builder::new().prefix(".export-").tempdir_in(out)?;
        let [gguf, manifest] = ["gguf", "toml"].map(|ending| format!("{}.{ending}", card.id));
        let mut options = ConvertOptions {
            checkpoint: self.folder.clone(),
            quantity: Quantity::Q8_0,
            adapter: Some(folder.clone()),
            merge: false,
            out: bench.path().join(&gguf),
            labels: Labels {
                prompt_format: Some(FormatName::try_from(card.format.to_string()).map_err(anyhow::Error::msg)?),
                trained_until: card.trained_until,
            },
            threads: 1,
        };
        match convert(&options, cancel, &mut |_| {}) {
            Err(ConvertError::Unsupported { .. }) => {
                anstream::eprintln!(
                    "llama.cpp cannot apply these adapters to the checkpoint: they are merged into its weights"
                );
                options.merge = true;
                convert(&options, cancel, &mut |_| {})?;
            }
            converted => {
                converted?;
                self.describe(adapted, card, &options.out, &bench.path().join(&manifest))?;
            }
        }
        let mut written = vec![folder];
        for name in [gguf, manifest] {
            let path = out.join(&name);
            fs::rename(bench.path().join(&name), &path).with_context(|| format!("cannot write {}", path.display()))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Writes what a GGUF adapter is and what it is for.
    fn describe(&self, adapted: &Adapted, card: &Card, gguf: &Path, manifest: &Path) -> anyhow::Result<()> {
        let (sha256, bytes) = hash_file(gguf).with_context(|| format!("cannot read {}", gguf.display()))?;
        let facts = AdapterFacts {
            id: &card.id,
            description: &card.description,
            licence: &card.licence,
            base: &adapted.name,
            base_sha256: &adapted.hashes,
            prompt_format: card.format.to_string(),
            trained_until: card.trained_until.map(|day| day.to_string()),
            rank: adapted.options.rank,
            alpha: adapted.options.alpha,
            targets: &adapted.attached.targets,
            file: format!("{}.gguf", card.id),
            bytes,
            sha256,
        };
        let text = toml::to_string(&facts)?;
        fs::write(manifest, text).with_context(|| format!("cannot write {}", manifest.display()))
    }
}

/// What stands beside a GGUF adapter.
#[derive(Serialize)]
struct AdapterFacts<'a> {
    id: &'a str,
    description: &'a str,
    licence: &'a str,
    base: &'a str,
    base_sha256: &'a [String],
    prompt_format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trained_until: Option<String>,
    rank: usize,
    alpha: f64,
    targets: &'a [String],
    file: String,
    bytes: u64,
    sha256: String,
}

impl Adapted {
    /// What decides the result, for the checkpoint of the run.
    pub(super) fn exactly(&self) -> &str {
        &self.exactly
    }

    /// What learns, in a line.
    pub(super) fn told(&mut self) -> String {
        format!(
            "{} linear maps of {} get adapters of rank {} ({}): {} numbers learn, {} of weights stay as they are",
            self.attached.maps,
            self.name,
            self.options.rank,
            self.attached.targets.join(", "),
            grouped(self.attached.parameters as f64, 0),
            human_bytes(self.decoder.frozen_bytes() as u64)
        )
    }

    /// The result, for its description.
    pub(super) fn described(&self) -> String {
        format!(
            "Adapters of rank {} for {} ({}), trained",
            self.options.rank,
            self.name,
            self.attached.targets.join(", ")
        )
    }
}

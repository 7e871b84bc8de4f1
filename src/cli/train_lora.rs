//! The part of `tripod train` that is about adapters: loads the checkpoint, gives it adapters, and writes what they learned.

use std::path::{Path, PathBuf};

use anyhow::Context;
use burn::tensor::Device;

use super::train::{BaseForm, Learned, LoraArgs};
use crate::engine::human_bytes;
use crate::grounding::grouped;
use crate::models::hash_file;
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
            hashes.push(hash_file(file).with_context(|| format!("cannot read {}", file.display()))?.0);
        }
        let exactly = format!("{options:?} in {:?} over {}", self.form, hashes.join(" "));
        let name = self.folder.canonicalize().ok();
        let name = name.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Ok(Adapted {
            decoder,
            attached,
            options,
            name: name.unwrap_or_else(|| "the checkpoint".to_owned()),
            exactly,
        })
    }

    /// Writes the adapters for PEFT and for the engine.
    pub(super) fn write(&self, adapted: &mut Adapted, card: &Card, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let folder = out.join("adapter");
        save_adapter(&mut adapted.decoder, &adapted.options, &adapted.attached, &adapted.name, &folder)?;
        let _ = card;
        Ok(vec![folder])
    }
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

//! The checkpoint that adapters are trained for: from its folder into memory, one tensor at a time.

use std::path::Path;

use crate::convert::{DecoderConfig, ElementType, Source};
use crate::train::TrainError;
use crate::train::model::decoder::{BaseWeights, Decoder, Place, Storage, Stored};

/// A checkpoint on disk, checked but not loaded.
#[derive(Debug)]
pub struct Base {
    source: Source,
}

impl Base {
    /// Reads the configuration of a checkpoint and holds the shapes of its tensors against it.
    ///
    /// # Errors
    /// [`TrainError::Export`] for what is no checkpoint, is damaged, or is of an architecture that is not known here.
    pub fn open(directory: &Path) -> Result<Self, TrainError> {
        Ok(Self {
            source: Source::open(directory)?,
        })
    }

    /// Its shape.
    pub fn config(&self) -> &DecoderConfig {
        self.source.config()
    }

    /// The files of its weights.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.source.files()
    }

    /// Loads the weights.
    ///
    /// # Errors
    /// [`TrainError::Export`] if a file cannot be read.
    pub fn load(&self, base: BaseWeights, place: Place) -> Result<Decoder, TrainError> {
        Decoder::build(self.config().clone(), base, place, &mut |name, _| {
            let stored = self.source.read(name)?.map(|(values, kind)| Stored {
                values,
                storage: match kind {
                    ElementType::F32 => Storage::F32,
                    ElementType::F16 => Storage::F16,
                    ElementType::Bf16 => Storage::Bf16,
                },
            });
            Ok(stored)
        })
    }
}

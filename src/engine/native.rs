//! The native engine: llama.cpp and ONNX Runtime behind the one trait, one slot for their arenas. Finds the files of the models
//! that it is told to open.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::arena::ArenaSlot;
use super::backend::{ClassifierWork, Engine};
use super::budget::Budget;
use super::cancel::Cancel;
use super::error::EngineError;
use super::language::LanguageWork;
use super::llama::{self, LlamaOptions};
use super::model_cache::{ModelCache, Residency};
use super::onnx::{self, OnnxOptions};
use super::request::{Grammar, Prompt};
use crate::analysis::{LedgerRow, ModelRef, Sink, StageName};
use crate::models::ModelFiles;

/// How the native engine runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EngineOptions {
    /// The most one arena may hold.
    pub budget: Budget,
    /// llama.cpp.
    pub llama: LlamaOptions,
    /// ONNX Runtime.
    pub onnx: OnnxOptions,
    /// What becomes of a model after its batch.
    #[serde(default)]
    pub residency: Residency,
    /// The ONNX Runtime library to load; without it, stage 2 fails with what to do.
    pub onnx_library: Option<PathBuf>,
    /// Where the files of models are.
    pub models: ModelFiles,
}

/// The engine on this machine's own processor and graphics cards.
#[derive(Debug)]
pub struct NativeEngine {
    slot: ArenaSlot,
    model_cache: ModelCache,
    options: EngineOptions,
    /// Files that are opened after the next arena.
    upcoming: Vec<PathBuf>,
}

impl NativeEngine {
    /// An engine with an empty slot; loads nothing.
    pub fn new(options: EngineOptions) -> Self {
        super::memory::tune_heap();
        NativeEngine {
            slot: ArenaSlot::new(options.budget),
            model_cache: ModelCache::new(options.residency),
            options,
            upcoming: Vec::new(),
        }
    }
}

impl Engine for NativeEngine {
    fn language(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let files = match self.options.models.find(&model.id, &model.sha256) {
            Ok(files) => files,
            Err(error) => return (None, Err(error.into())),
        };
        let opening = llama::Opening {
            stage,
            files: &files,
            cancel,
            upcoming: &self.upcoming,
        };
        llama::with_model(
            &mut self.slot,
            &mut self.model_cache,
            &self.options.llama,
            &opening,
            work,
            sink,
        )
    }

    fn classifier(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let found = self.options.models.find(&model.id, &model.sha256);
        let file = match found.map_err(EngineError::from).and_then(onnx::ClassifierFile::of) {
            Ok(file) => file,
            Err(error) => return (None, Err(error)),
        };
        let opening = onnx::Opening {
            stage,
            file: &file,
            library: self.options.onnx_library.as_deref(),
            cancel,
            upcoming: &self.upcoming,
        };
        onnx::with_model(
            &mut self.slot,
            &mut self.model_cache,
            &self.options.onnx,
            &opening,
            work,
            sink,
        )
    }

    fn expect(&mut self, upcoming: &[ModelRef]) {
        let EngineOptions {
            llama, budget, models, ..
        } = &self.options;
        // A model that is not there is the error of the stage that opens it.
        let found = upcoming
            .iter()
            .filter_map(|model| models.find(&model.id, &model.sha256).ok());
        let opened = found.map(|model| llama::requantized_copy(&model.sha256, llama, *budget).unwrap_or(model.weights));
        self.upcoming = opened.collect();
    }

    fn rest(&mut self) -> Option<Instant> {
        let next = self.model_cache.rest(Instant::now());
        super::memory::trim_heap();
        next
    }
}

/// Whether a model of this machine can take a prompt, an answer of so many tokens and a grammar. Opens the vocabulary alone, and
/// no arena, so it can be asked while an engine is busy. Returns the model's context length in tokens.
///
/// # Errors
///
/// [`EngineError::Model`], [`EngineError::Load`], [`EngineError::PromptTooLong`], [`EngineError::Grammar`] or
/// [`EngineError::ChatTemplate`].
pub fn check_text(
    models: &ModelFiles,
    model: &ModelRef,
    prompt: &Prompt,
    max_tokens: usize,
    grammar: Option<&Grammar>,
) -> Result<usize, EngineError> {
    let files = models.find(&model.id, &model.sha256)?;
    llama::check_text(&files, prompt, max_tokens, grammar)
}

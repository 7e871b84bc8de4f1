//! The native engine: llama.cpp and ONNX Runtime behind [`Engine`], with one slot for their arenas. It finds the files of the
//! models it opens.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::arena::ArenaSlot;
use super::backend::{ClassifierWork, EmbedderWork, Engine};
use super::budget::Budget;
use super::cancel::Cancel;
use super::error::EngineError;
use super::language::LanguageWork;
use super::llama::{self, LlamaOptions};
use super::model_cache::{ModelCache, Residency};
use super::onnx::{self, OnnxOptions};
use super::request::{Grammar, Prompt};
use crate::analysis::{LedgerRow, ModelRef, Sink, StageName};
use crate::models::{ModelFiles, ModelsError, ResolvedModel};

/// Settings of the native engine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EngineOptions {
    /// The most memory that one arena may hold.
    pub budget: Budget,
    /// Settings of llama.cpp.
    pub llama: LlamaOptions,
    /// Settings of ONNX Runtime.
    pub onnx: OnnxOptions,
    /// Whether models stay loaded after their batch.
    #[serde(default)]
    pub residency: Residency,
    /// The ONNX Runtime library to load. Without it, a classifier fails with an error that says what to do.
    pub onnx_library: Option<PathBuf>,
    /// Finds the files of models.
    pub models: ModelFiles,
}

/// The engine on this machine's processor and graphics cards.
#[derive(Debug)]
pub struct NativeEngine {
    slot: ArenaSlot,
    model_cache: ModelCache,
    options: EngineOptions,
    /// Files that will be opened after the next arena.
    upcoming: Vec<PathBuf>,
}

impl NativeEngine {
    /// An engine without an open arena; loads nothing.
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

impl NativeEngine {
    /// Runs work on a model of ONNX Runtime.
    fn onnx(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut onnx::BertWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let found = self.options.models.find(&model.id, &model.sha256);
        let file = match found.map_err(EngineError::from).and_then(onnx::BertFile::of) {
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
        let files = match files_of(&self.options.models, model) {
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
        self.onnx(stage, model, cancel, &mut |bert| work(bert), sink)
    }

    fn embedder(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut EmbedderWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        self.onnx(stage, model, cancel, &mut |bert| work(bert), sink)
    }

    fn expect(&mut self, upcoming: &[ModelRef]) {
        let EngineOptions {
            llama, budget, models, ..
        } = &self.options;
        // Ignore a missing model: the stage that opens it reports the error.
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

/// The files of a model with its adapter, which is the manifest's or one that the user named.
fn files_of(models: &ModelFiles, model: &ModelRef) -> Result<ResolvedModel, ModelsError> {
    let mut files = models.find(&model.id, &model.sha256)?;
    files.adapter = match (&model.adapter, files.adapter) {
        (None, _) => None,
        (Some(asked), Some(own)) if own.sha256 == asked.sha256 => Some(own),
        (Some(asked), _) => Some(models.find_adapter(&asked.id, &asked.sha256)?),
    };
    Ok(files)
}

/// Checks whether a prompt and an answer of `max_tokens` tokens fit a model on this machine, whether the grammar is supported, and
/// whether the model has every token with a bias. Opens the vocabulary only, and no arena, so it can run while an engine is busy. Returns the model's context
/// length in tokens.
///
/// # Errors
///
/// [`EngineError::Model`], [`EngineError::Load`], [`EngineError::PromptTooLong`], [`EngineError::Grammar`],
/// [`EngineError::UnknownToken`] or [`EngineError::ChatTemplate`].
pub fn check_text(
    models: &ModelFiles,
    model: &ModelRef,
    prompt: &Prompt,
    max_tokens: usize,
    grammar: Option<&Grammar>,
    biases: &[(i32, f32)],
) -> Result<usize, EngineError> {
    let files = models.find(&model.id, &model.sha256)?;
    llama::check_text(&files, prompt, max_tokens, grammar, biases)
}

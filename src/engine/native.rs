//! The native engine: llama.cpp and ONNX Runtime behind the one door, one slot for their arenas.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::arena::ArenaSlot;
use super::backend::{ClassifierFile, ClassifierWork, Engine, LanguageFile, Upcoming};
use super::budget::Budget;
use super::cancel::Cancel;
use super::error::EngineError;
use super::language::LanguageWork;
use super::llama::{self, LlamaOptions};
use super::model_cache::{ModelCache, Residency};
use super::onnx::{self, OnnxOptions};
use crate::analysis::{LedgerRow, Sink, StageName};

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
}

/// The real thing.
#[derive(Debug)]
pub struct NativeEngine {
    slot: ArenaSlot,
    model_cache: ModelCache<Loaded>,
    options: EngineOptions,
    /// Files that are opened after the next arena.
    upcoming: Vec<PathBuf>,
}

/// A loaded model of either kind.
#[derive(Debug)]
pub(super) enum Loaded {
    Language(llama::Gguf, llama::Recent),
    Classifier(Box<onnx::BertClassifier>),
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
        file: &LanguageFile,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let opening = llama::Opening {
            stage,
            model: &file.id,
            path: &file.path,
            sha256: file.sha256.as_deref(),
            template: file.chat_template.as_deref(),
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
        file: &ClassifierFile,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let opening = onnx::Opening {
            stage,
            file,
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

    fn expect(&mut self, upcoming: Vec<Upcoming>) {
        let opened = |file: Upcoming| {
            llama::requantized_copy(&file, &self.options.llama, self.options.budget).unwrap_or(file.path)
        };
        self.upcoming = upcoming.into_iter().map(opened).collect();
    }

    fn rest(&mut self) -> Option<Instant> {
        let next = self.model_cache.rest(Instant::now());
        super::memory::trim_heap();
        next
    }
}

//! The one door that stages use: give a model file and work, get the ledger row of the arena that was open meanwhile.
//! Two engines stand behind it: the native one and the fake.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use super::classifier::Classifier;
use super::error::EngineError;
use super::language::LanguageWork;
use crate::analysis::{LedgerRow, Sink, StageName};

/// A GGUF file to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageFile {
    /// The manifest's id.
    pub id: String,
    /// The weights.
    pub path: PathBuf,
    /// Their SHA-256, where it is known: what is kept of the model between runs is kept under it.
    pub sha256: Option<String>,
    /// Overrides the chat template inside the file.
    pub chat_template: Option<String>,
}

/// A BERT-like ONNX classifier to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassifierFile {
    /// The manifest's id.
    pub id: String,
    /// The ONNX graph.
    pub path: PathBuf,
    /// `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// Names of the output columns, in their order.
    pub labels: Vec<String>,
    /// Longest input in tokens; longer texts are cut there.
    pub max_tokens: usize,
}

/// The weights of a later stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256, where it is known.
    pub sha256: Option<String>,
}

/// What is done with an open classifier.
pub type ClassifierWork<'a> = dyn FnMut(&mut dyn Classifier) -> Result<(), EngineError> + 'a;

/// An engine: opens one arena at a time, lends what is in it to the work, frees it on any way out. The ledger row is `Some`
/// whenever an arena was open, also when the work failed.
pub trait Engine {
    /// Runs `work` on a language model.
    fn language(
        &mut self,
        stage: StageName,
        file: &LanguageFile,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>);

    /// Runs `work` on a classifier.
    fn classifier(
        &mut self,
        stage: StageName,
        file: &ClassifierFile,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>);

    /// Says what will be opened after the next arena, in order, so that it may be read into the system's memory meanwhile.
    fn expect(&mut self, _upcoming: Vec<Upcoming>) {}

    /// Frees what was kept longer than it is of use; called when there is nothing to do. Returns when to call again.
    fn rest(&mut self) -> Option<Instant> {
        None
    }
}

//! The interface between stages and an engine: a stage names a model by id and hash and passes its work; the engine finds the
//! model's file, opens an arena, runs the work and returns the arena's ledger row. The native engine and the fake implement it.

use std::time::Instant;

use super::cancel::Cancel;
use super::classifier::Classifier;
use super::embedder::Embedder;
use super::error::EngineError;
use super::language::LanguageWork;
use crate::analysis::{LedgerRow, ModelRef, Sink, StageName};

/// A stage's work on an open classifier.
pub type ClassifierWork<'a> = dyn FnMut(&mut dyn Classifier) -> Result<(), EngineError> + 'a;

/// Work on an open embedder.
pub type EmbedderWork<'a> = dyn FnMut(&mut dyn Embedder) -> Result<(), EngineError> + 'a;

/// An engine: opens one arena at a time, lends the model to the work and frees the arena afterwards, also after an error. The
/// ledger row is `Some` whenever an arena was open, even if the work failed.
pub trait Engine {
    /// Runs `work` on a language model.
    fn language(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>);

    /// Runs `work` on a classifier.
    fn classifier(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>);

    /// Runs `work` on an embedder. By default there is none.
    fn embedder(
        &mut self,
        _stage: StageName,
        model: &ModelRef,
        _cancel: &Cancel,
        _work: &mut EmbedderWork<'_>,
        _sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let error = EngineError::Native {
            operation: "embedding texts",
            reason: format!("this engine cannot open {}", model.id),
        };
        (None, Err(error))
    }

    /// Names the models that will be opened after the next arena, in order, so that the engine may read their files into the
    /// system's page cache meanwhile.
    fn expect(&mut self, _upcoming: &[ModelRef]) {}

    /// Frees warm models whose time is over. Called while the engine is idle; returns when to call it again.
    fn rest(&mut self) -> Option<Instant> {
        None
    }
}

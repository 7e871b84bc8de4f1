//! The engine as stages see it: name a model and the work, get the ledger row of the arena that was open meanwhile. The native
//! engine and the fake implement it. A model is named by id and hash; which file that is, the engine finds out.

use std::time::Instant;

use super::cancel::Cancel;
use super::classifier::Classifier;
use super::error::EngineError;
use super::language::LanguageWork;
use crate::analysis::{LedgerRow, ModelRef, Sink, StageName};

/// What is done with an open classifier.
pub type ClassifierWork<'a> = dyn FnMut(&mut dyn Classifier) -> Result<(), EngineError> + 'a;

/// An engine: opens one arena at a time, lends what is in it to the work, frees it on any way out. The ledger row is `Some`
/// whenever an arena was open, also when the work failed.
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

    /// Names the models that will be opened after the next arena, in order, so that they may be read into the system's page
    /// cache meanwhile.
    fn expect(&mut self, _upcoming: &[ModelRef]) {}

    /// Frees models that were kept loaded long enough; called when there is nothing to do. Returns when to call again.
    fn rest(&mut self) -> Option<Instant> {
        None
    }
}

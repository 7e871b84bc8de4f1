//! The engine of models on other machines around another engine. A stage's work comes in; it runs on the servers of its model, or on
//! the wrapped engine; a ledger row says where it ran.

use std::sync::Arc;
use std::time::Instant;

use super::ask::{Ask, Described, Spent, Told, failed};
use super::caller::Caller;
use super::classifier::RemoteClassifier;
use super::language::RemoteLanguage;
use super::waiting::{ask_one, mixed_up};
use crate::analysis::{Event, LedgerRow, ModelRef, Sink, StageName};
use crate::engine::arena::milliseconds;
use crate::engine::backend::{ClassifierWork, EmbedderWork, Engine};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::language::LanguageWork;

/// An engine that runs models on other machines, and all others on the engine within.
pub struct RemoteEngine<E> {
    within: E,
    caller: Arc<dyn Caller>,
}

impl<E> RemoteEngine<E> {
    /// An engine that asks through `caller`.
    pub fn new(within: E, caller: Arc<dyn Caller>) -> Self {
        RemoteEngine { within, caller }
    }

    fn describe(&self, model: &ModelRef, cancel: &Cancel) -> Result<Described, EngineError> {
        let ask = Ask::Describe { model: model.clone() };
        match ask_one(&*self.caller, ask, cancel) {
            Ok(Told::Described(described)) => Ok(described),
            Ok(Told::Failed { kind, reason, .. }) => Err(failed(kind, reason)),
            Ok(_) => Err(mixed_up()),
            Err(error) => Err(error),
        }
    }
}

impl<E> std::fmt::Debug for RemoteEngine<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteEngine")
    }
}

impl<E: Engine> Engine for RemoteEngine<E> {
    fn language(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        if model.remote.is_none() {
            return self.within.language(stage, model, cancel, work, sink);
        }
        let begun = Instant::now();
        let described = match self.describe(model, cancel) {
            Ok(described) => described,
            Err(error) => return (None, Err(error)),
        };
        let mut language = RemoteLanguage::new(&*self.caller, model, described);
        match work.plan(&language) {
            Ok(workload) if workload.is_empty() => return (None, Ok(())),
            Ok(_) => {}
            Err(error) => return (None, Err(error)),
        }
        open(stage, model, sink);
        let load_ms = milliseconds(begun);
        let done = work.run(&mut language);
        let row = row(stage, model, (begun, load_ms), language.spent);
        (Some(row), done)
    }

    fn classifier(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        if model.remote.is_none() {
            return self.within.classifier(stage, model, cancel, work, sink);
        }
        let begun = Instant::now();
        open(stage, model, sink);
        let mut classifier = RemoteClassifier {
            caller: &*self.caller,
            model,
            cancel,
            spent: Spent::default(),
        };
        let done = work(&mut classifier);
        (Some(row(stage, model, (begun, 0.0), classifier.spent)), done)
    }

    fn embedder(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut EmbedderWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        self.within.embedder(stage, model, cancel, work, sink)
    }

    fn expect(&mut self, upcoming: &[ModelRef]) {
        let here: Vec<ModelRef> = upcoming
            .iter()
            .filter(|model| model.remote.is_none())
            .cloned()
            .collect();
        self.within.expect(&here);
    }

    fn rest(&mut self) -> Option<Instant> {
        self.within.rest()
    }
}

fn open(stage: StageName, model: &ModelRef, sink: &Sink<'_>) {
    sink(Event::StageOpened {
        stage,
        model: model.id.clone(),
        need_bytes: 0,
        budget_bytes: 0,
    });
}

fn row(stage: StageName, model: &ModelRef, (begun, load_ms): (Instant, f64), spent: Spent) -> LedgerRow {
    LedgerRow {
        load_ms,
        run_ms: (milliseconds(begun) - load_ms).max(0.0),
        prompt_tokens: spent.prompt_tokens,
        decoded_tokens: spent.decoded_tokens,
        remote: Some(Box::new(spent.remote)),
        ..LedgerRow::new(stage, &model.id)
    }
}

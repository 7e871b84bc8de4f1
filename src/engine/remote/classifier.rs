//! A classifier on other machines as a [`Classifier`].

use super::ask::{Ask, Spent, Told, failed};
use super::caller::Caller;
use super::waiting::{ask_one, mixed_up};
use crate::analysis::ModelRef;
use crate::engine::cancel::Cancel;
use crate::engine::classifier::Classifier;
use crate::engine::error::EngineError;

/// A classifier on other machines.
pub(super) struct RemoteClassifier<'a> {
    pub(super) caller: &'a dyn Caller,
    pub(super) model: &'a ModelRef,
    pub(super) cancel: &'a Cancel,
    /// What all requests took so far.
    pub(super) spent: Spent,
}

impl Classifier for RemoteClassifier<'_> {
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError> {
        let ask = Ask::Classify {
            model: self.model.clone(),
            texts: texts.iter().map(|&text| text.to_owned()).collect(),
        };
        match ask_one(self.caller, ask, self.cancel)? {
            Told::Classified { rows, spent } => {
                self.spent.add(&spent);
                Ok(rows)
            }
            Told::Failed { kind, reason, spent } => {
                self.spent.add(&spent);
                Err(failed(kind, reason))
            }
            _ => Err(mixed_up()),
        }
    }
}

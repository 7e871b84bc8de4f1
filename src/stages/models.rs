//! The models that the stages open, one for each role. Plain data, resolved before a stage runs.

use serde::{Deserialize, Serialize};

use crate::analysis::{FailureKind, StageError};
use crate::engine::{ClassifierFile, LanguageFile, Upcoming};
use crate::models::{PromptFormat, Role};

/// The models that the stages of a job open; a role is `None` where no stage of it opens that model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StageModels {
    /// Continues the prices.
    pub forecaster: Option<ForecasterModel>,
    /// Labels headlines.
    pub sentiment: Option<SentimentModel>,
    /// Writes texts.
    pub reporter: Option<ReporterModel>,
}

/// The model that fills the forecaster's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecasterModel {
    /// The weights.
    pub file: LanguageFile,
    /// The format it is asked in.
    pub prompt_format: PromptFormat,
    /// Whether it was never trained to forecast.
    pub zero_shot: bool,
}

/// The model that fills the classifier's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentimentModel {
    /// The weights, the tokenizer and the labels.
    pub file: ClassifierFile,
}

/// The model that fills the reporter's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReporterModel {
    /// The weights.
    pub file: LanguageFile,
    /// Whether it puts figures where they belong; otherwise only the sentences that code writes hold any.
    pub quotes_figures: bool,
}

impl StageModels {
    /// Whether there is a model for a role.
    pub fn has(&self, role: Role) -> bool {
        match role {
            Role::Forecaster => self.forecaster.is_some(),
            Role::Sentiment => self.sentiment.is_some(),
            Role::Reporter => self.reporter.is_some(),
            Role::Encoder | Role::Library => false,
        }
    }

    /// Whether both have the same model for a role.
    pub(crate) fn shares(&self, role: Role, other: &StageModels) -> bool {
        match role {
            Role::Forecaster => self.forecaster == other.forecaster,
            Role::Sentiment => self.sentiment == other.sentiment,
            Role::Reporter => self.reporter == other.reporter,
            Role::Encoder | Role::Library => true,
        }
    }

    /// The weights for a role, for an engine that reads them ahead.
    pub(crate) fn weights(&self, role: Role) -> Option<Upcoming> {
        let of_language = |file: &LanguageFile| Upcoming {
            path: file.path.clone(),
            sha256: file.sha256.clone(),
        };
        match role {
            Role::Forecaster => self.forecaster.as_ref().map(|model| of_language(&model.file)),
            Role::Reporter => self.reporter.as_ref().map(|model| of_language(&model.file)),
            Role::Sentiment => self.sentiment.as_ref().map(|model| Upcoming {
                path: model.file.path.clone(),
                sha256: None,
            }),
            Role::Encoder | Role::Library => None,
        }
    }

    /// The forecaster.
    pub(super) fn forecaster(&self) -> Result<&ForecasterModel, StageError> {
        self.forecaster.as_ref().ok_or_else(|| missing("forecaster"))
    }

    /// The classifier.
    pub(super) fn sentiment(&self) -> Result<&SentimentModel, StageError> {
        self.sentiment.as_ref().ok_or_else(|| missing("sentiment classifier"))
    }

    /// The reporter.
    pub(super) fn reporter(&self) -> Result<&ReporterModel, StageError> {
        self.reporter.as_ref().ok_or_else(|| missing("reporter"))
    }
}

fn missing(role: &str) -> StageError {
    StageError::new(
        FailureKind::ModelMissing,
        format!("this run was given no {role}; `tripod doctor` says what is missing"),
    )
}

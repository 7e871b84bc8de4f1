//! The models that the stages open, one for each role. Plain data, resolved before a stage runs.

use serde::{Deserialize, Serialize};

use crate::analysis::{FailureKind, ModelRef, StageError};
use crate::formats::PromptFormat;
use crate::models::Role;

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
    /// By name and content.
    pub model: ModelRef,
    /// The format it is asked in.
    pub prompt_format: PromptFormat,
    /// Whether it was never trained to forecast.
    pub zero_shot: bool,
}

/// The model that fills the classifier's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentimentModel {
    /// By name and content.
    pub model: ModelRef,
    /// Names of its output columns, in their order.
    pub labels: Vec<String>,
}

/// The model that fills the reporter's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReporterModel {
    /// By name and content.
    pub model: ModelRef,
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

    /// The model of a role, by name and content.
    pub(crate) fn model(&self, role: Role) -> Option<&ModelRef> {
        match role {
            Role::Forecaster => self.forecaster.as_ref().map(|model| &model.model),
            Role::Sentiment => self.sentiment.as_ref().map(|model| &model.model),
            Role::Reporter => self.reporter.as_ref().map(|model| &model.model),
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

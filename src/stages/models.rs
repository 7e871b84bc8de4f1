//! The models that the stages open, one for each role. Plain data, resolved before a stage runs.

use serde::{Deserialize, Serialize};

use crate::analysis::{FailureKind, ModelRef, StageError};
use crate::formats::PromptFormat;
use crate::models::{Calibration, Measured, PathSampling, ReportSampling, Role};

/// The models that the stages of a job open; a role is `None` when none of the job's stages needs it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StageModels {
    /// Forecasts prices.
    pub forecaster: Option<ForecasterModel>,
    /// Labels headlines.
    pub sentiment: Option<SentimentModel>,
    /// Writes the report.
    pub reporter: Option<ReporterModel>,
}

/// The forecaster's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecasterModel {
    /// The model by id and hash.
    pub model: ModelRef,
    /// The format of its prompts.
    pub prompt_format: PromptFormat,
    /// Whether the model was not trained to forecast prices.
    pub zero_shot: bool,
    /// How its continuations are sampled.
    pub sampling: PathSampling,
    /// How its paths are calibrated.
    pub calibration: Calibration,
    /// What backtests measured of it in this format.
    #[serde(default)]
    pub measured: Vec<Measured>,
}

/// The sentiment classifier's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentimentModel {
    /// The model by id and hash.
    pub model: ModelRef,
    /// Labels of its output columns, in order.
    pub labels: Vec<String>,
    /// The languages that it reads, as ISO 639-1 codes.
    #[serde(default = "english")]
    pub languages: Vec<String>,
}

impl SentimentModel {
    /// Whether it reads a headline in this language. What does not show its language is taken for readable.
    pub fn can_read(&self, language: Option<&str>) -> bool {
        language.is_none_or(|language| self.languages.iter().any(|known| known == language))
    }
}

/// The reporter's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReporterModel {
    /// The model by id and hash.
    pub model: ModelRef,
    /// Whether the model may write figures itself. Otherwise only the sentences written by code contain figures.
    pub quotes_figures: bool,
    /// Whether the model writes prose. Otherwise code writes the whole report, and the model is not opened for it.
    #[serde(default = "yes")]
    pub writes_prose: bool,
    /// The languages in which it writes prose, as ISO 639-1 codes.
    #[serde(default = "english")]
    pub languages: Vec<String>,
    /// How its sentences are sampled, where that is not as usual.
    #[serde(default)]
    pub sampling: ReportSampling,
}

fn yes() -> bool {
    true
}

fn english() -> Vec<String> {
    vec!["en".to_owned()]
}

impl ReporterModel {
    /// Whether its report can be in the language of this code. Where code writes the report, it writes it in every language it knows.
    pub fn can_write(&self, code: &str) -> bool {
        !self.writes_prose || self.languages.iter().any(|language| language == code)
    }
}

/// The number of paths where neither the user nor the manifest names one.
const USUAL_PATHS: usize = 20;

impl ForecasterModel {
    /// How many paths to sample where the user names no number.
    pub fn paths(&self) -> usize {
        match self.sampling.paths {
            0 => USUAL_PATHS,
            paths => paths.into(),
        }
    }
}

impl StageModels {
    /// Whether there is a model for a role.
    pub fn has(&self, role: Role) -> bool {
        match role {
            Role::Forecaster => self.forecaster.is_some(),
            Role::Sentiment => self.sentiment.is_some(),
            Role::Reporter => self.reporter.is_some(),
            Role::Encoder | Role::Embedder | Role::Library => false,
        }
    }

    /// Whether both sets have the same model for a role.
    pub(crate) fn shares(&self, role: Role, other: &StageModels) -> bool {
        match role {
            Role::Forecaster => self.forecaster == other.forecaster,
            Role::Sentiment => self.sentiment == other.sentiment,
            Role::Reporter => self.reporter == other.reporter,
            Role::Encoder | Role::Embedder | Role::Library => true,
        }
    }

    /// The model of a role by id and hash.
    pub(crate) fn model(&self, role: Role) -> Option<&ModelRef> {
        match role {
            Role::Forecaster => self.forecaster.as_ref().map(|model| &model.model),
            Role::Sentiment => self.sentiment.as_ref().map(|model| &model.model),
            Role::Reporter => self.reporter.as_ref().map(|model| &model.model),
            Role::Encoder | Role::Embedder | Role::Library => None,
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

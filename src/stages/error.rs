//! Converts the errors of the lower modules into [`StageError`]s: a kind for programs, a message for people.

use crate::analysis::{FailureKind, StageError};
use crate::engine::{EngineError, RemoteFailure};
use crate::formats::FormatError;
use crate::models::ModelsError;
use crate::prompt::PromptError;
use crate::scoring::MetricsError;
use crate::text::clean_lines;

impl From<EngineError> for StageError {
    fn from(error: EngineError) -> Self {
        let kind = match &error {
            EngineError::OverBudget { .. } => FailureKind::OverBudget,
            EngineError::PromptTooLong { .. } => FailureKind::DoesNotFit,
            EngineError::Load { path, .. } if !path.exists() => FailureKind::ModelMissing,
            EngineError::Model(ModelsError::Another { .. } | ModelsError::Corrupt { .. }) => FailureKind::ModelBroken,
            EngineError::Model(_) => FailureKind::ModelMissing,
            EngineError::Load { .. } | EngineError::Runtime { .. } | EngineError::Labels { .. } => {
                FailureKind::ModelBroken
            }
            EngineError::UnknownToken { .. } => FailureKind::UnknownToken,
            EngineError::Lacks(_) => FailureKind::BackendCannot,
            EngineError::Grammar(_) | EngineError::ChatTemplate { .. } => FailureKind::GrammarRefused,
            EngineError::Native { .. } => FailureKind::EngineFailed,
            EngineError::Remote { kind, .. } => match kind {
                RemoteFailure::Unreachable => FailureKind::EngineFailed,
                RemoteFailure::Refused => FailureKind::BackendCannot,
                RemoteFailure::NotAllowed => FailureKind::ModelMissing,
                RemoteFailure::Formless => FailureKind::NoUsableText,
            },
            EngineError::Cancelled => FailureKind::Cancelled,
        };
        // It may quote a model file.
        StageError::new(kind, clean_lines(&error.to_string()))
    }
}

impl From<FormatError> for StageError {
    fn from(error: FormatError) -> Self {
        let kind = match &error {
            FormatError::Blurred { .. } => FailureKind::FormatCannot,
            FormatError::NotAList
            | FormatError::NotAPrice { .. }
            | FormatError::NotAReturn { .. }
            | FormatError::OutOfReach { .. }
            | FormatError::Length { .. } => FailureKind::NoUsableText,
            FormatError::Prompt(_)
            | FormatError::NoSummary
            | FormatError::Unwritable { .. }
            | FormatError::UnknownWord { .. }
            | FormatError::NoVocabulary { .. } => FailureKind::Internal,
        };
        StageError::new(kind, error.to_string())
    }
}

impl From<PromptError> for StageError {
    fn from(error: PromptError) -> Self {
        StageError::new(FailureKind::Internal, error.to_string())
    }
}

impl From<MetricsError> for StageError {
    fn from(error: MetricsError) -> Self {
        StageError::new(FailureKind::Internal, error.to_string())
    }
}

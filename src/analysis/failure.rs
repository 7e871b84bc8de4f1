//! Why a stage or a task came to nothing: a kind for programs, words for people. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stage::StageName;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The model needs more memory than the budget allows.
    OverBudget,
    /// The prompt and its answer do not fit into the model's context.
    DoesNotFit,
    /// A model file, or a library that runs it, cannot be used.
    ModelBroken,
    /// A model file is not there.
    ModelMissing,
    /// Nobody waits for the result any more.
    Cancelled,
    /// No sample path of the forecast was possible.
    NoUsablePath,
    /// The model did not write what was asked of it.
    NoUsableText,
    /// There is no such security.
    UnknownTicker,
    /// There are too few prices to work with.
    TooFewData,
    /// A source of prices or news failed.
    SourceFailed,
    /// The prompt format cannot write these prices.
    FormatCannot,
    /// A grammar or schema cannot be followed.
    GrammarRefused,
    /// The backend lacks what the stage needs.
    BackendCannot,
    /// The engine failed in the middle of the work.
    EngineFailed,
    /// The engine's process ended in the middle of the work.
    EngineLost,
    /// A fault of Tripod's.
    #[default]
    #[serde(other)]
    Internal,
}

impl FailureKind {
    /// Whether the same work may succeed when it is tried again as it is.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            FailureKind::SourceFailed | FailureKind::EngineFailed | FailureKind::EngineLost
        )
    }
}

/// Why a stage, or a task of the engine, came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct StageError {
    /// For programs.
    pub kind: FailureKind,
    /// Whether the same work may succeed when it is tried again as it is.
    pub retryable: bool,
    /// What went wrong and what to do.
    pub message: String,
}

impl StageError {
    /// An error that is worth another try where its kind is.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        StageError {
            kind,
            retryable: kind.is_retryable(),
            message: message.into(),
        }
    }

    /// Nobody waits for the result any more.
    pub fn cancelled() -> Self {
        StageError::new(FailureKind::Cancelled, "cancelled")
    }
}

/// A stage that did not finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageFailure {
    /// The stage.
    pub stage: StageName,
    /// For programs.
    #[serde(default)]
    pub kind: FailureKind,
    /// Whether the same analysis may succeed when it is tried again as it is.
    #[serde(default)]
    pub retryable: bool,
    /// What went wrong and what to do.
    #[schema(min_length = 1)]
    pub message: String,
}

impl StageFailure {
    /// A stage's error.
    pub fn new(stage: StageName, error: StageError) -> Self {
        StageFailure {
            stage,
            kind: error.kind,
            retryable: error.retryable,
            message: error.message,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_failure_that_was_kept_before_there_were_kinds_can_still_be_read() {
        let old = r#"{"stage": "report", "message": "the reporter did not finish"}"#;
        let failure: StageFailure = serde_json::from_str(old).unwrap();
        assert_eq!((failure.kind, failure.retryable), (FailureKind::Internal, false));
        let newer = r#"{"stage": "report", "kind": "of_next_year", "message": "?"}"#;
        assert_eq!(
            serde_json::from_str::<StageFailure>(newer).unwrap().kind,
            FailureKind::Internal
        );
    }
}

//! Why a stage or an engine task failed: a kind for programs, a message for people. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stage::StageName;

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The model needs more memory than the budget allows.
    OverBudget,
    /// The prompt and its answer do not fit into the model's context.
    DoesNotFit,
    /// A model file, or a library that runs models, is broken.
    ModelBroken,
    /// A model file is missing.
    ModelMissing,
    /// The client cancelled or disconnected.
    Cancelled,
    /// Every sample path of the forecast was impossible.
    NoUsablePath,
    /// The model's text does not have the form that was asked for.
    NoUsableText,
    /// The source knows no such ticker.
    UnknownTicker,
    /// The history has too few prices.
    TooFewData,
    /// The prices may be wrong.
    DoubtfulPrices,
    /// A source of prices or news failed.
    SourceFailed,
    /// The prompt format cannot represent these prices.
    FormatCannot,
    /// A grammar or schema is invalid or not supported.
    GrammarRefused,
    /// A token was named that the model does not have.
    UnknownToken,
    /// The backend lacks a capability that the stage needs.
    BackendCannot,
    /// The engine failed while it worked on the request.
    EngineFailed,
    /// The engine process ended while it worked on the request.
    EngineLost,
    /// A bug in Tripod.
    #[default]
    #[serde(other)]
    Internal,
}

impl FailureKind {
    /// Whether an unchanged retry may succeed.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            FailureKind::SourceFailed | FailureKind::EngineFailed | FailureKind::EngineLost
        )
    }
}

/// Why a stage or an engine task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct StageError {
    /// The kind of failure, for programs.
    pub kind: FailureKind,
    /// Whether an unchanged retry may succeed.
    pub retryable: bool,
    /// What went wrong and what to do about it.
    pub message: String,
}

impl StageError {
    /// An error of this kind; the kind decides whether it is retryable.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        StageError {
            kind,
            retryable: kind.is_retryable(),
            message: message.into(),
        }
    }

    /// The error of a task that was cancelled.
    pub fn cancelled() -> Self {
        StageError::new(FailureKind::Cancelled, "cancelled")
    }
}

/// A stage that did not finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageFailure {
    /// The stage that failed.
    pub stage: StageName,
    /// The kind of failure, for programs.
    #[serde(default)]
    pub kind: FailureKind,
    /// Whether an unchanged retry may succeed.
    #[serde(default)]
    pub retryable: bool,
    /// What went wrong and what to do about it.
    #[schema(min_length = 1)]
    pub message: String,
}

impl StageFailure {
    /// Records the error of a stage.
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

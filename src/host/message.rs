//! What goes over the pipe between the front and the engine: one JSON object a line, orders in, notices out. Plain data.

use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Event, ModelRef};
use crate::engine::{EngineError, EngineOptions};
use crate::run::{Gathered, ModelSet, TextEvent, TextRequest};

/// Raised whenever a line's meaning changes; two processes of different versions do not talk.
pub const PROTOCOL: u32 = 2;

/// Front to engine. The first line is [`Order::Hello`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// How to run.
    Hello {
        /// [`PROTOCOL`] of the front.
        protocol: u32,
        /// Budget, threads, libraries, where models are.
        options: EngineOptions,
    },
    /// A job to put through the stages.
    Analyse {
        /// The front's name for it.
        task: String,
        /// The job.
        gathered: Box<Gathered>,
        /// Its models.
        models: Box<ModelSet>,
    },
    /// Text to continue.
    Text {
        /// The front's name for it.
        task: String,
        /// What is asked.
        request: Box<TextRequest>,
        /// The model.
        model: ModelRef,
    },
    /// Nobody waits for this task any more.
    Cancel {
        /// The task.
        task: String,
    },
}

/// Engine to front.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The engine takes orders.
    Ready {
        /// [`PROTOCOL`] of the engine.
        protocol: u32,
        /// What the process has given up, for a person to read.
        confined: Vec<String>,
    },
    /// The engine lives; sent every second, also in the middle of native work.
    Pulse {
        /// Its anonymous memory, bytes.
        anon_bytes: u64,
        /// Its file-backed memory, bytes.
        file_bytes: u64,
    },
    /// Progress of analyses.
    Event {
        /// The tasks it concerns: all that share the open arena, or one.
        tasks: Vec<String>,
        /// It.
        event: Event,
    },
    /// Progress of a text.
    Text {
        /// The task.
        task: String,
        /// It.
        event: TextEvent,
    },
    /// A task is done; nothing more is said about it.
    Analysed {
        /// The task.
        task: String,
        /// Its analysis.
        analysis: Box<Analysis>,
    },
    /// A task is done; nothing more is said about it.
    Written {
        /// The task.
        task: String,
    },
    /// A task failed; nothing more is said about it.
    Failed {
        /// The task.
        task: String,
        /// Why.
        failure: Failure,
    },
}

impl Notice {
    /// A task ended because nobody waits for it any more.
    pub fn cancelled(task: String) -> Self {
        Notice::Failed {
            task,
            failure: Failure::Cancelled,
        }
    }
}

/// Why a task came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", content = "message", rename_all = "snake_case")]
pub enum Failure {
    /// The prompt and its answer do not fit into the context.
    #[error("{0}")]
    TooLong(String),
    /// The grammar or schema was refused.
    #[error("{0}")]
    Grammar(String),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The engine could not do it.
    #[error("{0}")]
    Engine(String),
    /// The engine process ended in the middle of it.
    #[error("{0}")]
    Lost(String),
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::PromptTooLong { .. } => Failure::TooLong(error.to_string()),
            EngineError::Grammar(_) | EngineError::ChatTemplate { .. } | EngineError::Lacks(_) => {
                Failure::Grammar(error.to_string())
            }
            EngineError::Cancelled => Failure::Cancelled,
            _ => Failure::Engine(error.to_string()),
        }
    }
}

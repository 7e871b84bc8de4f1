//! The scheduler's output: progress, results and failures. Plain data.

use serde::{Deserialize, Serialize};

use super::text_request::TextEvent;
use crate::analysis::{Analysis, Event, StageError};
use crate::engine::Embedding;

/// A message from the scheduler. A task is an analysis or a text request, identified by the id that its submitter chose.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub(crate) enum Notice {
    /// Progress of analyses.
    Event {
        /// The tasks concerned: all that share the open model, or one.
        tasks: Vec<String>,
        /// The progress event.
        event: Event,
    },
    /// Progress of a text request.
    Text {
        /// The task's id.
        task: String,
        /// The progress event.
        event: TextEvent,
    },
    /// An analysis is complete. The last notice of its task.
    Analysed {
        /// The task's id.
        task: String,
        /// The finished analysis.
        analysis: Box<Analysis>,
    },
    /// A text is complete. The last notice of its task.
    Written {
        /// The task's id.
        task: String,
    },
    /// Texts are embedded. The last notice of their task.
    Embedded {
        /// The task's id.
        task: String,
        /// A vector for each text, in order.
        embeddings: Vec<Embedding>,
    },
    /// A task failed. The last notice of its task.
    Failed {
        /// The task's id.
        task: String,
        /// Why it failed.
        error: StageError,
    },
}

impl Notice {
    /// The notice of a cancelled task.
    pub(crate) fn cancelled(task: String) -> Self {
        Notice::Failed {
            task,
            error: StageError::cancelled(),
        }
    }
}

/// Receives notices. Must return quickly, because the engine waits for it.
pub(crate) type Notify<'a> = dyn Fn(Notice) + 'a;

//! What the scheduler says while it works: progress, results and failures. Plain data.

use serde::{Deserialize, Serialize};

use super::text_request::TextEvent;
use crate::analysis::{Analysis, Event, StageError};

/// One thing that the scheduler says. A task is an analysis or a text, under the name that whoever gave it chose.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub(crate) enum Notice {
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
        error: StageError,
    },
}

impl Notice {
    /// A task ended because nobody waits for it any more.
    pub(crate) fn cancelled(task: String) -> Self {
        Notice::Failed {
            task,
            error: StageError::cancelled(),
        }
    }
}

/// Receives notices. It must not block for long: the engine waits meanwhile.
pub(crate) type Notify<'a> = dyn Fn(Notice) + 'a;

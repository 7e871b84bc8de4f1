//! The unfinished tasks of the engine. Each has its order, which is sent again when the engine dies and a new one starts, and
//! the channel to whoever waits for the result.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::message::Order;
use crate::analysis::{Analysis, Event, FailureKind, StageError};
use crate::engine::Embedding;
use crate::run::{Notice, TextEvent};

/// The most engines that a task is sent to, so that a task that crashes the engine does not do so for ever.
const MOST_ATTEMPTS: u32 = 2;

/// Progress or end of a task.
#[derive(Debug, Clone)]
pub enum Update {
    /// Progress of an analysis.
    Event(Event),
    /// Progress of a text.
    Text(TextEvent),
    /// The engine died; the task starts again from the beginning.
    Again,
    /// An analysis is complete.
    Analysed(Box<Analysis>),
    /// A text is complete.
    Written,
    /// Texts are embedded.
    Embedded(Vec<Embedding>),
    /// The task failed.
    Failed(StageError),
}

/// A command to the supervisor.
#[derive(Debug)]
pub(crate) enum Command {
    /// A new task.
    Submit {
        /// The task's id.
        task: String,
        /// The order for the engine.
        order: Box<Order>,
        /// Receives the task's updates.
        updates: mpsc::UnboundedSender<Update>,
    },
    /// Cancel the task with this id.
    Cancel(String),
    /// Stop the engine, because the server stops.
    Stop,
}

/// A submitted task. Dropping the handle cancels the task.
#[derive(Debug)]
pub struct Handle {
    task: String,
    updates: mpsc::UnboundedReceiver<Update>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Handle {
    pub(crate) fn submit(commands: &mpsc::UnboundedSender<Command>, task: String, order: Order) -> Self {
        let (sender, updates) = mpsc::unbounded_channel();
        let submit = Command::Submit {
            task: task.clone(),
            order: Box::new(order),
            updates: sender,
        };
        // If the supervisor is gone, the command is dropped with the sender of the updates, and the handle ends at once.
        let _ = commands.send(submit);
        Handle {
            task,
            updates,
            commands: commands.clone(),
        }
    }

    /// The next update; `None` after the last.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // If the supervisor is gone, there is nothing to cancel.
        let _ = self.commands.send(Command::Cancel(std::mem::take(&mut self.task)));
    }
}

/// A task as the supervisor stores it.
struct Task {
    name: String,
    order: Order,
    updates: mpsc::UnboundedSender<Update>,
    attempts: u32,
    /// Whether a part of the result was sent that cannot be withdrawn.
    shown: bool,
    cancelled: Option<Instant>,
}

impl Task {
    fn tell(&self, update: Update) {
        // A receiver that is gone has cancelled its task already.
        let _ = self.updates.send(update);
    }
}

/// All unfinished tasks in the order they were submitted.
#[derive(Default)]
pub(super) struct Tasks(Vec<Task>);

impl Tasks {
    /// Adds a task and returns its order.
    pub(crate) fn add(&mut self, name: String, order: Order, updates: mpsc::UnboundedSender<Update>) -> Order {
        self.0.push(Task {
            name,
            order: order.clone(),
            updates,
            attempts: 1,
            shown: false,
            cancelled: None,
        });
        order
    }

    /// Records that a task was cancelled; false when there is no such task.
    pub(crate) fn cancel(&mut self, name: &str) -> bool {
        match self.find(name) {
            Some(task) => {
                task.cancelled.get_or_insert_with(Instant::now);
                true
            }
            None => false,
        }
    }

    /// Drops a cancelled task that was not sent to an engine.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|task| task.name != name);
    }

    /// Whether a task was cancelled longer than `grace` ago and is still not finished.
    pub(crate) fn is_stuck(&self, grace: Duration) -> bool {
        self.0
            .iter()
            .any(|task| task.cancelled.is_some_and(|since| since.elapsed() > grace))
    }

    /// Passes a notice on to the tasks it concerns. Returns whether it completed a task.
    pub(crate) fn hear(&mut self, notice: Notice) -> bool {
        match notice {
            Notice::Event { tasks, event } => {
                for name in tasks {
                    if let Some(task) = self.find(&name) {
                        task.tell(Update::Event(event.clone()));
                    }
                }
            }
            Notice::Text { task, event } => {
                if let Some(task) = self.find(&task) {
                    task.shown |= matches!(event, TextEvent::Piece { .. } | TextEvent::Ended { .. });
                    task.tell(Update::Text(event));
                }
            }
            Notice::Analysed { task, analysis } => return self.end(&task, Update::Analysed(analysis)),
            Notice::Written { task } => return self.end(&task, Update::Written),
            Notice::Embedded { task, embeddings } => return self.end(&task, Update::Embedded(embeddings)),
            // A failed task says nothing about the engine's health; only a completed one resets the count of deaths.
            Notice::Failed { task, error } => {
                self.end(&task, Update::Failed(error));
            }
        }
        false
    }

    /// Called after an engine died: tasks that can be restarted stay, the others fail with `reason`.
    pub(crate) fn survive(&mut self, reason: &str) {
        self.0.retain_mut(|task| {
            if task.cancelled.is_some() {
                return false;
            }
            if task.shown || task.attempts >= MOST_ATTEMPTS {
                task.tell(Update::Failed(lost(reason)));
                return false;
            }
            task.attempts += 1;
            task.tell(Update::Again);
            true
        });
    }

    /// The orders of all tasks, to be sent to a new engine.
    pub(crate) fn orders(&self) -> impl Iterator<Item = Order> {
        self.0.iter().map(|task| task.order.clone())
    }

    /// Fails all tasks.
    pub(crate) fn fail_all(&mut self, reason: &str) {
        for task in self.0.drain(..) {
            task.tell(Update::Failed(lost(reason)));
        }
    }

    fn find(&mut self, name: &str) -> Option<&mut Task> {
        self.0.iter_mut().find(|task| task.name == name)
    }

    fn end(&mut self, name: &str, update: Update) -> bool {
        let Some(index) = self.0.iter().position(|task| task.name == name) else {
            return false;
        };
        self.0.remove(index).tell(update);
        true
    }
}

fn lost(reason: &str) -> StageError {
    StageError::new(FailureKind::EngineLost, reason)
}

//! The work that the front has given to the engine: each task with its order, which is sent again to a new engine when the old
//! one dies, and with the one who waits for it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::message::Order;
use crate::analysis::{Analysis, Event, FailureKind, StageError};
use crate::run::{Notice, TextEvent};

/// A task is sent to at most so many engines: one that kills each of them must not do so for ever.
const MOST_ATTEMPTS: u32 = 2;

/// What becomes of a task.
#[derive(Debug, Clone)]
pub enum Update {
    /// Progress of an analysis.
    Event(Event),
    /// Progress of a text.
    Text(TextEvent),
    /// The engine died; the task begins again from its beginning.
    Again,
    /// The end of an analysis.
    Analysed(Box<Analysis>),
    /// The end of a text.
    Written,
    /// The end of a task that came to nothing.
    Failed(StageError),
}

/// What the supervisor is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// A new task.
    Submit {
        /// Its name.
        task: String,
        /// What the engine is told.
        order: Box<Order>,
        /// The one who waits for it.
        updates: mpsc::UnboundedSender<Update>,
    },
    /// Nobody waits for a task any more.
    Cancel(String),
    /// The server ends.
    Stop,
}

/// One's own task in the engine. Dropping it cancels the task.
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
        // When the supervisor is gone, the sender of the updates goes with the command, and the handle ends at once.
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
        // A supervisor that is gone has nothing left to cancel.
        let _ = self.commands.send(Command::Cancel(std::mem::take(&mut self.task)));
    }
}

/// A task as the supervisor keeps it.
struct Task {
    name: String,
    order: Order,
    updates: mpsc::UnboundedSender<Update>,
    attempts: u32,
    /// Whether something that cannot be taken back was told.
    shown: bool,
    cancelled: Option<Instant>,
}

impl Task {
    fn tell(&self, update: Update) {
        // One who waits no more has sent a cancel, too.
        let _ = self.updates.send(update);
    }
}

/// All tasks, in the order they came.
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

    /// Notes that nobody waits for a task; false when there is no such task.
    pub(crate) fn cancel(&mut self, name: &str) -> bool {
        match self.find(name) {
            Some(task) => {
                task.cancelled.get_or_insert_with(Instant::now);
                true
            }
            None => false,
        }
    }

    /// Drops a task that nobody waits for and no engine has.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|task| task.name != name);
    }

    /// Whether the engine has held on to a cancelled task for too long.
    pub(crate) fn is_stuck(&self, grace: Duration) -> bool {
        self.0
            .iter()
            .any(|task| task.cancelled.is_some_and(|since| since.elapsed() > grace))
    }

    /// Passes on what the engine says. Returns whether a task was completed by it.
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
            // A refusal says nothing of the engine's health: only what it completes ends a row of deaths.
            Notice::Failed { task, error } => {
                self.end(&task, Update::Failed(error));
            }
        }
        false
    }

    /// After an engine died: tasks that can begin again stay, the others fail with `reason`.
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

    /// The orders of all tasks, for a new engine.
    pub(crate) fn orders(&self) -> impl Iterator<Item = Order> {
        self.0.iter().map(|task| task.order.clone())
    }

    /// Ends everything.
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

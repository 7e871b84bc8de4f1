//! The queues in front of the scheduler: any thread can add analyses and text requests, the engine's thread takes them, and
//! text requests are checked before they queue. Tasks can be cancelled at any time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::gather::Gathered;
use super::model_set::ModelSet;
use super::text_request::TextRequest;
use super::underway::Underway;
use crate::analysis::ModelRef;
use crate::engine::Cancel;

/// A queued text request.
#[derive(Debug)]
pub(crate) struct TextTask {
    pub(crate) task: String,
    pub(crate) request: TextRequest,
    pub(crate) model: ModelRef,
    pub(crate) cancel: Cancel,
}

/// A queued request for vectors of texts.
#[derive(Debug)]
pub(super) struct EmbedTask {
    pub(super) task: String,
    pub(super) texts: Vec<String>,
    pub(super) model: ModelRef,
    pub(super) cancel: Cancel,
}

/// The queues, and the cancel flags of all queued and running tasks.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    analyses: VecDeque<Underway>,
    unchecked: VecDeque<TextTask>,
    texts: VecDeque<TextTask>,
    embeds: VecDeque<EmbedTask>,
    cancels: HashMap<String, Cancel>,
    /// No more tasks will be added.
    finished: bool,
    /// Shut down; queued and running tasks are cancelled.
    closed: bool,
}

/// Why waiting for work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// Work is available.
    Work,
    /// No more work will come.
    Over,
    /// The time limit was reached.
    TimeUp,
}

impl Inbox {
    /// Adds analyses, all at once, so that they can share the stages' open models. A job's id becomes its task's id.
    pub(crate) fn analyse(&self, jobs: impl IntoIterator<Item = (Gathered, ModelSet, Cancel)>) {
        let mut state = self.state();
        for (gathered, models, cancel) in jobs {
            state.cancels.insert(gathered.job.id.clone(), cancel.clone());
            state.analyses.push_back(Underway::new(gathered, models, cancel));
        }
        self.changed.notify_all();
    }

    /// Adds a text request, which is checked first.
    pub(crate) fn write(&self, task: String, request: TextRequest, model: ModelRef) {
        let cancel = Cancel::new();
        let mut state = self.state();
        state.cancels.insert(task.clone(), cancel.clone());
        state.unchecked.push_back(TextTask {
            task,
            request,
            model,
            cancel,
        });
        self.changed.notify_all();
    }

    /// Adds a request for vectors of texts.
    pub(crate) fn embed(&self, task: String, texts: Vec<String>, model: ModelRef) {
        let cancel = Cancel::new();
        let mut state = self.state();
        state.cancels.insert(task.clone(), cancel.clone());
        state.embeds.push_back(EmbedTask {
            task,
            texts,
            model,
            cancel,
        });
        self.changed.notify_all();
    }

    /// Cancels a task. Returns true when it was still queued and was removed: the caller then reports the end, so that the
    /// client does not wait for a long-running stage.
    pub(crate) fn cancel(&self, task: &str) -> bool {
        let mut state = self.state();
        if let Some(cancel) = state.cancels.get(task) {
            cancel.cancel();
        }
        let withdrawn = state.withdraw(task);
        self.changed.notify_all();
        withdrawn
    }

    /// No more tasks will be added; those already queued still run.
    pub(crate) fn finish(&self) {
        self.state().finished = true;
        self.changed.notify_all();
    }

    /// Shuts down: no more tasks will be added, and running ones are cancelled.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.cancels.values().for_each(Cancel::cancel);
        self.changed.notify_all();
    }

    /// Waits until there is work for the engine, but not beyond `until`.
    pub(super) fn wait(&self, until: Option<Instant>) -> Woken {
        let idle = |state: &mut State| !state.closed && !state.has_work() && !state.is_finished();
        let state = match until {
            None => self.changed.wait_while(self.state(), idle),
            Some(until) => {
                let most = until.saturating_duration_since(Instant::now());
                let waited = self.changed.wait_timeout_while(self.state(), most, idle);
                let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                if timeout.timed_out() {
                    return Woken::TimeUp;
                }
                Ok(state)
            }
        };
        let state = state.unwrap_or_else(PoisonError::into_inner);
        if state.closed || !state.has_work() {
            Woken::Over
        } else {
            Woken::Work
        }
    }

    /// Waits for a text request that is not checked yet; `None` when the inbox is closed.
    pub(crate) fn next_unchecked(&self) -> Option<TextTask> {
        let mut state = self
            .changed
            .wait_while(self.state(), |state| !state.closed && state.unchecked.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            None
        } else {
            state.unchecked.pop_front()
        }
    }

    /// Queues a checked text request for the engine; when it was cancelled in the meantime, drops it and returns its id.
    pub(crate) fn admit(&self, text: TextTask) -> Result<(), String> {
        let mut state = self.state();
        if text.cancel.is_cancelled() {
            return Err(text.task);
        }
        state.texts.push_back(text);
        self.changed.notify_all();
        Ok(())
    }

    /// Returns text requests that did not fit into the model's memory to the head of the queue.
    pub(crate) fn put_back(&self, texts: impl DoubleEndedIterator<Item = TextTask>) {
        let mut state = self.state();
        texts.rev().for_each(|text| state.texts.push_front(text));
    }

    /// Takes all queued analyses.
    pub(super) fn take_analyses(&self) -> impl Iterator<Item = Underway> {
        std::mem::take(&mut self.state().analyses).into_iter()
    }

    /// Whether analyses are queued.
    pub(crate) fn has_analyses(&self) -> bool {
        !self.state().analyses.is_empty()
    }

    /// The model of the first queued text request.
    pub(crate) fn text_model(&self) -> Option<ModelRef> {
        self.state().texts.front().map(|text| text.model.clone())
    }

    /// Takes the first queued text request for a model.
    pub(crate) fn take_text(&self, model: &ModelRef) -> Option<TextTask> {
        let mut state = self.state();
        let index = state.texts.iter().position(|text| text.model == *model)?;
        state.texts.remove(index)
    }

    /// Takes the first requests for vectors that name one model, at most `most`.
    pub(super) fn take_embeds(&self, most: usize) -> VecDeque<EmbedTask> {
        let mut state = self.state();
        let mut taken: VecDeque<EmbedTask> = VecDeque::new();
        while taken.len() < most
            && let Some(next) = state.embeds.front()
            && taken.front().is_none_or(|first| first.model == next.model)
            && let Some(task) = state.embeds.pop_front()
        {
            taken.push_back(task);
        }
        taken
    }

    /// Removes the cancel flag of a finished task.
    pub(crate) fn forget(&self, task: &str) {
        self.state().cancels.remove(task);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held cannot leave the queues inconsistent: every change is a single statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_work(&self) -> bool {
        !self.analyses.is_empty() || !self.texts.is_empty() || !self.embeds.is_empty()
    }

    fn is_finished(&self) -> bool {
        self.finished && !self.has_work() && self.unchecked.is_empty()
    }

    /// Removes a task from the queues; false when it is not queued, because it is running or finished.
    fn withdraw(&mut self, task: &str) -> bool {
        let waiting =
            |state: &State| state.analyses.len() + state.unchecked.len() + state.texts.len() + state.embeds.len();
        let before = waiting(self);
        self.analyses.retain(|one| one.id() != task);
        self.unchecked.retain(|text| text.task != task);
        self.texts.retain(|text| text.task != task);
        self.embeds.retain(|one| one.task != task);
        let was_there = waiting(self) < before;
        if was_there {
            self.cancels.remove(task);
        }
        was_there
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::engine::{Prompt, Sampling};
    use crate::models::Role;

    fn text(inbox: &Inbox, task: &str) {
        let request = TextRequest {
            role: Role::Reporter,
            prompt: Prompt::Plain("A".into()),
            sequences: 1,
            max_tokens: None,
            sampling: Sampling::default(),
            stop: Vec::new(),
            grammar: None,
            logprobs: None,
        };
        let model = ModelRef {
            id: "reporter".into(),
            sha256: "0".repeat(64),
            adapter: None,
            remote: None,
            trained_until: None,
        };
        inbox.write(task.to_owned(), request, model);
    }

    #[test]
    fn a_cancelled_text_leaves_the_queue_and_is_named() {
        let inbox = Inbox::default();
        text(&inbox, "checked");
        inbox.admit(inbox.next_unchecked().unwrap()).unwrap();
        text(&inbox, "unchecked");
        assert!(inbox.cancel("checked"));
        assert!(inbox.cancel("unchecked"));
        assert!(!inbox.cancel("checked"));
        assert_eq!(inbox.text_model(), None);
    }

    #[test]
    fn a_text_that_is_cancelled_while_it_is_checked_is_not_admitted() {
        let inbox = Inbox::default();
        text(&inbox, "a");
        let in_check = inbox.next_unchecked().unwrap();
        assert!(!inbox.cancel("a"));
        assert_eq!(inbox.admit(in_check).unwrap_err(), "a");
        assert_eq!(inbox.text_model(), None);
    }
}

//! What waits for the scheduler: analyses and texts come in from any thread, work goes out to the engine's thread, and texts pass
//! a check on the way. Cancelling works from outside at any time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::gather::Gathered;
use super::model_set::ModelSet;
use super::text_request::TextRequest;
use super::underway::Underway;
use crate::analysis::ModelRef;
use crate::engine::Cancel;

/// A request for text that waits.
#[derive(Debug)]
pub(crate) struct TextTask {
    pub(crate) task: String,
    pub(crate) request: TextRequest,
    pub(crate) model: ModelRef,
    pub(crate) cancel: Cancel,
}

/// The three queues and the cancel flags of everything in them or in hand.
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
    cancels: HashMap<String, Cancel>,
    /// Nothing more comes in.
    finished: bool,
    /// Nothing is wanted any more.
    closed: bool,
}

/// Why waiting for work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// There is work.
    Work,
    /// There will be no work.
    Over,
    /// The time was up.
    TimeUp,
}

impl Inbox {
    /// Takes analyses in, all at once: jobs that come together can go through the stages together. A job's id names its task.
    pub(crate) fn analyse(&self, jobs: impl IntoIterator<Item = (Gathered, ModelSet, Cancel)>) {
        let mut state = self.state();
        for (gathered, models, cancel) in jobs {
            state.cancels.insert(gathered.job.id.clone(), cancel.clone());
            state.analyses.push_back(Underway::new(gathered, models, cancel));
        }
        self.changed.notify_all();
    }

    /// Takes a text in; it waits for its check first.
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

    /// Nobody waits for a task any more. True when it was taken out before its turn: whoever calls says that it is gone, so that
    /// nothing piles up behind a stage that takes long.
    pub(crate) fn cancel(&self, task: &str) -> bool {
        let mut state = self.state();
        if let Some(cancel) = state.cancels.get(task) {
            cancel.cancel();
        }
        let withdrawn = state.withdraw(task);
        self.changed.notify_all();
        withdrawn
    }

    /// Nothing more will come; what is there is done first.
    pub(crate) fn finish(&self) {
        self.state().finished = true;
        self.changed.notify_all();
    }

    /// Nothing more will come, and what is in hand is wanted no more.
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

    /// Waits for a text that is not checked yet; `None` when the inbox is closed.
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

    /// Hands a checked text to the engine; names it when it was cancelled meanwhile, and drops it.
    pub(crate) fn admit(&self, text: TextTask) -> Result<(), String> {
        let mut state = self.state();
        if text.cancel.is_cancelled() {
            return Err(text.task);
        }
        state.texts.push_back(text);
        self.changed.notify_all();
        Ok(())
    }

    /// Gives back texts that had no room, before all others.
    pub(crate) fn put_back(&self, texts: impl DoubleEndedIterator<Item = TextTask>) {
        let mut state = self.state();
        texts.rev().for_each(|text| state.texts.push_front(text));
    }

    /// The analyses that came in.
    pub(super) fn take_analyses(&self) -> impl Iterator<Item = Underway> {
        std::mem::take(&mut self.state().analyses).into_iter()
    }

    /// Whether an analysis came in.
    pub(crate) fn has_analyses(&self) -> bool {
        !self.state().analyses.is_empty()
    }

    /// The model that the first waiting text is for.
    pub(crate) fn text_model(&self) -> Option<ModelRef> {
        self.state().texts.front().map(|text| text.model.clone())
    }

    /// The first waiting text for a model.
    pub(crate) fn take_text(&self, model: &ModelRef) -> Option<TextTask> {
        let mut state = self.state();
        let index = state.texts.iter().position(|text| text.model == *model)?;
        state.texts.remove(index)
    }

    /// Forgets a task that is done.
    pub(crate) fn forget(&self, task: &str) {
        self.state().cancels.remove(task);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the queues whole: every change to them is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_work(&self) -> bool {
        !self.analyses.is_empty() || !self.texts.is_empty()
    }

    fn is_finished(&self) -> bool {
        self.finished && !self.has_work() && self.unchecked.is_empty()
    }

    /// Takes a task out of the queues; false when it is in none, because it is in hand or over.
    fn withdraw(&mut self, task: &str) -> bool {
        let waiting = |state: &State| state.analyses.len() + state.unchecked.len() + state.texts.len();
        let before = waiting(self);
        self.analyses.retain(|one| one.id() != task);
        self.unchecked.retain(|text| text.task != task);
        self.texts.retain(|text| text.task != task);
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

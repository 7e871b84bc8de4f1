//! Runs in progress by their question: an equal question joins the run instead of starting another, and a client that comes back
//! finds its run by the id. Holds logs only; starts nothing, and lets go of a run that was to go on without readers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::question::Question;
use super::run_event::RunEvent;
use super::run_log::{Reader, RunLog};
use crate::serve::http::ApiError;

/// A question's hash.
pub(super) type RunKey = [u8; 32];

/// The log of a run, shared by the run and the readers that may still join.
pub(super) type SharedLog = Arc<RunLog<RunEvent>>;

/// A run that can be joined: the id of its result, its log, and a reader that keeps a run in the background going.
#[derive(Debug)]
struct Run {
    id: String,
    log: SharedLog,
    held: Option<Reader<RunEvent>>,
}

/// The logs of all runs that can be joined.
#[derive(Debug, Default)]
pub struct JoinableRuns(Mutex<HashMap<RunKey, Run>>);

/// How a question found its run; `P` is the permit of a new one.
pub(super) enum Joined<P> {
    /// A run of an equal question is in progress; the id of its analysis.
    Running(String, Reader<RunEvent>),
    /// There was none: the caller has to start it and fill the log.
    New(SharedLog, Reader<RunEvent>, P),
}

impl JoinableRuns {
    /// Joins the run of `key`, or registers a new log under it, with the id of the result to come, once `admit` has admitted it.
    /// In the background, it goes on when every reader has left.
    ///
    /// # Errors
    ///
    /// What `admit` refuses with; nothing is registered then.
    pub(super) fn join<P>(
        &self,
        key: RunKey,
        id: &str,
        background: bool,
        admit: impl FnOnce() -> Result<P, ApiError>,
    ) -> Result<Joined<P>, ApiError> {
        let mut runs = self.lock();
        if let Some(run) = runs.get_mut(&key)
            && let Some(reader) = run.log.read()
        {
            if background && run.held.is_none() {
                run.held = run.log.read();
            }
            return Ok(Joined::Running(run.id.clone(), reader));
        }
        let permit = admit()?;
        let log = Arc::new(RunLog::new());
        let reader = log.read().ok_or(ApiError::Internal)?;
        let run = Run {
            id: id.to_owned(),
            held: background.then(|| log.read()).flatten(),
            log: Arc::clone(&log),
        };
        runs.insert(key, run);
        Ok(Joined::New(log, reader, permit))
    }

    /// A reader of the run with this id, from its first event on; `None` when there is none or it has ended.
    pub fn find(&self, id: &str) -> Option<Reader<RunEvent>> {
        let runs = self.lock();
        runs.values().find(|run| run.id == id)?.log.read()
    }

    /// Lets go of a run in the background: it ends when its last reader leaves. Returns whether there is a run with this id.
    pub fn release(&self, id: &str) -> bool {
        let mut runs = self.lock();
        let found = runs.values_mut().find(|run| run.id == id);
        found.map(|run| run.held = None).is_some()
    }

    /// Removes a run, so that the next equal question starts its own. A newer run under the same key stays.
    pub(super) fn remove(&self, key: &RunKey, log: &SharedLog) {
        let mut runs = self.lock();
        if runs.get(key).is_some_and(|current| Arc::ptr_eq(&current.log, log)) {
            runs.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunKey, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a question: equal questions have equal keys.
pub(super) fn key(question: &Question) -> RunKey {
    // A question is plain data and always has a JSON form.
    Sha256::digest(serde_json::to_vec(question).unwrap_or_default()).into()
}

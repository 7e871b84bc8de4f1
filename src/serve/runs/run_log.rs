//! What one run says, kept in order while anybody reads it: the run writes at its own pace, each reader reads at its own, a late
//! one from the beginning. A reader that never reads holds nobody up; when the last one leaves, the run is told.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// The writing end.
#[derive(Debug)]
pub struct RunLog<T>(Arc<Shared<T>>);

/// The reading end.
#[derive(Debug)]
pub struct Reader<T> {
    shared: Arc<Shared<T>>,
    next: usize,
    changed: watch::Receiver<()>,
}

#[derive(Debug)]
struct Shared<T> {
    said: Mutex<Entries<T>>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Entries<T> {
    items: Vec<T>,
    closed: bool,
    readers: usize,
}

impl<T> RunLog<T> {
    /// Nothing said, nobody reads.
    pub fn new() -> Self {
        let said = Entries {
            items: Vec::new(),
            closed: false,
            readers: 0,
        };
        RunLog(Arc::new(Shared {
            said: Mutex::new(said),
            changed: watch::Sender::new(()),
        }))
    }

    /// Says something.
    pub fn say(&self, item: T) {
        self.0.with(|said| said.items.push(item));
        self.0.changed.send_replace(());
    }

    /// A reader from the beginning. `None` when the last reader has left already: then the run is being given up.
    pub fn read(&self) -> Option<Reader<T>> {
        let joined = self.0.with(|said| {
            let open = said.readers > 0 || said.items.is_empty() && !said.closed;
            said.readers += usize::from(open);
            open
        });
        joined.then(|| Reader {
            changed: self.0.changed.subscribe(),
            shared: Arc::clone(&self.0),
            next: 0,
        })
    }

    /// Waits until there was a reader and none is left.
    pub async fn abandoned(&self) {
        let mut changed = self.0.changed.subscribe();
        while self.0.with(|said| said.readers) > 0 {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}

impl<T> Drop for RunLog<T> {
    fn drop(&mut self) {
        self.0.with(|said| said.closed = true);
        self.0.changed.send_replace(());
    }
}

impl<T: Clone> Reader<T> {
    /// The next thing said; `None` after the last.
    pub async fn next(&mut self) -> Option<T> {
        loop {
            self.changed.mark_unchanged();
            let (item, closed) = self
                .shared
                .with(|said| (said.items.get(self.next).cloned(), said.closed));
            if item.is_some() {
                self.next += 1;
                return item;
            }
            if closed || self.changed.changed().await.is_err() {
                return None;
            }
        }
    }
}

impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        self.shared.with(|said| said.readers -= 1);
        self.shared.changed.send_replace(());
    }
}

impl<T> Shared<T> {
    fn with<R>(&self, work: impl FnOnce(&mut Entries<T>) -> R) -> R {
        // Every change is one statement, so a panic elsewhere leaves it whole.
        work(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_late_reader_hears_everything_and_the_end() {
        let live = RunLog::new();
        let mut early = live.read().unwrap();
        live.say(1);
        live.say(2);
        let mut late = live.read().unwrap();
        assert_eq!((early.next().await, late.next().await), (Some(1), Some(1)));
        drop(live);
        assert_eq!((late.next().await, late.next().await), (Some(2), None));
    }

    #[tokio::test]
    async fn the_run_is_told_when_the_last_reader_leaves_and_takes_no_new_one() {
        let live = RunLog::new();
        let (one, two) = (live.read().unwrap(), live.read().unwrap());
        live.say(1);
        drop(one);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), live.abandoned());
        assert!(waiting.await.is_err());
        drop(two);
        live.abandoned().await;
        assert!(live.read().is_none());
    }

    #[tokio::test]
    async fn a_reader_waits_for_what_is_not_said_yet() {
        let live = RunLog::new();
        let mut reader = live.read().unwrap();
        let reading = tokio::spawn(async move { reader.next().await });
        tokio::task::yield_now().await;
        live.say("late");
        assert_eq!(reading.await.unwrap(), Some("late"));
    }
}

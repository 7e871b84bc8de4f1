//! An append-only log between one run and its readers. The run writes at its own pace, each reader reads at its own, a late reader
//! from the beginning. A slow reader delays nobody; when the last one has left, the run is notified.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// The writing end.
#[derive(Debug)]
pub struct RunLog<T>(Arc<Log<T>>);

/// The reading end.
#[derive(Debug)]
pub struct Reader<T> {
    log: Arc<Log<T>>,
    next: usize,
    changed: watch::Receiver<()>,
}

#[derive(Debug)]
struct Log<T> {
    entries: Mutex<Entries<T>>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Entries<T> {
    items: Vec<T>,
    closed: bool,
    readers: usize,
}

impl<T> RunLog<T> {
    /// An empty log without readers.
    pub fn new() -> Self {
        let entries = Entries {
            items: Vec::new(),
            closed: false,
            readers: 0,
        };
        RunLog(Arc::new(Log {
            entries: Mutex::new(entries),
            changed: watch::Sender::new(()),
        }))
    }

    /// Appends an entry and wakes the readers.
    pub fn push(&self, item: T) {
        self.0.with(|entries| entries.items.push(item));
        self.0.changed.send_replace(());
    }

    /// A reader from the first entry on. `None` once the last reader has left: the run is being cancelled then.
    pub fn read(&self) -> Option<Reader<T>> {
        let joined = self.0.with(|entries| {
            let open = entries.readers > 0 || entries.items.is_empty() && !entries.closed;
            entries.readers += usize::from(open);
            open
        });
        joined.then(|| Reader {
            changed: self.0.changed.subscribe(),
            log: Arc::clone(&self.0),
            next: 0,
        })
    }

    /// Waits until there is no reader; to be called once there has been one.
    pub async fn abandoned(&self) {
        let mut changed = self.0.changed.subscribe();
        while self.0.with(|entries| entries.readers) > 0 {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}

impl<T> Drop for RunLog<T> {
    fn drop(&mut self) {
        self.0.with(|entries| entries.closed = true);
        self.0.changed.send_replace(());
    }
}

impl<T: Clone> Reader<T> {
    /// The next entry; `None` after the last.
    pub async fn next(&mut self) -> Option<T> {
        loop {
            self.changed.mark_unchanged();
            let (item, closed) = self
                .log
                .with(|entries| (entries.items.get(self.next).cloned(), entries.closed));
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
        self.log.with(|entries| entries.readers -= 1);
        self.log.changed.send_replace(());
    }
}

impl<T> Log<T> {
    fn with<R>(&self, work: impl FnOnce(&mut Entries<T>) -> R) -> R {
        // Each closure makes one change, so the entries are consistent even after a panic elsewhere.
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_late_reader_gets_every_entry_and_the_end() {
        let log = RunLog::new();
        let mut early = log.read().unwrap();
        log.push(1);
        log.push(2);
        let mut late = log.read().unwrap();
        assert_eq!((early.next().await, late.next().await), (Some(1), Some(1)));
        drop(log);
        assert_eq!((late.next().await, late.next().await), (Some(2), None));
    }

    #[tokio::test]
    async fn the_run_is_notified_when_the_last_reader_leaves_and_accepts_no_new_one() {
        let log = RunLog::new();
        let (one, two) = (log.read().unwrap(), log.read().unwrap());
        log.push(1);
        drop(one);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), log.abandoned());
        assert!(waiting.await.is_err());
        drop(two);
        log.abandoned().await;
        assert!(log.read().is_none());
    }

    #[tokio::test]
    async fn a_reader_waits_for_the_next_entry() {
        let log = RunLog::new();
        let mut reader = log.read().unwrap();
        let reading = tokio::spawn(async move { reader.next().await });
        tokio::task::yield_now().await;
        log.push("late");
        assert_eq!(reading.await.unwrap(), Some("late"));
    }
}

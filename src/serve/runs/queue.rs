//! A bounded, fair queue in front of the engine: a fixed number of requests run, a fixed number wait, and a free slot goes to the
//! clients in turn, so that one client with many requests does not delay the others.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

/// The queue; `C` identifies a client.
#[derive(Debug)]
pub struct Queue<C> {
    state: Mutex<State<C>>,
    most_waiting: usize,
}

#[derive(Debug)]
struct State<C> {
    /// Slots that nobody holds.
    free: usize,
    /// Clients in the order in which they get the next slots, each with its waiting requests.
    turns: VecDeque<(C, VecDeque<Waiter>)>,
    next_id: u64,
    closed: bool,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    position: watch::Sender<usize>,
    /// Signals that the request has the slot.
    granted: oneshot::Sender<()>,
}

/// Why a request was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPermit {
    /// The most requests are waiting already.
    Full,
    /// The server stops.
    Closed,
}

/// An admitted request: it holds a slot or waits for one. Dropping it releases the slot or leaves the queue.
#[derive(Debug)]
pub struct Permit<C: Clone + Eq + Hash> {
    queue: Arc<Queue<C>>,
    id: u64,
    position: watch::Receiver<usize>,
    /// `None` once the slot is granted.
    grant: Option<oneshot::Receiver<()>>,
}

impl<C: Clone + Eq + Hash> Queue<C> {
    /// A queue with `slots` running and at most `most_waiting` waiting requests.
    pub fn new(slots: usize, most_waiting: usize) -> Arc<Self> {
        let state = State {
            free: slots,
            turns: VecDeque::new(),
            next_id: 0,
            closed: false,
        };
        Arc::new(Queue {
            state: Mutex::new(state),
            most_waiting,
        })
    }

    /// Takes a free slot, or joins the end of the client's own line.
    ///
    /// # Errors
    ///
    /// [`NoPermit`].
    pub fn enter(self: &Arc<Self>, client: &C) -> Result<Permit<C>, NoPermit> {
        let mut state = self.state();
        if state.closed {
            return Err(NoPermit::Closed);
        }
        let (position, position_changes) = watch::channel(0);
        let id = state.next_id;
        let permit = |grant| Permit {
            queue: Arc::clone(self),
            id,
            position: position_changes,
            grant,
        };
        if state.free == 0 && state.waiting() >= self.most_waiting {
            return Err(NoPermit::Full);
        }
        state.next_id += 1;
        if state.free > 0 {
            state.free -= 1;
            return Ok(permit(None));
        }
        let (granted, grant) = oneshot::channel();
        state.add(client, Waiter { id, position, granted });
        Ok(permit(Some(grant)))
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting()
    }

    /// Admits no further request and ends the waiting ones with [`NoPermit::Closed`].
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.turns.clear();
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clone + Eq + Hash> State<C> {
    fn waiting(&self) -> usize {
        self.turns.iter().map(|(_, waiters)| waiters.len()).sum()
    }

    fn add(&mut self, client: &C, waiter: Waiter) {
        match self.turns.iter_mut().find(|(one, _)| one == client) {
            Some((_, waiters)) => waiters.push_back(waiter),
            None => self.turns.push_back((client.clone(), VecDeque::from([waiter]))),
        }
        self.update_positions();
    }

    /// Hands a released slot to the first client in turn that still waits for it.
    fn release(&mut self) {
        while let Some((client, mut waiters)) = self.turns.pop_front() {
            let next = waiters.pop_front();
            if !waiters.is_empty() {
                self.turns.push_back((client, waiters));
            }
            if next.is_some_and(|waiter| waiter.granted.send(()).is_ok()) {
                self.update_positions();
                return;
            }
        }
        self.free += 1;
    }

    /// Takes a waiting request out of the queue.
    fn remove(&mut self, id: u64) {
        for (_, waiters) in &mut self.turns {
            waiters.retain(|waiter| waiter.id != id);
        }
        self.turns.retain(|(_, waiters)| !waiters.is_empty());
        self.update_positions();
    }

    /// Updates every position: the clients' first requests in the order of their turns, then their second ones, and so on.
    fn update_positions(&self) {
        let longest = self.turns.iter().map(|(_, waiters)| waiters.len()).max().unwrap_or(0);
        let order = (0..longest).flat_map(|round| self.turns.iter().filter_map(move |(_, waiters)| waiters.get(round)));
        for (index, waiter) in order.enumerate() {
            waiter.position.send_if_modified(|position| {
                let changed = *position != index + 1;
                *position = index + 1;
                changed
            });
        }
    }
}

impl<C: Clone + Eq + Hash> Permit<C> {
    /// Waits for the slot; `moved` is called with the position whenever it changes, 1 for the next in line.
    ///
    /// # Errors
    ///
    /// [`NoPermit::Closed`] when the server stops meanwhile.
    pub async fn granted(&mut self, mut moved: impl FnMut(usize)) -> Result<(), NoPermit> {
        let Some(grant) = &mut self.grant else { return Ok(()) };
        moved(*self.position.borrow_and_update());
        loop {
            tokio::select! {
                biased;
                granted = &mut *grant => {
                    granted.map_err(|_| NoPermit::Closed)?;
                    self.grant = None;
                    return Ok(());
                }
                Ok(()) = self.position.changed() => moved(*self.position.borrow_and_update()),
            }
        }
    }
}

impl<C: Clone + Eq + Hash> Drop for Permit<C> {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        let has_slot = match &mut self.grant {
            None => true,
            // The slot may have been granted without `granted` having been polled since.
            Some(grant) => grant.try_recv().is_ok(),
        };
        if has_slot {
            state.release();
        } else {
            state.remove(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn has_slot(permit: &mut Permit<&'static str>) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(20), permit.granted(|_| ()))
            .await
            .is_ok_and(|granted| granted.is_ok())
    }

    #[tokio::test]
    async fn slots_go_to_the_clients_in_turn() {
        let queue = Queue::new(1, 10);
        let running = queue.enter(&"a").unwrap();
        let mut a1 = queue.enter(&"a").unwrap();
        let mut a2 = queue.enter(&"a").unwrap();
        let mut b1 = queue.enter(&"b").unwrap();
        let positions = [&a1, &a2, &b1].map(|permit| *permit.position.borrow());
        assert_eq!(positions, [1, 3, 2]);
        drop(running);
        assert!(has_slot(&mut a1).await);
        assert!(!has_slot(&mut b1).await);
        drop(a1);
        assert!(has_slot(&mut b1).await && !has_slot(&mut a2).await);
        drop(b1);
        assert!(has_slot(&mut a2).await);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_until_a_waiting_request_leaves() {
        let queue = Queue::new(1, 1);
        let _running = queue.enter(&"a").unwrap();
        let waiting = queue.enter(&"a").unwrap();
        assert_eq!(queue.enter(&"b").unwrap_err(), NoPermit::Full);
        drop(waiting);
        assert_eq!(queue.waiting(), 0);
        assert!(queue.enter(&"b").is_ok());
    }

    #[tokio::test]
    async fn a_slot_granted_to_a_request_that_left_goes_to_the_next() {
        let queue = Queue::new(1, 5);
        let running = queue.enter(&"a").unwrap();
        let unseen = queue.enter(&"a").unwrap();
        let mut next = queue.enter(&"a").unwrap();
        drop(running);
        drop(unseen);
        assert!(has_slot(&mut next).await);
        drop(next);
        assert!(has_slot(&mut queue.enter(&"b").unwrap()).await);
    }

    #[tokio::test]
    async fn closing_ends_the_waiting_requests() {
        let queue = Queue::new(1, 5);
        let _running = queue.enter(&"a").unwrap();
        let mut waiting = queue.enter(&"a").unwrap();
        queue.close();
        assert_eq!(waiting.granted(|_| ()).await, Err(NoPermit::Closed));
        assert_eq!(queue.enter(&"a").unwrap_err(), NoPermit::Closed);
    }
}

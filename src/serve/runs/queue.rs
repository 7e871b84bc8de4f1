//! A bounded queue in front of the engine: so many in hand, so many waiting, and the places that become free go round among the
//! clients, so that one who asks for much does not push the others back.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

/// The queue, over clients named by `C`.
#[derive(Debug)]
pub struct Queue<C> {
    state: Mutex<State<C>>,
    most_waiting: usize,
}

#[derive(Debug)]
struct State<C> {
    free: usize,
    /// Clients in the order of their turns, each with those of its requests that wait.
    turns: VecDeque<(C, VecDeque<Waiter>)>,
    next_id: u64,
    closed: bool,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    position: watch::Sender<usize>,
    /// Told that the place is its own.
    turn: oneshot::Sender<()>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPermit {
    /// As many wait as may.
    Full,
    /// The server stops.
    Closed,
}

/// A request that waits, or has its turn. Dropping it gives the place up.
#[derive(Debug)]
pub struct Permit<C: Clone + Eq + Hash> {
    queue: Arc<Queue<C>>,
    id: u64,
    position: watch::Receiver<usize>,
    /// `None` once the turn has come.
    turn: Option<oneshot::Receiver<()>>,
}

impl<C: Clone + Eq + Hash> Queue<C> {
    /// A queue that lets `in_hand` run and `most_waiting` wait.
    pub fn new(in_hand: usize, most_waiting: usize) -> Arc<Self> {
        let state = State {
            free: in_hand,
            turns: VecDeque::new(),
            next_id: 0,
            closed: false,
        };
        Arc::new(Queue {
            state: Mutex::new(state),
            most_waiting,
        })
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    ///
    /// [`NoPermit`].
    pub fn enter(self: &Arc<Self>, client: &C) -> Result<Permit<C>, NoPermit> {
        let mut state = self.state();
        if state.closed {
            return Err(NoPermit::Closed);
        }
        let (position, told) = watch::channel(0);
        let id = state.next_id;
        let mut place = Permit {
            queue: Arc::clone(self),
            id,
            position: told,
            turn: None,
        };
        if state.free > 0 {
            state.free -= 1;
        } else if state.waiting() >= self.most_waiting {
            // The place is dropped without ever having held one.
            place.id = u64::MAX;
            drop(state);
            return Err(NoPermit::Full);
        } else {
            let (turn, comes) = oneshot::channel();
            place.turn = Some(comes);
            state.add(client, Waiter { id, position, turn });
        }
        state.next_id += 1;
        Ok(place)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting()
    }

    /// Lets nobody in any more, and sends away those who wait.
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
        self.tell_positions();
    }

    /// Gives a place that became free to the next in turn.
    fn release(&mut self) {
        while let Some((client, mut waiters)) = self.turns.pop_front() {
            let next = waiters.pop_front();
            if !waiters.is_empty() {
                self.turns.push_back((client, waiters));
            }
            if next.is_some_and(|waiter| waiter.turn.send(()).is_ok()) {
                self.tell_positions();
                return;
            }
        }
        self.free += 1;
    }

    fn remove(&mut self, id: u64) -> bool {
        let before = self.waiting();
        for (_, waiters) in &mut self.turns {
            waiters.retain(|waiter| waiter.id != id);
        }
        self.turns.retain(|(_, waiters)| !waiters.is_empty());
        self.tell_positions();
        self.waiting() < before
    }

    /// Tells everybody how many come before: the clients' first requests in the order of their turns, then their second ones.
    fn tell_positions(&self) {
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
    /// Waits for the turn; `moved` hears the position whenever it changes, 1 for the next.
    ///
    /// # Errors
    ///
    /// [`NoPermit::Closed`] when the server stops meanwhile.
    pub async fn turn(&mut self, mut moved: impl FnMut(usize)) -> Result<(), NoPermit> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        moved(*self.position.borrow_and_update());
        loop {
            tokio::select! {
                biased;
                came = &mut *turn => {
                    came.map_err(|_| NoPermit::Closed)?;
                    self.turn = None;
                    return Ok(());
                }
                Ok(()) = self.position.changed() => moved(*self.position.borrow_and_update()),
            }
        }
    }
}

impl<C: Clone + Eq + Hash> Drop for Permit<C> {
    fn drop(&mut self) {
        if self.id == u64::MAX {
            return;
        }
        let mut state = self.queue.state();
        let has_turn = match &mut self.turn {
            None => true,
            // The turn may have come without anybody having looked.
            Some(turn) => turn.try_recv().is_ok(),
        };
        if has_turn {
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

    async fn has_turn(place: &mut Permit<&'static str>) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(20), place.turn(|_| ()))
            .await
            .is_ok_and(|turn| turn.is_ok())
    }

    #[tokio::test]
    async fn places_go_round_among_clients() {
        let queue = Queue::new(1, 10);
        let running = queue.enter(&"a").unwrap();
        let mut a1 = queue.enter(&"a").unwrap();
        let mut a2 = queue.enter(&"a").unwrap();
        let mut b1 = queue.enter(&"b").unwrap();
        let positions = [&a1, &a2, &b1].map(|place| *place.position.borrow());
        assert_eq!(positions, [1, 3, 2]);
        drop(running);
        assert!(has_turn(&mut a1).await);
        assert!(!has_turn(&mut b1).await);
        drop(a1);
        assert!(has_turn(&mut b1).await && !has_turn(&mut a2).await);
        drop(b1);
        assert!(has_turn(&mut a2).await);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_place_given_up_makes_room() {
        let queue = Queue::new(1, 1);
        let _running = queue.enter(&"a").unwrap();
        let waiting = queue.enter(&"a").unwrap();
        assert_eq!(queue.enter(&"b").unwrap_err(), NoPermit::Full);
        drop(waiting);
        assert_eq!(queue.waiting(), 0);
        assert!(queue.enter(&"b").is_ok());
    }

    #[tokio::test]
    async fn a_turn_that_came_unseen_is_not_lost() {
        let queue = Queue::new(1, 5);
        let running = queue.enter(&"a").unwrap();
        let unseen = queue.enter(&"a").unwrap();
        let mut next = queue.enter(&"a").unwrap();
        drop(running);
        drop(unseen);
        assert!(has_turn(&mut next).await);
        drop(next);
        assert!(has_turn(&mut queue.enter(&"b").unwrap()).await);
    }

    #[tokio::test]
    async fn closing_sends_the_waiting_away() {
        let queue = Queue::new(1, 5);
        let _running = queue.enter(&"a").unwrap();
        let mut waiting = queue.enter(&"a").unwrap();
        queue.close();
        assert_eq!(waiting.turn(|_| ()).await, Err(NoPermit::Closed));
        assert_eq!(queue.enter(&"a").unwrap_err(), NoPermit::Closed);
    }
}

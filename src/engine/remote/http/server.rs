//! One server: how many requests it has in flight and takes, whether it is to be left alone for a while, and its dialect. A circuit
//! breaker: after three failures in a row it rests, then one request tries it, and each further failure doubles the rest.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use url::Url;

use super::dialect::Dialect;

/// Failures in a row after which a server rests.
const FAILURES: u32 = 3;

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Requests in flight at a server of which nothing is known yet.
const FIRST_LIMIT: usize = 4;

/// The most requests in flight at one server.
pub(super) const HIGHEST_LIMIT: usize = 32;

/// A server of a model.
#[derive(Debug)]
pub(super) struct Server {
    /// Its base URL.
    pub(super) base: Url,
    /// The base URL as it is shown.
    pub(super) shown: String,
    pub(super) dialect: OnceCell<Dialect>,
    state: Mutex<State>,
    /// The first rest.
    rest: Duration,
    /// The limit that the user set.
    fixed: Option<usize>,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// How many it takes: one more after as many answers, half after it asked for a pause.
    limit: usize,
    answered_since: usize,
    failures: u32,
    failed_at: Option<Instant>,
    rests_until: Option<Instant>,
    paused_until: Option<Instant>,
}

impl Server {
    pub(super) fn new(base: Url, shown: String, rest: Duration, fixed: Option<usize>) -> Self {
        let state = State {
            in_flight: 0,
            limit: fixed.unwrap_or(FIRST_LIMIT),
            answered_since: 0,
            failures: 0,
            failed_at: None,
            rests_until: None,
            paused_until: None,
        };
        Server {
            base,
            shown,
            dialect: OnceCell::new(),
            state: Mutex::new(state),
            rest,
            fixed,
        }
    }

    /// Whether it failed lately, and its requests in flight, if it takes another now.
    pub(super) fn room(&self) -> Option<(bool, usize)> {
        let (state, now) = (self.state(), Instant::now());
        let paused = state.paused_until.is_some_and(|until| until > now);
        let resting = match state.rests_until {
            Some(until) if until > now => true,
            // After a rest one request tries it.
            Some(_) => state.in_flight > 0,
            None => false,
        };
        let lately = state.failed_at.is_some_and(|at| now - at < LONGEST_REST);
        (!paused && !resting && state.in_flight < state.limit).then_some((lately, state.in_flight))
    }

    /// When it may take a request again, if it waits for a time.
    pub(super) fn back_at(&self) -> Option<Instant> {
        let state = self.state();
        state.rests_until.max(state.paused_until)
    }

    pub(super) fn enter(&self) {
        self.state().in_flight += 1;
    }

    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.in_flight = state.in_flight.saturating_sub(1);
    }

    /// It answered.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.failed_at = None;
        state.rests_until = None;
        state.answered_since += 1;
        if self.fixed.is_none() && state.answered_since >= state.limit && state.limit < HIGHEST_LIMIT {
            state.limit += 1;
            state.answered_since = 0;
        }
    }

    /// It failed. After three times in a row it rests.
    pub(super) fn failed(&self) {
        let mut state = self.state();
        state.failures += 1;
        state.failed_at = Some(Instant::now());
        if let Some(doublings) = state.failures.checked_sub(FAILURES) {
            let rest = self.rest.saturating_mul(1 << doublings.min(10)).min(LONGEST_REST);
            state.rests_until = Instant::now().checked_add(rest);
        }
    }

    /// It asked for a pause.
    pub(super) fn busy(&self, pause: Duration) {
        let mut state = self.state();
        let until = Instant::now().checked_add(pause);
        state.paused_until = state.paused_until.max(until);
        if self.fixed.is_none() {
            state.limit = (state.limit / 2).max(1);
        }
        state.answered_since = 0;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is whole when the lock is released.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn server(rest: Duration) -> Server {
        let base = Url::parse("http://127.0.0.1:1/v1").unwrap();
        Server::new(base, "s".into(), rest, None)
    }

    #[test]
    fn three_failures_in_a_row_open_the_breaker_and_one_request_tries_it_after_the_rest() {
        let server = server(Duration::from_millis(20));
        server.failed();
        server.failed();
        server.answered();
        server.failed();
        server.failed();
        assert_eq!(server.room(), Some((true, 0)), "not three in a row");
        server.failed();
        assert_eq!(server.room(), None);
        std::thread::sleep(Duration::from_millis(25));
        assert_eq!(server.room(), Some((true, 0)));
        server.enter();
        assert_eq!(server.room(), None, "only one tries it");
        server.leave();
        server.answered();
        server.enter();
        assert_eq!(server.room(), Some((false, 1)));
    }

    #[test]
    fn a_server_gets_more_while_it_answers_and_half_after_a_pause() {
        let server = server(Duration::from_secs(1));
        for _ in 0..FIRST_LIMIT {
            server.answered();
        }
        assert_eq!(server.state().limit, FIRST_LIMIT + 1);
        server.busy(Duration::from_secs(60));
        assert_eq!(server.state().limit, 2);
        assert_eq!(server.room(), None);
    }
}

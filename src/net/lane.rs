//! How many requests one host gets at the same time, and the pause that all requests to it keep after it asked for fewer
//! (HTTP 429). Counts and waits; sends nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use super::retry::RetryPolicy;

/// Requests to one host that are under way at the same time.
const IN_FLIGHT: usize = 8;

/// A shorter pause is not worth telling anybody.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// A pause that all requests to a host keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The host that asked for fewer requests.
    pub host: String,
    /// How long it still lasts.
    pub left: Duration,
}

/// The lanes of all hosts.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<String, Arc<Lane>>>);

/// The way to one host.
#[derive(Debug)]
pub(super) struct Lane {
    host: String,
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    paused_until: Option<Instant>,
    /// When the first of the refusals without an answer between them came.
    limited_since: Option<Instant>,
    /// The pauses since then.
    pauses: u32,
}

impl Lanes {
    /// The lane of the URL's scheme, host and port.
    pub(super) fn of(&self, url: &Url) -> Arc<Lane> {
        let mut lanes = lock(&self.0);
        let lane = lanes.entry(url.origin().ascii_serialization()).or_insert_with(|| {
            Arc::new(Lane {
                host: url.host_str().unwrap_or_default().to_owned(),
                places: Semaphore::new(IN_FLIGHT),
                state: Mutex::default(),
            })
        });
        Arc::clone(lane)
    }

    /// The longest pause that is kept at this moment.
    pub(super) fn pause(&self) -> Option<Pause> {
        let now = Instant::now();
        let pauses = lock(&self.0)
            .values()
            .filter_map(|lane| {
                Some(Pause {
                    host: lane.host.clone(),
                    left: lane.left(now)?,
                })
            })
            .collect::<Vec<_>>();
        pauses
            .into_iter()
            .filter(|pause| pause.left >= WORTH_TELLING)
            .max_by_key(|pause| pause.left)
    }
}

impl Lane {
    /// Waits until no pause is kept and a place is free. Gives the time left of a pause that is longer than `patience`.
    pub(super) async fn enter(&self, patience: Duration) -> Result<SemaphorePermit<'_>, Duration> {
        let deadline = Instant::now().checked_add(patience);
        loop {
            self.wait_out(deadline).await?;
            // The semaphore is never closed, so a permit always comes.
            let Ok(place) = self.places.acquire().await else {
                return Err(Duration::ZERO);
            };
            if self.left(Instant::now()).is_none() {
                return Ok(place);
            }
        }
    }

    async fn wait_out(&self, deadline: Option<Instant>) -> Result<(), Duration> {
        loop {
            let now = Instant::now();
            let Some(left) = self.left(now) else {
                return Ok(());
            };
            if deadline.is_some_and(|deadline| now + left > deadline) {
                return Err(left);
            }
            tokio::time::sleep(left).await;
        }
    }

    /// Notes that the host answered.
    pub(super) fn answered(&self) {
        let mut state = lock(&self.state);
        state.limited_since = None;
        state.pauses = 0;
    }

    /// Notes that the host asked for fewer requests, for the time that it named in `asked`, and makes all requests to it pause.
    /// Whether a request that may wait for `patience` is worth another try.
    pub(super) fn limited(&self, asked: Option<Duration>, policy: &RetryPolicy, patience: Duration) -> bool {
        let now = Instant::now();
        let mut state = lock(&self.state);
        let since = *state.limited_since.get_or_insert(now);
        // Requests that were under way when the pause began are refused with the same breath.
        if state.paused_until.is_none_or(|until| until <= now) {
            state.pauses += 1;
        }
        let pause = asked.unwrap_or_else(|| policy.back_off(state.pauses));
        let until = now.checked_add(pause);
        state.paused_until = state.paused_until.max(until);
        pause <= patience && now.duration_since(since).saturating_add(pause) <= patience
    }

    fn left(&self, now: Instant) -> Option<Duration> {
        let until = lock(&self.state).paused_until?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

/// What is behind a lock is whole whenever it is released, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn lane() -> Arc<Lane> {
        Lanes::default().of(&Url::parse("https://example.org/a").unwrap())
    }

    #[test]
    fn a_host_has_one_lane_whatever_the_path() {
        let lanes = Lanes::default();
        let of = |url: &str| lanes.of(&Url::parse(url).unwrap());
        assert!(Arc::ptr_eq(
            &of("https://example.org/a"),
            &of("https://example.org/b?c")
        ));
        assert!(!Arc::ptr_eq(
            &of("https://example.org/a"),
            &of("https://example.org:8443/a")
        ));
    }

    #[tokio::test]
    async fn a_pause_holds_everybody_and_is_told() {
        let lanes = Lanes::default();
        let lane = lanes.of(&Url::parse("https://example.org/a").unwrap());
        assert_eq!(lanes.pause(), None);
        assert!(lane.limited(Some(60 * SECOND), &RetryPolicy::SERVICE, 120 * SECOND));
        let pause = lanes.pause().unwrap();
        assert_eq!(pause.host, "example.org");
        assert!(pause.left > 50 * SECOND && pause.left <= 60 * SECOND);
        let left = lane.enter(SECOND).await.unwrap_err();
        assert!(left > 50 * SECOND, "{left:?}");
    }

    #[tokio::test]
    async fn a_pause_that_is_over_lets_in_and_an_answer_forgets_it() {
        let lane = lane();
        assert!(lane.limited(Some(Duration::from_millis(5)), &RetryPolicy::SERVICE, SECOND));
        assert!(lane.enter(SECOND).await.is_ok());
        lane.answered();
        assert_eq!(lock(&lane.state).pauses, 0);
    }

    #[tokio::test]
    async fn so_many_get_in_at_once() {
        let lane = lane();
        let mut inside = Vec::new();
        for _ in 0..IN_FLIGHT {
            inside.push(lane.enter(SECOND).await.unwrap());
        }
        let one_more = tokio::time::timeout(Duration::from_millis(20), lane.enter(SECOND)).await;
        assert!(one_more.is_err());
        inside.pop();
        assert!(lane.enter(SECOND).await.is_ok());
    }

    #[test]
    fn refusals_in_one_breath_lengthen_the_pause_once() {
        let lane = lane();
        for _ in 0..IN_FLIGHT {
            lane.limited(None, &RetryPolicy::LIST, 60 * SECOND);
        }
        assert_eq!(lock(&lane.state).pauses, 1);
    }

    #[test]
    fn a_time_longer_than_the_patience_is_not_worth_another_try() {
        let lane = lane();
        assert!(!lane.limited(Some(121 * SECOND), &RetryPolicy::SERVICE, 120 * SECOND));
        assert!(lane.limited(Some(121 * SECOND), &RetryPolicy::SERVICE, 3_600 * SECOND));
    }
}

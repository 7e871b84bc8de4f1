//! The servers of one model: a request gets the one with the fewest in flight among those that take one, and waits where none does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::server::{HIGHEST_LIMIT, Server};

/// How long a wait lasts at most before the servers are looked at again.
const LOOK: Duration = Duration::from_millis(250);

/// The servers of a model.
#[derive(Debug)]
pub(super) struct Spread {
    pub(super) servers: Vec<Arc<Server>>,
    /// The most in flight over all of them.
    pub(super) at_once: usize,
    freed: Notify,
}

/// A place at a server, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) server: Arc<Server>,
    /// The server's index.
    pub(super) index: usize,
    spread: Arc<Spread>,
}

impl Spread {
    pub(super) fn new(servers: Vec<Arc<Server>>, fixed: Option<usize>) -> Arc<Self> {
        Arc::new(Spread {
            at_once: servers.len() * fixed.unwrap_or(HIGHEST_LIMIT),
            servers,
            freed: Notify::new(),
        })
    }

    /// A place at the server with the fewest requests in flight, if one takes a request now; at `avoid` only if no other does, and at one
    /// that failed lately only if the others are full.
    pub(super) fn now(self: &Arc<Self>, avoid: Option<usize>) -> Option<Lease> {
        let rooms = self.servers.iter().enumerate().filter_map(|(index, server)| {
            let (failed_lately, in_flight) = server.room()?;
            Some((Some(index) == avoid, failed_lately, in_flight, index))
        });
        let (_, _, _, index) = rooms.min()?;
        let server = Arc::clone(&self.servers[index]);
        server.enter();
        Some(Lease {
            server,
            index,
            spread: Arc::clone(self),
        })
    }

    /// Waits for a place, but not longer than `patience` while every server rests or pauses.
    pub(super) async fn place(self: &Arc<Self>, avoid: Option<usize>, patience: Duration) -> Option<Lease> {
        let begun = Instant::now();
        loop {
            if let Some(lease) = self.now(avoid) {
                return Some(lease);
            }
            let back = self.servers.iter().map(|server| server.back_at());
            let now = Instant::now();
            // A server that only has too much in flight will be free in time.
            let all_away = back.clone().all(|back| back.is_some_and(|back| back > now));
            let first = back.flatten().min();
            if all_away && (now - begun > patience || first.is_some_and(|first| first - begun > patience)) {
                return None;
            }
            let most = first
                .map_or(LOOK, |first| first.saturating_duration_since(now))
                .clamp(Duration::from_millis(1), LOOK);
            // Whether a place was freed or the time is up, the servers are looked at again.
            let _ = tokio::time::timeout(most, self.freed.notified()).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.server.leave();
        self.spread.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use url::Url;

    use super::*;

    fn spread(count: usize, fixed: Option<usize>) -> Arc<Spread> {
        let server = |port: usize| {
            let base = Url::parse(&format!("http://127.0.0.1:{}/v1", port + 1)).unwrap();
            Arc::new(Server::new(base, String::new(), Duration::from_secs(1), fixed))
        };
        Spread::new((0..count).map(server).collect(), fixed)
    }

    #[test]
    fn requests_go_where_the_fewest_are_in_flight_and_elsewhere_after_a_failure() {
        let spread = spread(3, None);
        let leases: Vec<Lease> = (0..6).map(|_| spread.now(None).unwrap()).collect();
        let indices: Vec<usize> = leases.iter().map(|lease| lease.index).collect();
        assert_eq!(indices, [0, 1, 2, 0, 1, 2]);
        drop(leases);
        assert_eq!(spread.now(Some(0)).unwrap().index, 1);
        spread.servers[1].busy(Duration::from_secs(9));
        spread.servers[2].busy(Duration::from_secs(9));
        assert_eq!(spread.now(Some(0)).unwrap().index, 0, "no other takes one");
    }

    #[tokio::test]
    async fn a_request_waits_for_a_place_and_gives_up_on_servers_that_are_away_for_long() {
        let spread = spread(1, Some(1));
        let lease = spread.now(None).unwrap();
        let waiting = tokio::spawn({
            let spread = Arc::clone(&spread);
            async move { spread.place(None, Duration::ZERO).await.is_some() }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(lease);
        assert!(waiting.await.unwrap());
        spread.servers[0].busy(Duration::from_secs(60));
        assert!(spread.place(None, Duration::from_secs(1)).await.is_none());
    }
}

//! How long the latest answers took for their first piece: what is longer than 95 of 100 is slow.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers from which the 95th percentile is known.
const ENOUGH: usize = 20;

/// Answers that count.
const LATEST: usize = 128;

/// How long the first pieces of the latest answers took.
#[derive(Debug, Default)]
pub(super) struct Latencies(Mutex<VecDeque<Duration>>);

impl Latencies {
    /// Notes one.
    pub(super) fn add(&self, latency: Duration) {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == LATEST {
            latest.pop_front();
        }
        latest.push_back(latency);
    }

    /// The 95th percentile, once enough are known.
    pub(super) fn slow(&self) -> Option<Duration> {
        let latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<Duration> = latest.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() >= ENOUGH).then(|| sorted[sorted.len() * 95 / 100])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_slow_ones_are_known_after_twenty_answers() {
        let latencies = Latencies::default();
        for milliseconds in 1..20 {
            latencies.add(Duration::from_millis(milliseconds));
        }
        assert_eq!(latencies.slow(), None);
        latencies.add(Duration::from_millis(500));
        assert_eq!(latencies.slow(), Some(Duration::from_millis(500)));
        for _ in 0..LATEST {
            latencies.add(Duration::from_millis(7));
        }
        assert_eq!(latencies.slow(), Some(Duration::from_millis(7)));
    }
}

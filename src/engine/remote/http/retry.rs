//! What follows a failed try: nothing, or another one after a delay, at another server where there is one.

use std::time::{Duration, Instant};

use super::fault::Fault;
use super::spread::{Lease, Spread};
use crate::engine::error::RemoteFailure;
use crate::engine::remote::ask::{Spent, Told};

/// Tries of one request, the first included. Requests for a pause are not counted; their time is bounded.
const MOST_TRIES: u32 = 4;

/// The delay before the second try at the same server; doubled before each later one.
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The pause where a server asks for one and names no time.
const USUAL_PAUSE: Duration = Duration::from_secs(1);

/// The tries of one request.
#[derive(Debug)]
pub(super) struct Retry {
    tries: u32,
    begun: Instant,
    patience: Duration,
    /// The server of the last try.
    pub(super) avoid: Option<usize>,
}

impl Retry {
    pub(super) fn new(patience: Duration) -> Self {
        Retry {
            tries: 0,
            begun: Instant::now(),
            patience,
            avoid: None,
        }
    }

    /// Notes a failed try at a server. Returns whether another follows, after its delay.
    pub(super) async fn again(&mut self, fault: &Fault, index: usize, spread: &Spread) -> bool {
        self.avoid = Some(index);
        match fault {
            Fault::Refused(_) | Fault::Late => false,
            Fault::Busy { after, .. } => {
                after.is_none_or(|after| after <= self.patience) && self.begun.elapsed() <= self.patience
            }
            Fault::Broken(_) => {
                self.tries += 1;
                if self.tries >= MOST_TRIES {
                    return false;
                }
                if spread.servers.len() == 1 {
                    tokio::time::sleep(FIRST_DELAY * (1 << self.tries)).await;
                }
                true
            }
        }
    }
}

/// Tells a server's state what became of a try at it.
pub(super) fn note<T>(lease: &Lease, outcome: &Result<T, Fault>) {
    match outcome {
        Ok(_) | Err(Fault::Refused(_)) => lease.server.answered(),
        Err(Fault::Busy { after, .. }) => lease.server.busy(after.unwrap_or(USUAL_PAUSE)),
        Err(Fault::Broken(reason)) => {
            tracing::debug!(%reason, "a server failed");
            lease.server.failed();
        }
        Err(Fault::Late) => {}
    }
}

/// There is no answer.
pub(super) fn given_up(model: &str, fault: &Fault, spent: Spent) -> Told {
    Told::Failed {
        kind: fault.kind(),
        reason: format!("{model}: {}", fault.reason()),
        spent,
    }
}

/// No server takes a request.
pub(super) fn all_away(model: &str, last: Option<&Fault>, spent: Spent) -> Told {
    let last = last
        .map(|fault| format!(" (the last said: {})", fault.reason()))
        .unwrap_or_default();
    Told::Failed {
        kind: RemoteFailure::Unreachable,
        reason: format!("{model}: no server takes requests now{last}; try again later"),
        spent,
    }
}

//! How often and how patiently a download is tried again. Pure: it computes delays and sleeps never.

use std::time::Duration;

use crate::models::ModelsError;

/// The patience of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first, in a row and without progress.
    pub retries: u32,
    /// Before the first of them; doubled each time.
    pub first_delay: Duration,
    /// The doubling stops here.
    pub longest_delay: Duration,
    /// A server that asks for a longer pause than this is not waited for.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 5,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(30),
            longest_wait: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// The delay before retry `number`, counted from 1.
    pub(crate) fn delay(&self, number: u32) -> Duration {
        let doubled = 1u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_delay.saturating_mul(doubled).min(self.longest_delay)
    }
}

/// Why one try ended without a file.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Another try would end the same way.
    Final(Box<ModelsError>),
    /// Another try may go better.
    Again {
        /// What to say when the tries are used up.
        error: Box<ModelsError>,
        /// The pause the server asked for.
        after: Option<Duration>,
    },
    /// The partial file turned out to be of other content and was thrown away: begin anew.
    Anew(Box<ModelsError>),
}

impl Refusal {
    /// Another try after the usual delay.
    pub(crate) fn again(error: ModelsError) -> Refusal {
        Refusal::Again {
            error: Box::new(error),
            after: None,
        }
    }
}

impl From<ModelsError> for Refusal {
    fn from(error: ModelsError) -> Refusal {
        Refusal::Final(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_bound_and_never_overflow() {
        let policy = RetryPolicy::default();
        let seconds: Vec<_> = (1..=7).map(|number| policy.delay(number).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(policy.delay(u32::MAX), policy.longest_delay);
    }
}

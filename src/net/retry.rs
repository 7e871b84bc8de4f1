//! The retry policy of all requests: how many retries, the delay before each, and the time limit of all together. Computes delays
//! from the number of failures and from `Retry-After`; never sleeps and never sends.

use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How often a request is tried again, and how long that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first, in a row and without progress.
    pub retries: u32,
    /// The delay before the first retry where the server names none; doubled before each later one.
    pub first_delay: Duration,
    /// The doubling stops here.
    pub longest_delay: Duration,
    /// A server that asks for a longer delay than this (`Retry-After`) gets no further try.
    pub longest_wait: Duration,
    /// No try begins later than this after the first one, or after the last progress.
    pub total: Duration,
}

impl RetryPolicy {
    /// For a service that a person waits for: three tries within two minutes.
    pub const SERVICE: Self = Self {
        retries: 2,
        first_delay: Duration::from_millis(400),
        longest_delay: Duration::from_secs(20),
        longest_wait: Duration::from_secs(120),
        total: Duration::from_secs(120),
    };

    /// For what an analysis can do without: two tries within a minute.
    pub const EXTRA: Self = Self {
        retries: 1,
        first_delay: Duration::from_millis(400),
        longest_delay: Duration::from_secs(20),
        longest_wait: Duration::from_secs(20),
        total: Duration::from_secs(60),
    };

    /// For a page of a long list that nobody waits for: five tries within five minutes.
    pub const LIST: Self = Self {
        retries: 4,
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(30),
        longest_wait: Duration::from_secs(120),
        total: Duration::from_secs(5 * 60),
    };

    /// For a download of gigabytes that resumes where it stopped: six tries without progress, within a quarter of an hour.
    pub const DOWNLOAD: Self = Self {
        retries: 5,
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(30),
        longest_wait: Duration::from_secs(120),
        total: Duration::from_secs(15 * 60),
    };

    /// The exponential back-off before retry `number`, counted from 1.
    pub(super) fn back_off(&self, number: u32) -> Duration {
        let factor = 1u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_delay.saturating_mul(factor).min(self.longest_delay)
    }
}

/// The tries of one request.
#[derive(Debug)]
pub(crate) struct Tries {
    policy: RetryPolicy,
    failed: u32,
    since: Instant,
}

impl Tries {
    /// Starts counting; the first try begins now.
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            failed: 0,
            since: Instant::now(),
        }
    }

    /// Counts a failed try. Returns the delay before the next one, or `None` when there is to be none. `asked` is the delay that
    /// the server named.
    pub(crate) fn after_failure(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.failed += 1;
        let delay = asked.unwrap_or_else(|| self.policy.back_off(self.failed));
        let allowed = self.failed <= self.policy.retries
            && asked.is_none_or(|asked| asked <= self.policy.longest_wait)
            && self.since.elapsed().saturating_add(delay) <= self.policy.total;
        allowed.then_some(delay)
    }

    /// Resets the count: the request has made progress since the last failure.
    pub(crate) fn progressed(&mut self) {
        *self = Self::new(self.policy);
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). A date is measured against the server's own clock where it sends one.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn seconds(tries: &mut Tries, asked: Option<u64>) -> Option<u64> {
        let delay = tries.after_failure(asked.map(Duration::from_secs));
        delay.map(|delay| delay.as_secs())
    }

    #[test]
    fn delays_double_up_to_a_bound_and_never_overflow() {
        let policy = RetryPolicy::DOWNLOAD;
        let seconds: Vec<_> = (1..=7).map(|number| policy.back_off(number).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(policy.back_off(u32::MAX), policy.longest_delay);
    }

    #[test]
    fn tries_end_after_the_retries_of_the_policy_and_progress_grants_them_anew() {
        let mut tries = Tries::new(RetryPolicy::DOWNLOAD);
        let granted: Vec<_> = (0..6).map(|_| seconds(&mut tries, None)).collect();
        assert_eq!(granted, [Some(1), Some(2), Some(4), Some(8), Some(16), None]);
        tries.progressed();
        assert_eq!(seconds(&mut tries, None), Some(1));
    }

    #[test]
    fn a_delay_that_the_server_names_is_kept_unless_it_is_too_long() {
        let mut tries = Tries::new(RetryPolicy::DOWNLOAD);
        assert_eq!(seconds(&mut tries, Some(120)), Some(120));
        assert_eq!(seconds(&mut tries, Some(121)), None);
    }

    #[test]
    fn no_try_begins_after_the_total_time() {
        let policy = RetryPolicy {
            total: Duration::from_secs(10),
            ..RetryPolicy::DOWNLOAD
        };
        assert_eq!(seconds(&mut Tries::new(policy), Some(9)), Some(9));
        assert_eq!(seconds(&mut Tries::new(policy), Some(11)), None);
    }

    fn headers(retry: &str, date: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        headers
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        assert_eq!(retry_after(&headers("7", None)), Some(Duration::from_secs(7)));
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(
            retry_after(&headers("Sun, 06 Nov 1994 08:49:50 GMT", now)),
            Some(Duration::from_secs(13))
        );
        assert_eq!(
            retry_after(&headers("Sun, 06 Nov 1994 08:00:00 GMT", now)),
            Some(Duration::ZERO)
        );
        assert_eq!(
            retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT", None)),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers("soon", None)), None);
    }
}

//! Errors of HTTP requests. Messages say what to do; none holds a query string, a header or a user name.

use std::time::Duration;

use thiserror::Error;

/// Why there is no answer. `url` is always without query, fragment and user name.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The client could not be made.
    #[error("cannot set up the HTTP client: check the proxy's URL and the system's certificates")]
    Client(#[source] reqwest::Error),
    /// The configured address is no web address.
    #[error("`{url}` is not a usable base URL: {reason}")]
    BaseUrl {
        /// The address, as far as it can be shown.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer in time.
    #[error("{url} did not answer within {seconds} s: try again later, or raise the time-out")]
    Timeout {
        /// What was asked.
        url: String,
        /// The time-out of one try.
        seconds: f64,
    },
    /// The connection failed or broke.
    #[error("cannot reach {url}: {reason}")]
    Connection {
        /// What was asked.
        url: String,
        /// The innermost cause: the outer errors only say that sending failed.
        reason: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// 401 or 403.
    #[error("{url} refused access (HTTP {status})")]
    Unauthorized {
        /// What was asked.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// 429 on every try, or with a longer wait than allowed.
    #[error("{url} asks for fewer requests (HTTP 429){}", wait_hint(*.retry_after))]
    RateLimited {
        /// What was asked.
        url: String,
        /// The wait the server named.
        retry_after: Option<Duration>,
    },
    /// 999, or a page for people in place of an answer.
    #[error(
        "{url} takes this program for a robot and blocks it (HTTP {status}): wait for an hour, ask for fewer tickers, or name another source"
    )]
    Blocked {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// 5xx on every try.
    #[error("{url} is out of order (HTTP {status}): try again later")]
    Server {
        /// What was asked.
        url: String,
        /// The last status.
        status: u16,
    },
    /// A redirect to another host, or one redirect too many.
    #[error("{url} redirects elsewhere (HTTP {status}), which is not followed: check the base URL")]
    Redirected {
        /// What was asked.
        url: String,
        /// 3xx.
        status: u16,
    },
    /// The answer exceeds the size limit.
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// An error and its causes in one line. A cause that the message already contains is not repeated.
pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let told = cause.to_string();
        if !message.contains(&told) {
            message.push_str(": ");
            message.push_str(&told);
        }
        source = cause.source();
    }
    message
}

fn wait_hint(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!(": try again in {} s", wait.as_secs().max(1)),
        None => ": try again later".to_owned(),
    }
}

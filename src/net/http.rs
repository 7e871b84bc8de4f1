//! The one way out to the network: a request comes in, a bounded answer goes out, after as many tries as the caller has
//! patience for. Never follows a redirect to another host, never reads a proxy from the environment, never writes a query
//! string, a header or a user name into an error or a log.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use thiserror::Error;
use url::Url;

use super::address::shown_url;

/// Twenty years of daily bars are about 1 MB of JSON.
const MAX_BODY: usize = 16 << 20;

const MAX_REDIRECTS: usize = 3;

/// How connections are made.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// A proxy's URL for all requests. The environment's `*_PROXY` variables are not read, so that no request takes a way
    /// that the configuration does not name.
    pub proxy: Option<String>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            proxy: None,
        }
    }
}

/// How long one request may take and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one try, from connecting to the last byte.
    pub timeout: Duration,
    /// Tries after the first, where another try may help: 429, 5xx, a broken connection, a time-out.
    pub max_retries: u32,
    /// Wait before the first retry where the server names none; doubled before each later one.
    pub first_wait: Duration,
    /// The longest wait between two tries. A server that asks for more (`Retry-After`) gets no further try.
    pub max_wait: Duration,
    /// Whether a 401 or 403 gets another try: Yahoo answers so to a burst, while a service with keys means it.
    pub retry_unauthorized: bool,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            max_retries: 2,
            first_wait: Duration::from_millis(400),
            max_wait: Duration::from_secs(20),
            retry_unauthorized: false,
        }
    }
}

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
        /// What is at the bottom of it: the outer errors only say that sending failed.
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
    /// More than anybody needs.
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The bound in bytes.
        limit: usize,
    },
}

fn wait_hint(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!(": try again in {} s", wait.as_secs().max(1)),
        None => ": try again later".to_owned(),
    }
}

/// An answer that another try would not change: any status but 401, 403, 429, 3xx and 5xx, which are errors.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// At most 16 MiB.
    pub body: Vec<u8>,
}

/// A connection pool with the rules of this file. Cheap to clone, and to make: the system's certificates are read at the first
/// request, which an analysis of bundled data never makes.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connect_timeout: Duration,
    proxy: Option<reqwest::Proxy>,
    pool: Arc<OnceLock<reqwest::Client>>,
}

impl HttpClient {
    /// A pool that opens no connection yet.
    ///
    /// # Errors
    /// [`HttpError::Client`] when the proxy's URL cannot be used.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let proxy = options.proxy.as_ref().map(reqwest::Proxy::all).transpose();
        Ok(Self {
            connect_timeout: options.connect_timeout,
            proxy: proxy.map_err(HttpError::Client)?,
            pool: Arc::default(),
        })
    }

    fn pool(&self) -> Result<&reqwest::Client, HttpError> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            .redirect(Policy::custom(|attempt| {
                // A key in a header of our own would travel along to another host.
                let first = attempt.previous().first();
                let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
                if same && attempt.previous().len() <= MAX_REDIRECTS {
                    attempt.follow()
                } else {
                    attempt.stop()
                }
            }))
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        let made = builder.build().map_err(HttpError::Client)?;
        Ok(self.pool.get_or_init(|| made))
    }

    /// Sends what `request` makes, again where another try may help. `url` is what errors show.
    ///
    /// # Errors
    /// Every variant of [`HttpError`] but `BaseUrl`; `Client` when the system's certificates cannot be used.
    pub async fn send(
        &self,
        url: &Url,
        patience: &Patience,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Answer, HttpError> {
        let shown = shown_url(url);
        let mut tries = 0;
        loop {
            let (error, wait) = match self.once(&shown, patience, &request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let wait = match wait {
                Wait::No => return Err(error),
                Wait::BackOff => (patience.first_wait * 2u32.saturating_pow(tries)).min(patience.max_wait),
                Wait::Named(wait) if wait > patience.max_wait => return Err(error),
                Wait::Named(wait) => wait,
            };
            if tries >= patience.max_retries {
                return Err(error);
            }
            tries += 1;
            tracing::debug!(%error, ?wait, tries, "asking again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(
        &self,
        shown: &str,
        patience: &Patience,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Answer, (HttpError, Wait)> {
        let failed = |source: reqwest::Error| {
            let error = if source.is_timeout() {
                HttpError::Timeout {
                    url: shown.to_owned(),
                    seconds: patience.timeout.as_secs_f64(),
                }
            } else {
                let source = source.without_url();
                HttpError::Connection {
                    url: shown.to_owned(),
                    reason: root_cause(&source),
                    source,
                }
            };
            (error, Wait::BackOff)
        };
        let pool = self.pool().map_err(|error| (error, Wait::No))?;
        let response = request(pool).timeout(patience.timeout).send().await.map_err(failed)?;
        let url = shown.to_owned();
        let status = response.status();
        let named = retry_after(response.headers());
        let wait = named.map_or(Wait::BackOff, Wait::Named);
        match status.as_u16() {
            401 | 403 => Err((
                HttpError::Unauthorized {
                    url,
                    status: status.as_u16(),
                },
                if patience.retry_unauthorized { wait } else { Wait::No },
            )),
            429 => Err((
                HttpError::RateLimited {
                    url,
                    retry_after: named,
                },
                wait,
            )),
            300..=399 => Err((
                HttpError::Redirected {
                    url,
                    status: status.as_u16(),
                },
                Wait::No,
            )),
            500..=599 => Err((
                HttpError::Server {
                    url,
                    status: status.as_u16(),
                },
                wait,
            )),
            _ => match bounded_body(response).await {
                Ok(Some(body)) => Ok(Answer { status, body }),
                Ok(None) => Err((HttpError::TooLarge { url, limit: MAX_BODY }, Wait::No)),
                Err(source) => Err(failed(source)),
            },
        }
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

enum Wait {
    No,
    BackOff,
    Named(Duration),
}

/// `None` when there is more than [`MAX_BODY`].
async fn bounded_body(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). A date is measured against the server's own clock where it sends one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
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
        assert_eq!(retry_after(&headers("soon", None)), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}

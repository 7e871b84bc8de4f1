//! The HTTP client of the data services: a request comes in, an answer of bounded size goes out, after as many tries as the retry
//! policy allows. Never follows a redirect to another host, never reads a proxy from the environment, never writes a query
//! string, a header or a user name into an error or a log.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use url::Url;

use super::address::shown_url;
use super::error::HttpError;
use super::retry::{RetryPolicy, Tries, retry_after};

/// Twenty years of daily bars are about 1 MB of JSON.
const MAX_BODY: usize = 16 << 20;

const MAX_REDIRECTS: usize = 3;

/// How connections are made.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// A proxy's URL for all requests. The environment's `*_PROXY` variables are ignored: traffic goes only where the
    /// configuration says.
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
pub struct RequestOptions {
    /// For one try, from connecting to the last byte.
    pub timeout: Duration,
    /// The retries after 429, 5xx, a broken connection or a time-out.
    pub retry: RetryPolicy,
    /// Whether to retry a 401 or 403: Yahoo answers so to bursts of requests, while a service with keys means it.
    pub retry_unauthorized: bool,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry: RetryPolicy::SERVICE,
            retry_unauthorized: false,
        }
    }
}

/// A final answer: any status but 401, 403, 429, 3xx and 5xx, which are errors.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// At most 16 MiB.
    pub body: Vec<u8>,
}

/// A connection pool. Cheap to make and to clone: the system's certificates are read at the first request, which an analysis of
/// bundled data never makes.
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
                // A key in a custom header would be sent along to another host.
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

    /// Sends the request that `request` builds, and retries by the policy. `url` is what errors show.
    ///
    /// # Errors
    /// Every variant of [`HttpError`] but `BaseUrl`; `Client` when the system's certificates cannot be used.
    pub async fn send(
        &self,
        url: &Url,
        options: &RequestOptions,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Answer, HttpError> {
        let shown = shown_url(url);
        let mut tries = Tries::new(options.retry);
        loop {
            let (error, again) = match self.once(&shown, options, &request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let delay = match again {
                Again::Never => None,
                Again::After(asked) => tries.after_failure(asked),
            };
            let Some(delay) = delay else {
                return Err(error);
            };
            tracing::debug!(%error, ?delay, "trying again");
            tokio::time::sleep(delay).await;
        }
    }

    async fn once(
        &self,
        shown: &str,
        options: &RequestOptions,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Answer, (HttpError, Again)> {
        let failed = |source: reqwest::Error| {
            let error = if source.is_timeout() {
                HttpError::Timeout {
                    url: shown.to_owned(),
                    seconds: options.timeout.as_secs_f64(),
                }
            } else {
                let source = source.without_url();
                HttpError::Connection {
                    url: shown.to_owned(),
                    reason: root_cause(&source),
                    source,
                }
            };
            (error, Again::After(None))
        };
        let pool = self.pool().map_err(|error| (error, Again::Never))?;
        let response = request(pool).timeout(options.timeout).send().await.map_err(failed)?;
        let (url, status) = (shown.to_owned(), response.status());
        let asked = retry_after(response.headers());
        match status.as_u16() {
            status @ (401 | 403) => {
                let again = if options.retry_unauthorized {
                    Again::After(asked)
                } else {
                    Again::Never
                };
                Err((HttpError::Unauthorized { url, status }, again))
            }
            429 => {
                let error = HttpError::RateLimited {
                    url,
                    retry_after: asked,
                };
                Err((error, Again::After(asked)))
            }
            status @ 300..=399 => Err((HttpError::Redirected { url, status }, Again::Never)),
            status @ 500..=599 => Err((HttpError::Server { url, status }, Again::After(asked))),
            _ => match bounded_body(response).await {
                Ok(Some(body)) => Ok(Answer { status, body }),
                Ok(None) => Err((HttpError::TooLarge { url, limit: MAX_BODY }, Again::Never)),
                Err(source) => Err(failed(source)),
            },
        }
    }
}

/// Whether a retry may help, and the delay that the server named.
enum Again {
    Never,
    After(Option<Duration>),
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
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

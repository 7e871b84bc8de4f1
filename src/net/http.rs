//! The HTTP client of the data services: a request comes in, an answer of bounded size goes out, after as many tries as the retry
//! policy allows. Never follows a redirect to another host, never reads a proxy from the environment, never writes a query
//! string, a header or a user name into an error or a log.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use url::Url;

use super::address::shown_url;
use super::error::HttpError;
use super::lane::{Lanes, Pause};
use super::retry::{RetryPolicy, Tries, retry_after};

/// Twenty years of daily bars are about 1 MB of JSON.
const MAX_BODY: usize = 16 << 20;

const MAX_REDIRECTS: usize = 3;

/// The longest time that one of many requests waits for a service that asks for fewer and answers none.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

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
    /// Whether a [patient](HttpClient::patient) client waits for as long as it takes when the service asks for fewer requests.
    pub worth_waiting: bool,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry: RetryPolicy::SERVICE,
            retry_unauthorized: false,
            worth_waiting: false,
        }
    }
}

/// A final answer: any status but 401, 403, 429, 999, 3xx and 5xx, which are errors.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// At most 16 MiB.
    pub body: Vec<u8>,
    /// The cookies that came with it, each as `name=value`.
    pub cookies: Vec<String>,
}

impl Answer {
    /// Whether the answer is a web page for people: a consent form, a puzzle, or a note about an outage.
    pub(crate) fn is_page(&self) -> bool {
        self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
    }
}

/// A connection pool. Cheap to make and to clone: the system's certificates are read at the first request, which an analysis of
/// bundled data never makes.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connect_timeout: Duration,
    proxy: Option<reqwest::Proxy>,
    pool: Arc<OnceLock<reqwest::Client>>,
    lanes: Arc<Lanes>,
    patient: bool,
    /// What is answered to every request, in place of a service.
    #[cfg(any(test, fuzzing))]
    given: Option<Arc<Answer>>,
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
            lanes: Arc::default(),
            patient: false,
            #[cfg(any(test, fuzzing))]
            given: None,
        })
    }

    /// A client that opens no connection and gets this answer to every request.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn answered(answer: Answer) -> Result<Self, HttpError> {
        Ok(Self {
            given: Some(Arc::new(answer)),
            ..Self::new(&HttpOptions::default())?
        })
    }

    /// The same client for many requests that nobody waits for one by one: those that are worth it wait up to an hour when a service
    /// asks for fewer requests, instead of two minutes.
    pub fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// The longest pause that requests of this client, and of its clones, keep at this moment.
    pub fn pause(&self) -> Option<Pause> {
        self.lanes.pause()
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

    /// Sends the request that `request` builds, and retries by the policy. `url` is what errors show. At most eight requests to one
    /// host are under way at the same time, and when it asks for fewer (429), all of them pause.
    ///
    /// # Errors
    /// Every variant of [`HttpError`] but `BaseUrl`; `Client` when the system's certificates cannot be used.
    pub async fn send(
        &self,
        url: &Url,
        options: &RequestOptions,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Answer, HttpError> {
        let (shown, lane) = (shown_url(url), self.lanes.of(url));
        let patience = if self.patient && options.worth_waiting {
            PATIENCE
        } else {
            options.retry.longest_wait
        };
        let mut tries = Tries::new(options.retry);
        loop {
            let place = lane.enter(patience).await.map_err(|left| HttpError::RateLimited {
                url: shown.clone(),
                retry_after: Some(left),
            })?;
            let answer = self.once(&shown, options, &request).await;
            drop(place);
            let (error, again) = match answer {
                Ok(answer) => {
                    lane.answered();
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            let delay = match again {
                Again::Never => None,
                Again::After(asked) => tries.after_failure(asked),
                // The next try waits with all other requests to this host.
                Again::WithOthers(asked) => {
                    let worth_it = lane.limited(asked, &options.retry, patience);
                    (worth_it && (patience == PATIENCE || tries.after_failure(asked).is_some()))
                        .then_some(Duration::ZERO)
                }
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
        #[cfg(any(test, fuzzing))]
        if let Some(answer) = &self.given {
            return Ok(Answer::clone(answer));
        }
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
        let cookies = cookies(response.headers());
        match status.as_u16() {
            status @ (401 | 403) if is_page(&response) => Err((HttpError::Blocked { url, status }, Again::Never)),
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
                Err((error, Again::WithOthers(asked)))
            }
            // Not a status of HTTP: some services answer so to what they take for a robot.
            status @ 999 => Err((HttpError::Blocked { url, status }, Again::Never)),
            status @ 300..=399 => Err((HttpError::Redirected { url, status }, Again::Never)),
            status @ 500..=599 => Err((HttpError::Server { url, status }, Again::After(asked))),
            _ => match bounded_body(response).await {
                Ok(Some(body)) => Ok(Answer { status, body, cookies }),
                Ok(None) => Err((HttpError::TooLarge { url, limit: MAX_BODY }, Again::Never)),
                Err(source) => Err(failed(source)),
            },
        }
    }
}

/// The names and values of `Set-Cookie`, without their attributes.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let pairs = values.filter_map(|value| value.split(';').next());
    pairs.map(|pair| pair.trim().to_owned()).collect()
}

/// Whether the answer calls itself a web page for people.
fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().starts_with("text/html"))
}

/// Whether a retry may help, and the delay that the server named.
enum Again {
    Never,
    After(Option<Duration>),
    /// After the pause that all requests to the host keep.
    WithOthers(Option<Duration>),
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

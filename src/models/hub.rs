//! Client of a model hub: `GET {base}/{repo}/resolve/{revision}/{path}`. Redirects are followed by hand, because the hub's
//! headers about the file (hash, size and commit) are on the redirect, and because the token may go to the base URL's origin
//! only. Returns an [`Answer`] with an unread body; touches no file.

use std::fmt;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url};

use super::answer::{Answer, etag, number, text};
use super::error::ModelsError;
use super::part::Marks;
use super::refusal::Refusal;
use crate::net::{Secret, is_loopback, retry_after};

const REDIRECTS: usize = 10;

/// Which hub to ask, and its time-outs.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// The hub; by default `https://huggingface.co`.
    pub base_url: Url,
    /// Used, without the token, when the hub cannot be reached.
    pub mirror: Option<Url>,
    /// Sent to `base_url`'s origin only.
    pub token: Option<Secret>,
    /// Time-out for opening a connection.
    pub connect_timeout: Duration,
    /// Time-out for the next bytes.
    pub idle_timeout: Duration,
}

impl Default for HubOptions {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant that a test of this file parses")]
        let base_url = Url::parse("https://huggingface.co").expect("the default hub's address is a URL");
        Self {
            base_url,
            mirror: None,
            token: None,
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(60),
        }
    }
}

/// A file on a hub.
#[derive(Debug, Clone, Copy)]
pub(super) struct HubFile<'a> {
    pub(crate) repo: &'a str,
    pub(crate) revision: &'a str,
    pub(crate) path: &'a str,
}

impl fmt::Display for HubFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}/{}", self.repo, self.revision, self.path)
    }
}

/// One hub to ask.
#[derive(Debug)]
pub(super) struct Hub {
    client: Client,
    base: Url,
    token: Option<Secret>,
}

impl Hub {
    /// A client for one base URL. It follows no redirect by itself.
    pub(crate) fn new(base: &Url, token: Option<&Secret>, options: &HubOptions) -> Result<Hub, ModelsError> {
        if token.is_some() && base.scheme() != "https" && !is_loopback(base) {
            return Err(ModelsError::TokenOverHttp { host: host_of(base) });
        }
        let client = Client::builder()
            .user_agent(concat!("tripod/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.idle_timeout)
            .build()
            .map_err(ModelsError::Client)?;
        Ok(Hub {
            client,
            base: base.clone(),
            token: token.cloned(),
        })
    }

    /// Asks for a file, or for what follows the bytes already there. The answer's status is 200, 206 or 416.
    pub(crate) async fn get(&self, file: HubFile<'_>, have: Option<&(u64, Marks)>) -> Result<Answer, Refusal> {
        let mut url = self.url(file)?;
        let (mut identity, mut size, mut commit) = (None, None, None);
        for _ in 0..=REDIRECTS {
            let at_hub = url.origin() == self.base.origin();
            let response = self.ask(&url, at_hub, have).await.map_err(|source| {
                Refusal::again(ModelsError::Unreachable {
                    what: file.to_string(),
                    host: host_of(&url),
                    source: source.without_url(),
                })
            })?;
            let headers = response.headers();
            if at_hub {
                identity = identity.or_else(|| etag(headers, "x-linked-etag"));
                size = size.or_else(|| number(headers, "x-linked-size"));
                commit = commit.or_else(|| text(headers, "x-repo-commit"));
            }
            if response.status().is_redirection() {
                url = self.next(&url, headers, file)?;
                continue;
            }
            return match response.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                    let identity = identity.or_else(|| at_hub.then(|| etag(response.headers(), "etag")).flatten());
                    Ok(Answer {
                        identity,
                        size,
                        commit,
                        response,
                    })
                }
                status => Err(self.refusal(status, response.headers(), &url, file)),
            };
        }
        Err(ModelsError::BadRedirect {
            what: file.to_string(),
            host: host_of(&url),
            problem: "without end",
        }
        .into())
    }

    async fn ask(&self, url: &Url, at_hub: bool, have: Option<&(u64, Marks)>) -> reqwest::Result<Response> {
        // A compressed body would have another length and other offsets than the file.
        let mut request = self.client.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(token) = self.token.as_ref().filter(|_| at_hub) {
            request = request.bearer_auth(token.expose());
        }
        if let Some((bytes, marks)) = have {
            request = request.header(header::RANGE, format!("bytes={bytes}-"));
            if let Some(strong) = marks.etag.as_deref().filter(|etag| etag.starts_with('"')) {
                request = request.header(header::IF_RANGE, strong);
            }
        }
        request.send().await
    }

    fn url(&self, file: HubFile<'_>) -> Result<Url, ModelsError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ModelsError::Invalid {
                origin: "the hub's base URL".into(),
                problem: format!("{} has no path", self.base.scheme()),
            })?
            .pop_if_empty()
            .extend(file.repo.split('/'))
            .push("resolve")
            .push(file.revision)
            .extend(file.path.split('/'));
        Ok(url)
    }

    fn next(&self, from: &Url, headers: &HeaderMap, file: HubFile<'_>) -> Result<Url, ModelsError> {
        let bad = |problem| ModelsError::BadRedirect {
            what: file.to_string(),
            host: host_of(from),
            problem,
        };
        let location = text(headers, header::LOCATION.as_str()).ok_or_else(|| bad("nowhere"))?;
        let to = from.join(&location).map_err(|_| bad("to no URL"))?;
        match (from.scheme(), to.scheme()) {
            (_, "https") | ("http", "http") => Ok(to),
            ("https", "http") => Err(bad("to plain http")),
            _ => Err(bad("to another protocol")),
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, url: &Url, file: HubFile<'_>) -> Refusal {
        let (what, host, code) = (file.to_string(), host_of(url), status.as_u16());
        let plain = ModelsError::Status {
            host: host.clone(),
            what: what.clone(),
            status: code,
        };
        if url.origin() != self.base.origin() {
            // Behind the redirect a 403 means that the signed link expired; the hub gives a new one.
            let again = status.is_server_error() || matches!(code, 403 | 408 | 429);
            return if again { Refusal::again(plain) } else { plain.into() };
        }
        match code {
            401 | 403 => ModelsError::NotAllowed {
                what,
                status: code,
                advice: self.advice(),
            }
            .into(),
            404 => ModelsError::NotOnHub {
                repo: file.repo.into(),
                revision: file.revision.into(),
                path: file.path.into(),
            }
            .into(),
            408 | 429 | 500..=599 => {
                let asked = retry_after(headers);
                let error = match code {
                    429 => ModelsError::TooManyRequests { host, asked },
                    _ => plain,
                };
                Refusal::Again {
                    error: Box::new(error),
                    asked,
                }
            }
            _ => plain.into(),
        }
    }

    fn advice(&self) -> &'static str {
        match self.token {
            None => {
                "the repository is private, gated or does not exist: set HF_TOKEN, or the hub token in the config file, and accept the model's licence on its page"
            }
            Some(_) => {
                "the token was sent: accept the model's licence on its page with the token's account, and check that the token may read it"
            }
        }
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("the hub").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn hub(base: &str, token: Option<&Secret>) -> Result<Hub, ModelsError> {
        Hub::new(&Url::parse(base).unwrap(), token, &HubOptions::default())
    }

    #[test]
    fn the_address_keeps_the_base_path_and_encodes_what_a_name_may_hold() {
        let file = HubFile {
            repo: "me/model",
            revision: "refs/pr/1",
            path: "sub dir/w%.gguf",
        };
        let url = hub("https://mirror.test/hub/", None).unwrap().url(file).unwrap();
        assert_eq!(
            url.as_str(),
            "https://mirror.test/hub/me/model/resolve/refs%2Fpr%2F1/sub%20dir/w%25.gguf"
        );
    }

    #[test]
    fn a_secret_is_not_printed_with_the_options_that_hold_it() {
        let options = HubOptions {
            token: Some(Secret::new("hf_abc")),
            ..HubOptions::default()
        };
        assert!(!format!("{options:?} {:?}", Secret::new("hf_abc")).contains("hf_abc"));
    }

    #[test]
    fn a_token_is_not_sent_over_plain_http_beyond_this_machine() {
        let token = Secret::new("hf_abc");
        assert!(matches!(
            hub("http://hub.test", Some(&token)),
            Err(ModelsError::TokenOverHttp { .. })
        ));
        assert!(hub("http://127.0.0.1:1", Some(&token)).is_ok());
        assert!(hub("http://hub.test", None).is_ok());
    }

    #[test]
    fn a_redirect_from_https_to_plain_http_or_another_protocol_is_not_followed() {
        let file = HubFile {
            repo: "a/b",
            revision: "main",
            path: "w",
        };
        let next = |from: &str, to: &str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, to.parse().unwrap())]);
            hub("https://hub.test", None)
                .unwrap()
                .next(&Url::parse(from).unwrap(), &headers, file)
        };
        assert_eq!(next("https://hub.test/a", "/b").unwrap().as_str(), "https://hub.test/b");
        assert!(next("https://hub.test/a", "https://store.test/b").is_ok());
        assert!(next("http://127.0.0.1/a", "https://store.test/b").is_ok());
        assert!(matches!(
            next("https://hub.test/a", "http://store.test/b"),
            Err(ModelsError::BadRedirect { .. })
        ));
        assert!(matches!(
            next("http://127.0.0.1/a", "file:///etc/passwd"),
            Err(ModelsError::BadRedirect { .. })
        ));
    }
}

//! The key of a service, and whether the service takes it: after one refusal nobody asks with it again, and after a used-up quota
//! nobody for some minutes. The key is sent in one header and appears nowhere else.

use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::net::{Answer, HttpError, Secret, is_loopback, shown_url};
use crate::news::error::NewsError;

/// How long a service is left alone that has answered 429: its quota is of a day or half a day.
const LEFT_ALONE: Duration = Duration::from_secs(15 * 60);

/// A key, shared by all requests to its service.
#[derive(Debug)]
pub(super) struct Key {
    service: &'static str,
    /// The environment variable that sets it.
    variable: &'static str,
    secret: Option<Secret>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No request was sent with it.
    Untried,
    /// The service did not refuse it.
    Tried,
    /// The service answered 401.
    Refused,
    /// The service answered 429, and is asked again from this instant on.
    UsedUp(Instant),
}

impl Key {
    pub(super) fn new(service: &'static str, variable: &'static str, secret: Option<Secret>) -> Self {
        Self {
            service,
            variable,
            secret: secret.filter(|secret| !secret.is_empty()),
            state: Mutex::new(State::Untried),
        }
    }

    /// `text` without the key, which a service may quote in its message.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) => text.replace(secret.expose(), "…"),
            None => text.to_owned(),
        }
    }

    /// The header's value for a request to `url`.
    ///
    /// # Errors
    /// [`NewsError`] without a key, for one that no header holds, and for an address that would get it unencrypted.
    pub(super) fn header(&self, url: &Url) -> Result<HeaderValue, NewsError> {
        let (service, variable) = (self.service, self.variable);
        let secret = self.secret.as_ref().ok_or(NewsError::NoKey { service, variable })?;
        let bad = |_| NewsError::BadKey { service, variable };
        let mut header = HeaderValue::from_str(secret.expose()).map_err(bad)?;
        header.set_sensitive(true);
        if url.scheme() != "https" && !is_loopback(url) {
            let url = shown_url(url);
            return Err(NewsError::Unencrypted { service, url });
        }
        Ok(header)
    }

    /// Runs a request with the key, unless the service refused it before, or answered a short while ago that its quota is used up:
    /// both give `None`. The first request runs alone, so that those of a batch that wait with it do not all send a wrong key.
    ///
    /// # Errors
    /// [`NewsError::KeyRefused`] for the one request that the service answers with 401; what else went wrong with the request.
    pub(super) async fn guard(
        &self,
        request: impl Future<Output = Result<Answer, HttpError>> + Send,
    ) -> Result<Option<Answer>, NewsError> {
        let mut state = self.state.lock().await;
        let answer = match *state {
            State::Refused => return Ok(None),
            State::UsedUp(until) if Instant::now() < until => return Ok(None),
            State::Untried => request.await,
            State::Tried | State::UsedUp(_) => {
                drop(state);
                let answer = request.await;
                state = self.state.lock().await;
                answer
            }
        };
        let now = Instant::now();
        let after = match &answer {
            Err(HttpError::Unauthorized { status: 401, .. }) => State::Refused,
            Err(HttpError::RateLimited { .. }) => State::UsedUp(now + LEFT_ALONE),
            _ => State::Tried,
        };
        let refused = after == State::Refused;
        let before = std::mem::replace(&mut *state, after);
        drop(state);
        match (before, after) {
            // Another request has said so.
            (State::Refused, State::Refused) => Ok(None),
            (State::UsedUp(until), State::UsedUp(_)) if now < until => Ok(None),
            _ if refused => Err(NewsError::KeyRefused {
                service: self.service,
                variable: self.variable,
            }),
            _ => Ok(Some(answer?)),
        }
    }
}

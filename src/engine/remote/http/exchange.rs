//! One request to one server: a body goes out, the answer comes in, whole or as a stream, within bounds of time and size. Follows no
//! redirect, uses no proxy of the environment, and puts the key into one header.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body::body;
use super::collect::{Collected, Collector, said};
use super::dialect::Dialect;
use super::events::{Events, MOST_BYTES};
use super::fault::Fault;
use super::server::Server;
use super::wire::Chunk;
use crate::engine::remote::ask::{Told, Writing};
use crate::engine::remote::caller::Tell;
use crate::engine::remote::options::Timing;
use crate::net::{Secret, endpoint, retry_after, shown_url};

/// Opens connections to servers.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) client: reqwest::Client,
    pub(super) key: Option<Secret>,
    pub(super) timing: Timing,
}

/// Which of two servers that write the same answer is heard: the one whose first piece came first.
#[derive(Debug, Default)]
pub(super) struct Claim(AtomicUsize);

impl Claim {
    /// Whether the answer is this one's. `who` is not 0.
    pub(super) fn is_of(&self, who: usize) -> bool {
        let before = self.0.compare_exchange(0, who, Ordering::Relaxed, Ordering::Relaxed);
        before.is_ok() || before == Err(who)
    }

    /// Whether a first piece came.
    pub(super) fn is_made(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// A request for a text.
pub(super) struct TextExchange<'a> {
    pub(super) model: &'a str,
    pub(super) request: &'a Writing,
    pub(super) tell: &'a Tell,
    pub(super) claim: &'a Claim,
    pub(super) who: usize,
}

impl Line {
    /// Asks for a text. Also returns after how long its first piece came.
    pub(super) async fn write(
        &self,
        server: &Server,
        dialect: &Dialect,
        exchange: &TextExchange<'_>,
    ) -> Result<(Collected, Duration), Fault> {
        let TextExchange {
            request,
            tell,
            claim,
            who,
            ..
        } = *exchange;
        let (path, body) = body(exchange.model, request, dialect)
            .map_err(|reason| Fault::Refused(format!("the grammar cannot be told to {}: {reason}", server.shown)))?;
        let broken = |reason: String| Fault::Broken(format!("{}: {reason}", server.shown));
        let begun = Instant::now();
        let mut response = self.post(server, path, &body, self.timing.first).await?;
        let mut collector = Collector::new(request);
        let mut first = None;
        if !is_stream(&response) {
            let whole = whole(&mut response, self.timing.first).await.map_err(broken)?;
            let chunk =
                serde_json::from_slice(&whole).map_err(|_| broken("the answer is not JSON of the API".into()))?;
            let pieces = collector.add(chunk).map_err(broken)?;
            if !claim.is_of(who) {
                return Err(Fault::Late);
            }
            let collected = collector.finish().map_err(broken)?;
            if request.live {
                pieces.into_iter().for_each(|piece| tell(piece.told()));
            }
            return Ok((collected, begun.elapsed()));
        }
        let mut events = Events::default();
        'stream: loop {
            let most = match first {
                None => self.timing.first.saturating_sub(begun.elapsed()),
                Some(_) => self.timing.silence,
            };
            let chunk = match tokio::time::timeout(most, response.chunk()).await {
                Err(_) => return Err(broken(format!("no word for {} s", most.as_secs()))),
                Ok(Err(error)) => return Err(broken(format!("the answer broke off: {}", innermost(&error)))),
                Ok(Ok(None)) => break 'stream,
                Ok(Ok(Some(bytes))) => bytes,
            };
            for data in events.add(&chunk).map_err(broken)? {
                if data == "[DONE]" {
                    break 'stream;
                }
                let chunk: Chunk = serde_json::from_str(&data)
                    .map_err(|_| broken("a chunk of the stream is not JSON of the API".into()))?;
                let pieces = collector.add(chunk).map_err(broken)?;
                if pieces.is_empty() {
                    continue;
                }
                if !claim.is_of(who) {
                    return Err(Fault::Late);
                }
                first.get_or_insert_with(|| begun.elapsed());
                if request.live {
                    pieces.into_iter().for_each(|piece| tell(piece.told()));
                }
                tell(Told::Decoded {
                    pieces: collector.pieces,
                });
            }
        }
        if !collector.is_complete() {
            return Err(broken("the answer broke off".into()));
        }
        if !claim.is_of(who) {
            return Err(Fault::Late);
        }
        let first = first.unwrap_or_else(|| begun.elapsed());
        Ok((collector.finish().map_err(broken)?, first))
    }

    /// Asks for a whole answer of JSON.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        server: &Server,
        path: &[&str],
        body: &Value,
        most: Duration,
    ) -> Result<T, Fault> {
        let response = self.post(server, path, body, most).await?;
        self.read(server, response, most).await
    }

    /// Gets a whole answer of JSON.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        server: &Server,
        path: &[&str],
        most: Duration,
    ) -> Result<T, Fault> {
        let url = endpoint(server.base.as_str(), path).map_err(|error| Fault::Refused(error.to_string()))?;
        let response = self.send(self.client.get(url.clone()), &shown_url(&url), most).await?;
        self.read(server, response, most).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        server: &Server,
        mut response: Response,
        most: Duration,
    ) -> Result<T, Fault> {
        let broken = |reason: String| Fault::Broken(format!("{}: {reason}", server.shown));
        let whole = whole(&mut response, most).await.map_err(broken)?;
        serde_json::from_slice(&whole).map_err(|_| broken("the answer is not JSON of the API".into()))
    }

    async fn post(&self, server: &Server, path: &[&str], body: &Value, most: Duration) -> Result<Response, Fault> {
        let url = endpoint(server.base.as_str(), path).map_err(|error| Fault::Refused(error.to_string()))?;
        self.send(self.client.post(url.clone()).json(body), &shown_url(&url), most)
            .await
    }

    /// Sends a request and waits for the head of the answer.
    async fn send(&self, mut request: RequestBuilder, shown: &str, most: Duration) -> Result<Response, Fault> {
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose());
        }
        let mut response = match tokio::time::timeout(most, request.send()).await {
            Err(_) => {
                return Err(Fault::Broken(format!(
                    "{shown} did not answer within {} s",
                    most.as_secs()
                )));
            }
            Ok(Err(error)) => return Err(Fault::Broken(format!("cannot reach {shown}: {}", innermost(&error)))),
            Ok(Ok(response)) => response,
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let after = retry_after(response.headers());
        let reason = match status.is_redirection() {
            true => format!(
                "{shown} redirects elsewhere (HTTP {}), which is not followed: correct the URL",
                status.as_u16()
            ),
            false => {
                let told = whole(&mut response, Duration::from_secs(5)).await.unwrap_or_default();
                let told: Value = serde_json::from_slice(&told).unwrap_or_default();
                let told = if told.is_null() {
                    String::new()
                } else {
                    format!(": {}", said(&told))
                };
                let hint = match status {
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.key.is_none() => {
                        "; it asks for a key: set the variable that key_env names, or TRIPOD_REMOTE_KEY"
                    }
                    _ => "",
                };
                format!("{shown} answered HTTP {}{told}{hint}", status.as_u16())
            }
        };
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => Fault::Busy { after, reason },
            StatusCode::SERVICE_UNAVAILABLE if after.is_some() => Fault::Busy { after, reason },
            StatusCode::REQUEST_TIMEOUT => Fault::Broken(reason),
            _ if status.is_server_error() => Fault::Broken(reason),
            _ => Fault::Refused(reason),
        })
    }
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// The whole body, within a time and a size.
async fn whole(response: &mut Response, most: Duration) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let reading = async {
        while let Some(bytes) = response
            .chunk()
            .await
            .map_err(|error| format!("the answer broke off: {}", innermost(&error)))?
        {
            if body.len() + bytes.len() > MOST_BYTES {
                return Err(format!("the answer is larger than {MOST_BYTES} bytes"));
            }
            body.extend_from_slice(&bytes);
        }
        Ok(())
    };
    match tokio::time::timeout(most, reading).await {
        Err(_) => Err(format!("the answer took longer than {} s", most.as_secs())),
        Ok(read) => read.map(|()| body),
    }
}

/// The innermost cause: the outer ones hold URLs and say only that sending failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    crate::text::clean(&cause.to_string())
}

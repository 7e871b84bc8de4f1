//! Errors of one news source. Each becomes a warning: the other sources are still used. No message holds a key.

use std::path::PathBuf;

use thiserror::Error;

use crate::net::HttpError;

/// Why a source has no headlines.
#[derive(Debug, Error)]
pub enum NewsError {
    /// NewsAPI was asked for, without a key.
    #[error("no NewsAPI key: set NEWSAPI_KEY, or the key in the configuration file, or leave the source out")]
    NoKey,
    /// The key holds invalid characters.
    #[error("the NewsAPI key holds characters that no key has: check NEWSAPI_KEY")]
    BadKey,
    /// The key would be sent unencrypted.
    #[error("{url} would get the NewsAPI key unencrypted: use https")]
    Unencrypted {
        /// The address, without secrets.
        url: String,
    },
    /// 401: the key is wrong.
    #[error("NewsAPI does not accept the key: check NEWSAPI_KEY")]
    KeyRefused,
    /// 426: the plan does not cover what was asked.
    #[error("NewsAPI asks for a paid plan for these days (HTTP 426)")]
    Upgrade,
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The service reported an error.
    #[error("{service} refused: {reason}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// Its words, cleaned.
        reason: String,
    },
    /// The answer is not news.
    #[error("{service} sent something that is not news: {reason}")]
    Malformed {
        /// Which service.
        service: &'static str,
        /// What was wrong.
        reason: String,
    },
    /// A file could not be read.
    #[error("cannot read the headlines in {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is wrong at one place.
    #[error("{origin}, {place}: {reason}")]
    Entry {
        /// The file's name, or `headlines` for those of a request.
        origin: String,
        /// Which entry or line.
        place: String,
        /// What was wrong and what to do.
        reason: String,
    },
    /// The demo has no headlines of this ticker.
    #[error("the demo has no headlines of {ticker}; it has those of {known}")]
    NotInDemo {
        /// What was asked for.
        ticker: String,
        /// What there is.
        known: String,
    },
}

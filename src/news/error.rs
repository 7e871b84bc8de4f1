//! Errors of one news source. Each becomes a warning: the other sources are still used. No message holds a key.

use std::path::PathBuf;

use thiserror::Error;

use crate::net::HttpError;

/// Why a source has no headlines.
#[derive(Debug, Error)]
pub enum NewsError {
    /// A service was asked for, without its key.
    #[error("no {service} key: set {variable}, or the key in the configuration file, or leave the source out")]
    NoKey {
        /// Which service.
        service: &'static str,
        /// The environment variable that sets it.
        variable: &'static str,
    },
    /// The key holds invalid characters.
    #[error("the {service} key holds characters that no key has: check {variable}")]
    BadKey {
        /// Which service.
        service: &'static str,
        /// The environment variable that sets it.
        variable: &'static str,
    },
    /// The key would be sent unencrypted.
    #[error("{url} would get the {service} key unencrypted: use https")]
    Unencrypted {
        /// Which service.
        service: &'static str,
        /// The address, without secrets.
        url: String,
    },
    /// 401: the key is wrong. It is not sent again.
    #[error("{service} does not accept the key: check {variable}")]
    KeyRefused {
        /// Which service.
        service: &'static str,
        /// The environment variable that sets it.
        variable: &'static str,
    },
    /// The plan of the key does not cover what was asked.
    #[error("{service} asks for a paid plan for {what} (HTTP {status})")]
    Upgrade {
        /// Which service.
        service: &'static str,
        /// What the plan does not cover.
        what: String,
        /// The status it answered.
        status: u16,
    },
    /// A search by words has no word to ask for.
    #[error(
        "no company name is known for {ticker}, and the symbol alone would find other stories: {service} was not asked"
    )]
    NothingToAsk {
        /// Which service.
        service: &'static str,
        /// The symbol.
        ticker: String,
    },
    /// A feed's address is none.
    #[error("the feed {url} cannot be used: {reason}")]
    Template {
        /// The address as far as it can be shown.
        url: String,
        /// What is wrong, and what to do.
        reason: String,
    },
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
        service: String,
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

//! The hub's answer: what the headers of its redirects and of the last response state about the file. The body is not read here.

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Response, StatusCode};

use super::hash::is_sha256;
use super::part::Marks;

/// The last response of the hub with its body unread, and what the redirects stated about the file.
#[derive(Debug)]
pub(super) struct Answer {
    pub(crate) response: Response,
    /// The hub's name for the content: the hash of a large file, the ETag of a small one.
    pub(crate) identity: Option<String>,
    /// Length of the whole file as the hub states it.
    pub(crate) size: Option<u64>,
    /// The commit behind the revision.
    pub(crate) commit: Option<String>,
}

impl Answer {
    /// The SHA-256 that the hub names for the content.
    pub(crate) fn announced_hash(&self) -> Option<&str> {
        self.identity.as_deref().filter(|identity| is_sha256(identity))
    }

    /// The ETag of the server that sends the bytes, quotes included.
    pub(crate) fn etag(&self) -> Option<String> {
        text(self.response.headers(), header::ETAG.as_str())
    }

    /// Length of the whole file: as the hub says, else as this response says.
    pub(crate) fn total(&self) -> Option<u64> {
        self.size.or_else(|| self.sent_total())
    }

    /// Length of the whole file as the response itself says.
    pub(crate) fn sent_total(&self) -> Option<u64> {
        match self.response.status() {
            StatusCode::OK => number(self.response.headers(), header::CONTENT_LENGTH.as_str()),
            _ => self.range().and_then(|(_, total)| total),
        }
    }

    /// Whether a complete body can be told from a broken connection.
    pub(crate) fn is_framed(&self) -> bool {
        let headers = self.response.headers();
        headers.contains_key(header::CONTENT_LENGTH)
            || headers.contains_key(header::TRANSFER_ENCODING)
            || self.response.version() > reqwest::Version::HTTP_11
    }

    /// Whether this response continues exactly the bytes on disk (a 416 has nothing to add). When neither a hash nor an ETag can
    /// be compared, that is assumed only if the final hash will be `checked` against a known one.
    pub(crate) fn continues(&self, bytes: u64, marks: &Marks, checked: bool) -> bool {
        let comparable = |one: &Option<String>, two: &Option<String>| one.is_some() && two.is_some();
        let (identity, etag) = (&self.identity, &self.etag());
        let same = (!comparable(identity, &marks.identity) || *identity == marks.identity)
            && (!comparable(etag, &marks.etag) || *etag == marks.etag);
        let known = checked || comparable(identity, &marks.identity) || comparable(etag, &marks.etag);
        let placed = match self.response.status() {
            StatusCode::PARTIAL_CONTENT => self.range().is_some_and(|(start, _)| start == Some(bytes)),
            _ => self.total() == Some(bytes),
        };
        same && known && placed
    }

    /// `Content-Range: bytes START-END/TOTAL`, or `bytes */TOTAL`.
    fn range(&self) -> Option<(Option<u64>, Option<u64>)> {
        let range = text(self.response.headers(), header::CONTENT_RANGE.as_str())?;
        let (span, total) = range.strip_prefix("bytes ")?.split_once('/')?;
        Some((
            span.split_once('-').and_then(|(start, _)| start.parse().ok()),
            total.parse().ok(),
        ))
    }
}

pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// An ETag without its weakness prefix and quotes.
pub(super) fn etag(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = text(headers, name)?;
    Some(value.trim().trim_start_matches("W/").trim_matches('"').to_owned())
}

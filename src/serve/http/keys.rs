//! API keys. The secrets come in at the start and are kept as SHA-256 only; a request's Authorization header is compared with all of
//! them in constant time, and the key's number goes out, never the key.

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::auth_error::AuthError;
use crate::net::Secret;

/// Stands for no key; there are never so many.
const NONE: u32 = u32::MAX;

/// The keys of this server; with none, requests need no key.
#[derive(Clone, Default)]
pub struct ApiKeys {
    hashes: Vec<[u8; 32]>,
}

impl ApiKeys {
    /// Hashes the keys; their order is their number.
    ///
    /// # Errors
    /// A key that is empty or that no header could carry (a space, a line break, a letter outside ASCII).
    pub fn new(keys: &[Secret]) -> Result<Self, AuthError> {
        let unusable = |key: &Secret| key.is_empty() || !key.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(at) = keys.iter().position(unusable) {
            return Err(AuthError::UnusableKey { number: at + 1 });
        }
        let hashes = keys.iter().map(|key| hash(key.expose().as_bytes())).collect();
        Ok(Self { hashes })
    }

    /// Whether requests need no key.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The number of the key in `Authorization: Bearer …`, counted from 0.
    pub fn find(&self, headers: &HeaderMap) -> Option<usize> {
        self.number(bearer(headers)?)
    }

    /// The number of a key, counted from 0.
    pub(super) fn number(&self, key: &[u8]) -> Option<usize> {
        let presented = hash(key);
        let mut found = NONE;
        for (number, known) in (0_u32..).zip(&self.hashes) {
            found.conditional_assign(&number, presented.ct_eq(known));
        }
        usize::try_from(found).ok().filter(|_| found != NONE)
    }
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeys({})", self.hashes.len())
    }
}

fn hash(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// The token of the one Authorization header; its scheme may be written in any case.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer".len())?;
    let token = token.strip_prefix(b" ")?.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn keys() -> ApiKeys {
        ApiKeys::new(&[Secret::new("first-key"), Secret::new("second-key\n")]).expect("two keys")
    }

    fn found(authorization: &str) -> Option<usize> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        keys().find(&headers)
    }

    #[test]
    fn each_key_is_found_under_its_number() {
        assert_eq!(found("Bearer first-key"), Some(0));
        assert_eq!(found("bEARER  second-key "), Some(1));
    }

    #[test]
    fn anything_else_is_not_a_key() {
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer first-ke",
            "Bearer first-key2",
            "Bearerfirst-key",
            "Basic first-key",
            "first-key",
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
        assert_eq!(keys().find(&HeaderMap::new()), None);
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused_by_its_number_alone() {
        for bad in ["", "  ", "one\ntwo", "schlüssel"] {
            let refused = ApiKeys::new(&[Secret::new("good"), Secret::new(bad)]).expect_err("a bad key");
            assert_eq!(refused, AuthError::UnusableKey { number: 2 });
            assert!(bad.trim().is_empty() || !refused.to_string().contains(bad), "{refused}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", keys()), "ApiKeys(2)");
    }
}

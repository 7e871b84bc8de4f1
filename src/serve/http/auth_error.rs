//! Settings of the server's access control that cannot be used.

use std::net::SocketAddr;

/// A setting that would leave the server open or lock everybody out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A server on the network without a key.
    #[error(
        "{0} is reachable from other machines and there is no API key: set one, bind to 127.0.0.1, or say --no-auth"
    )]
    OpenBind(SocketAddr),
    /// A key that no Authorization header can carry.
    #[error("API key number {number} is empty or has characters other than visible ASCII; put one key on a line")]
    UnusableKey {
        /// Its position in the list, counted from 1.
        number: usize,
    },
    /// An allowed origin that is not one.
    #[error("`{0}` is not a web origin; write it like https://example.org or http://localhost:3000")]
    NoOrigin(String),
}

//! How one try at one server failed, and with that whether another may help. Decides no delay.

use std::time::Duration;

use crate::engine::error::RemoteFailure;

/// Why one try gave no answer.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The server asks for a pause.
    Busy {
        /// The time that it named.
        after: Option<Duration>,
        reason: String,
    },
    /// The connection failed, the answer broke off or is no answer: another server, or this one later, may do better.
    Broken(String),
    /// The server understood and refused: so would the others.
    Refused(String),
    /// Another server's answer came first.
    Late,
}

impl Fault {
    pub(super) fn reason(&self) -> &str {
        match self {
            Fault::Busy { reason, .. } | Fault::Broken(reason) | Fault::Refused(reason) => reason,
            Fault::Late => "another server was faster",
        }
    }

    /// What it is for the one who asked.
    pub(super) fn kind(&self) -> RemoteFailure {
        match self {
            Fault::Refused(_) => RemoteFailure::Refused,
            Fault::Busy { .. } | Fault::Broken(_) | Fault::Late => RemoteFailure::Unreachable,
        }
    }
}

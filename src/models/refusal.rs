//! How one try of a download failed, and with that whether another try may help. Decides no delay: the retry policy does.

use std::time::Duration;

use super::error::ModelsError;

/// Why one try ended without a file.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Another try would end the same way.
    Final(Box<ModelsError>),
    /// Another try may succeed.
    Again {
        /// Reported when the tries are used up.
        error: Box<ModelsError>,
        /// The delay that the server named.
        asked: Option<Duration>,
    },
    /// The partial file held other content and was deleted: start at the first byte.
    Anew(Box<ModelsError>),
}

impl Refusal {
    /// Another try after the usual delay.
    pub(super) fn again(error: ModelsError) -> Refusal {
        Refusal::Again {
            error: Box::new(error),
            asked: None,
        }
    }
}

impl From<ModelsError> for Refusal {
    fn from(error: ModelsError) -> Refusal {
        Refusal::Final(Box::new(error))
    }
}

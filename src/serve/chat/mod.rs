//! What a chat message asks of the pipeline: a message comes in, a security and a horizon go out, or the short answer that
//! says what to write. Pure: asks no service and knows nothing of the conversation around the message.
//!
//! The rules would rather see no security, or several, than the wrong one: without one the message is a follow-up.

mod asked;
mod clarify;
mod horizon;
mod message;
mod names;
mod plain_words;
mod security;
#[cfg(test)]
mod tests;

pub use self::asked::{Asked, Horizon, Security};
pub use self::clarify::clarify;

use self::message::MessageText;
use crate::market::Company;

/// Reads the first 4,000 characters of `message`. The tickers and names of `known` are found in any case.
pub fn read(message: &str, known: &[Company]) -> Asked {
    let message = MessageText::new(message);
    let found = horizon::find(&message.text);
    let words = message.words(&found.spans);
    Asked {
        security: security::find(&message, &words, known, found.horizon.is_some()),
        horizon: found.horizon,
    }
}

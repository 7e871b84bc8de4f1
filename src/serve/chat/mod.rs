//! Reads what a chat message asks for: a message comes in, a security and a horizon go out, or a short answer that says what to write.
//! Pure: calls no service and knows nothing of the conversation around the message.
//!
//! A wrong security is worse than none or several: where the rules are in doubt they find none, and the message is a follow-up, or
//! several, and the user is asked.

mod answers;
mod asked;
mod clarify;
mod horizon;
mod message;
mod names;
mod plain_words;
mod security;
#[cfg(test)]
mod tests;

pub use self::answers::{LookedUp, look_up};
pub use self::asked::{Asked, Horizon, Security};
pub use self::clarify::clarify;

pub(super) use self::message::pattern;

use self::message::MessageText;
use crate::market::Company;

/// Whether a message sets securities against each other: "AAPL or MSFT?", "compare Apple with Google".
pub fn compares(message: &str) -> bool {
    const WORDS: [&str; 13] = [
        "or",
        "vs",
        "versus",
        "compare",
        "compared",
        "comparison",
        "better",
        "against",
        "than",
        "both",
        "and",
        "with",
        "oder",
    ];
    MessageText::new(message)
        .words(&[])
        .iter()
        .any(|word| WORDS.contains(&word.lower.as_str()))
}

/// Reads the first 4,000 characters of `message`. The tickers and names of `known` are recognised in upper and lower case.
pub fn read(message: &str, known: &[Company]) -> Asked {
    let message = MessageText::new(message);
    let found = horizon::find(&message.text);
    let words = message.words(&found.spans);
    Asked {
        security: security::find(&message, &words, known, found.horizon.is_some()),
        horizon: found.horizon,
    }
}

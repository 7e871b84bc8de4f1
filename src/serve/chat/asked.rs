//! What a chat message asks for. Plain data.

use crate::market::Ticker;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The security.
    pub security: Security,
    /// How far ahead; `None` when the message does not say.
    pub horizon: Option<Horizon>,
}

/// The security that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// A symbol, or a company whose symbol is known.
    Ticker(Ticker),
    /// A company's name, which a search has to find; letters, digits, spaces and `.&'-` only, at most 60 characters.
    Name(String),
    /// Several securities, as the message names them, at most five.
    Ambiguous(Vec<String>),
    /// None: most likely a question about what was said before.
    None,
}

/// How far ahead a message wants to look. A day is a trading day, a week has 5, a month 21, a quarter 63, a year 252.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Horizon {
    /// Trading days, 1 to 90.
    Days(usize),
    /// What the message said, in trading days: less than one or more than 90.
    OutOfRange(f64),
}

/// The longest horizon in trading days.
pub const MAX_HORIZON: usize = 90;

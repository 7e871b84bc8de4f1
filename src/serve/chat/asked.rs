//! What a chat message asks for. Plain data.

use crate::market::Ticker;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The security.
    pub security: Security,
    /// The horizon; `None` when the message gives none.
    pub horizon: Option<Horizon>,
}

/// The security that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// A symbol, or a company whose symbol is known.
    Ticker(Ticker),
    /// A company whose symbol was looked up.
    Named {
        /// Its name, as the list or the search has it.
        name: String,
        /// Its symbol.
        ticker: Ticker,
    },
    /// A company's name, to be searched; letters, digits, spaces and `.&'-` only, at most 60 characters.
    Name(String),
    /// Several securities as the message names them, at most five.
    Ambiguous(Vec<String>),
    /// None: most likely a follow-up to an earlier answer.
    None,
}

/// The horizon of a message. A day is a trading day, a week has 5, a month 21, a quarter 63, a year 252.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Horizon {
    /// Trading days, 1 to 90.
    Days(usize),
    /// The message's horizon in trading days, where it is less than one or more than 90.
    OutOfRange(f64),
}

/// The longest horizon in trading days.
pub const MAX_HORIZON: usize = 90;

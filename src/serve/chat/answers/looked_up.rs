//! What a look-up found. Plain data.

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// The answer.
    Says(String),
    /// The analysis does not hold it.
    NotHeld(String),
    /// It asks for more than a look-up: a reason, an opinion, a summary.
    Open,
}

//! What a filtered file was made from, as its manifest says it. Plain data.

use serde::{Deserialize, Serialize};

/// The file that was filtered, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilteredFrom {
    /// The name of the file, without a folder.
    pub name: String,
    /// SHA-256 of the file by its own manifest.
    pub sha256: String,
    /// The limits.
    pub limits: Limits,
    /// Prompts that were left out.
    pub dropped: Dropped,
}

/// What a record must keep to; `None`, or no ticker, sets no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most closes in a prompt.
    pub context: Option<u16>,
    /// The most closes in a completion.
    pub horizon: Option<u16>,
    /// The most tokens of prompt and completion together.
    pub tokens: Option<usize>,
    /// The name of the tokenizer's file that they were counted with.
    pub tokenizer: Option<String>,
    /// The tickers to keep.
    pub tickers: Vec<String>,
}

/// Records that were left out, by the first limit that they exceed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Of other tickers.
    pub ticker: u64,
    /// With a longer context.
    pub context: u64,
    /// With a longer horizon.
    pub horizon: u64,
    /// With more tokens.
    pub tokens: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(self) -> u64 {
        self.ticker + self.context + self.horizon + self.tokens
    }

    pub(super) fn add(&mut self, other: Dropped) {
        self.ticker += other.ticker;
        self.context += other.context;
        self.horizon += other.horizon;
        self.tokens += other.tokens;
    }
}

//! Which listings are wanted: by exchange, by kind, with or without funds and test issues. Pure.

use super::listing::{Exchange, Listing, ListingKind};

/// Which listings are wanted. The default wants all but test issues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListingFilter {
    /// Only these exchanges; all when empty.
    pub exchanges: Vec<Exchange>,
    /// Only these kinds; all when empty.
    pub kinds: Vec<ListingKind>,
    /// Leaves out exchange-traded funds.
    pub no_etf: bool,
    /// Keeps test issues.
    pub test_issues: bool,
}

impl ListingFilter {
    /// Whether the listing is wanted.
    pub fn accepts(&self, listing: &Listing) -> bool {
        (self.exchanges.is_empty() || self.exchanges.contains(&listing.exchange))
            && (self.kinds.is_empty() || self.kinds.contains(&listing.kind))
            && !(self.no_etf && listing.etf)
            && (self.test_issues || !listing.test_issue)
    }
}

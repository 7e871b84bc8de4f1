//! The largest US-listed companies as part of the program: a small table of symbol, name, exchange and type, and its date. A snapshot
//! for use without a network; a fetched list replaces it.

use std::sync::LazyLock;

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};

use super::listing::{Listing, ListingKind};
use crate::market::ticker::Ticker;

/// What the table knows.
pub(super) const BUNDLED_AS_OF: NaiveDate = match NaiveDate::from_ymd_opt(2025, 6, 30) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

const TABLE: &str = include_str!("large.csv");

static LISTINGS: LazyLock<Vec<Listing>> = LazyLock::new(|| {
    let mut table = ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes());
    table.records().filter_map(|row| listing(&row.ok()?)).collect()
});

/// The listings of the table, largest first.
pub(super) fn bundled_listings() -> &'static [Listing] {
    &LISTINGS
}

/// `None` for a row that does not read; a test holds that there is none.
fn listing(row: &StringRecord) -> Option<Listing> {
    let kind: ListingKind = row.get(3)?.parse().ok()?;
    let yahoo = Ticker::parse(row.get(0)?).ok()?;
    Some(Listing {
        // The only suffix in the table is a class of shares.
        symbol: yahoo.as_str().replace('-', "."),
        yahoo,
        name: row.get(1)?.to_owned(),
        exchange: row.get(2)?.parse().ok()?,
        kind,
        etf: kind == ListingKind::Etf,
        test_issue: false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_reads_and_no_symbol_stands_twice() {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).count() - 1;
        let listings = bundled_listings();
        assert_eq!(listings.len(), rows);
        let symbols: HashSet<&str> = listings.iter().map(|listing| listing.yahoo.as_str()).collect();
        assert_eq!(symbols.len(), rows);
        assert!(listings.iter().all(|listing| !listing.name.is_empty()));
    }
}

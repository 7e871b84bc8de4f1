//! One list from several: a security that two sources name becomes one listing with the best of both. Pure.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::listing::{Listing, ListingKind};
use super::source::ListingSource;
use crate::market::ticker::Ticker;

/// The listings of all sources, ordered by Yahoo symbol, each once.
///
/// The symbol directory is written anew several times a day and its names are written for people, so its symbol, name, exchange and
/// flags stand; the NYSE's service states what a security is, where the directory leaves that to the words of its name.
pub(super) fn merge(mut lists: Vec<(ListingSource, Vec<Listing>)>) -> Vec<Listing> {
    lists.sort_by_key(|(source, _)| *source == ListingSource::Nyse);
    let mut merged: BTreeMap<Ticker, Listing> = BTreeMap::new();
    for (source, listings) in lists {
        for listing in listings {
            match merged.entry(listing.yahoo.clone()) {
                Entry::Vacant(place) => {
                    place.insert(listing);
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    if source == ListingSource::Nyse && listing.kind != ListingKind::Other && !known.etf {
                        known.kind = listing.kind;
                    }
                    known.test_issue |= listing.test_issue;
                }
            }
        }
    }
    merged.into_values().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::universe::listing::Exchange;

    fn listing(symbol: &str, name: &str, exchange: Exchange, kind: ListingKind) -> Listing {
        Listing {
            symbol: symbol.to_owned(),
            yahoo: Ticker::parse(symbol).unwrap(),
            name: name.to_owned(),
            exchange,
            kind,
            etf: kind == ListingKind::Etf,
            test_issue: false,
        }
    }

    #[test]
    fn the_directory_gives_names_and_the_service_kinds_whichever_came_first() {
        let service = vec![
            listing("ABC", "ABC PLC", Exchange::Nyse, ListingKind::Adr),
            listing("SPY", "SPDR", Exchange::Nyse, ListingKind::Fund),
            listing("ODD", "ODD", Exchange::Nyse, ListingKind::Other),
            listing("ONLY", "ONLY HERE INC", Exchange::Nyse, ListingKind::Stock),
        ];
        let directory = vec![
            listing("SPY", "SPDR S&P 500 ETF Trust", Exchange::NyseArca, ListingKind::Etf),
            listing("ABC", "Abc plc", Exchange::NyseAmerican, ListingKind::Stock),
            listing("ODD", "Odd Company", Exchange::Nyse, ListingKind::Preferred),
            listing("ABC", "Abc plc, once more", Exchange::Cboe, ListingKind::Stock),
        ];
        for turned in [false, true] {
            let mut lists = vec![
                (ListingSource::Nyse, service.clone()),
                (ListingSource::Otherlisted, directory.clone()),
            ];
            if turned {
                lists.reverse();
            }
            assert_eq!(
                merge(lists),
                [
                    listing("ABC", "Abc plc", Exchange::NyseAmerican, ListingKind::Adr),
                    listing("ODD", "Odd Company", Exchange::Nyse, ListingKind::Preferred),
                    listing("ONLY", "ONLY HERE INC", Exchange::Nyse, ListingKind::Stock),
                    listing("SPY", "SPDR S&P 500 ETF Trust", Exchange::NyseArca, ListingKind::Etf),
                ]
            );
        }
    }
}

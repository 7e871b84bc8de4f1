//! The NYSE's listing service: pages of JSON that are asked for by POST. A page's number or its bytes come in, a request's body or
//! listings go out. Sends nothing.
//!
//! The service knows the securities of all US exchanges, and names each one's exchange by its MIC (ISO 10383).

use serde_json::{Value, json};

use super::error::UniverseError;
use super::listing::{Exchange, Listing, ListingKind, company_of};
use super::source::ListingSource;
use super::symbol::yahoo_spelling;
use crate::text::clean_text;

/// Listings on a page.
pub(super) const PAGE: usize = 100;

/// The service announced 13,202 listings in 2024; far more than that is no list of US securities.
pub(super) const MOST: usize = 50_000;

const MAX_NAME: usize = 160;

/// A page, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The listings of all pages together, as the service counts them.
    pub total: usize,
    /// Entries on this page, those that are left out included.
    pub entries: usize,
    /// The securities on this page.
    pub listings: Vec<Listing>,
    /// Entries that are listed nowhere or have no spelling of Yahoo's.
    pub left_out: usize,
}

/// The body of the request for page `number`, counted from 1.
pub(super) fn question(number: u32) -> Value {
    json!({
        "instrumentType": "EQUITY",
        "pageNumber": number,
        "sortColumn": "NORMALIZED_TICKER",
        "sortOrder": "ASC",
        "maxResultsPerPage": PAGE,
        "filterToken": "",
    })
}

/// Reads page `number`.
pub(super) fn read_page(body: &str, number: u32) -> Result<Page, UniverseError> {
    let wrong = |place: String, expected: &str, found: &str| UniverseError::Format {
        from: ListingSource::Nyse,
        place,
        expected: expected.to_owned(),
        found: clean_text(found, 60),
    };
    let page = || format!("page {number}");
    let answer: Value = serde_json::from_str(body).map_err(|error| {
        let begins: String = body.chars().take(40).collect();
        wrong(page(), "JSON", &format!("{error} in “{begins}”"))
    })?;
    let entries = answer
        .as_array()
        .ok_or_else(|| wrong(page(), "an array of listings", &answer.to_string()))?;
    let mut read = Page {
        total: 0,
        entries: entries.len(),
        listings: Vec::with_capacity(entries.len()),
        left_out: 0,
    };
    for (index, entry) in entries.iter().enumerate() {
        let place = || format!("page {number}, entry {}", index + 1);
        // A service that renames a field must not look like one that lists nothing.
        for field in ["total", "symbolTicker", "instrumentName", "instrumentType", "micCode"] {
            if entry.get(field).is_none() {
                return Err(wrong(place(), &format!("the field `{field}`"), &entry.to_string()));
            }
        }
        let total = entry.get("total").and_then(Value::as_u64);
        read.total = total
            .and_then(|total| usize::try_from(total).ok())
            .ok_or_else(|| wrong(place(), "a number at `total`", &entry["total"].to_string()))?;
        match listing(entry) {
            Some(listing) => read.listings.push(listing),
            None => read.left_out += 1,
        }
    }
    Ok(read)
}

/// `None` for an entry without a symbol, of no exchange, or without a spelling of Yahoo's.
fn listing(entry: &Value) -> Option<Listing> {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).map(str::trim);
    let exchange = match text("micCode")? {
        "XNYS" => Exchange::Nyse,
        "XASE" => Exchange::NyseAmerican,
        "ARCX" => Exchange::NyseArca,
        "XNAS" | "XNCM" | "XNGS" | "XNMS" => Exchange::Nasdaq,
        "BATS" => Exchange::Cboe,
        "IEXG" => Exchange::Iex,
        // ISO 10383: no market.
        "XXXX" | "" => return None,
        _ => Exchange::Other,
    };
    let kind_word = text("instrumentType").unwrap_or_default();
    let kind = match kind_word {
        "COMMON_STOCK" | "REIT" | "LIMITED_PARTNERSHIP" => ListingKind::Stock,
        "DEPOSITORY_RECEIPT" => ListingKind::Adr,
        "EXCHANGE_TRADED_FUND" => ListingKind::Etf,
        "CLOSED_END_FUND" => ListingKind::Fund,
        "PREFERRED_STOCK" => ListingKind::Preferred,
        "EXCHANGE_TRADED_NOTE" | "NOTE" | "BOND" => ListingKind::Note,
        "UNIT" => ListingKind::Unit,
        "WARRANT" => ListingKind::Warrant,
        "RIGHT" => ListingKind::Right,
        _ => ListingKind::Other,
    };
    let (symbol, spelling) = [text("symbolTicker"), text("normalizedTicker")]
        .into_iter()
        .flatten()
        .find_map(|symbol| Some((symbol, yahoo_spelling(symbol, kind)?)))?;
    let kind = match kind {
        ListingKind::Other => spelling.kind.unwrap_or(kind),
        known => known,
    };
    let name = clean_text(text("instrumentName").unwrap_or_default(), MAX_NAME);
    Some(Listing {
        symbol: symbol.to_owned(),
        yahoo: spelling.ticker,
        name: if name.is_empty() {
            symbol.to_owned()
        } else {
            company_of(&name, kind)
        },
        exchange,
        kind,
        etf: kind == ListingKind::Etf,
        test_issue: kind_word == "TEST",
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(symbol: &str, name: &str, kind: &str, mic: &str) -> Value {
        json!({
            "total": 3, "url": "https://www.nyse.com/quote/XNYS:A", "exchangeId": "558", "instrumentType": kind,
            "symbolTicker": symbol, "symbolExchangeTicker": symbol, "normalizedTicker": symbol,
            "symbolEsignalTicker": symbol, "instrumentName": name, "micCode": mic,
        })
    }

    #[test]
    fn a_page_is_read_with_the_exchange_and_the_kind_of_each_entry() {
        let body = json!([
            entry("A", "AGILENT TECHNOLOGIES INC", "COMMON_STOCK", "XNYS"),
            entry("ABR PRD", "ARBOR REALTY TRUST INC", "PREFERRED_STOCK", "XNYS"),
            entry("AAPL", "APPLE INC", "COMMON_STOCK", "XNGS"),
        ]);
        let page = read_page(&body.to_string(), 1).unwrap();
        assert_eq!((page.total, page.entries, page.left_out), (3, 3, 0));
        let read: Vec<_> = page
            .listings
            .iter()
            .map(|one| (one.yahoo.as_str(), one.exchange, one.kind))
            .collect();
        assert_eq!(
            read,
            [
                ("A", Exchange::Nyse, ListingKind::Stock),
                ("ABR-PD", Exchange::Nyse, ListingKind::Preferred),
                ("AAPL", Exchange::Nasdaq, ListingKind::Stock),
            ]
        );
        assert_eq!(page.listings[0].name, "AGILENT TECHNOLOGIES INC");
    }

    #[test]
    fn entries_that_are_listed_nowhere_or_have_no_spelling_are_counted_and_left_out() {
        let mut nameless = entry("ZZZ", "", "COMMON_STOCK", "XNYS");
        nameless["instrumentName"] = Value::Null;
        let mut without_symbol = entry("Q", "Q", "COMMON_STOCK", "XNYS");
        without_symbol["symbolTicker"] = Value::Null;
        without_symbol["normalizedTicker"] = Value::Null;
        let body = json!([
            entry("OLD", "Gone", "COMMON_STOCK", "XXXX"),
            entry("E:ABC", "European", "COMMON_STOCK", "XNYS"),
            without_symbol,
            nameless,
            entry("NTEST", "Test", "TEST", "XNYS"),
        ]);
        let page = read_page(&body.to_string(), 7).unwrap();
        assert_eq!((page.entries, page.left_out), (5, 3));
        assert_eq!(page.listings[0].name, "ZZZ");
        assert!(page.listings[1].test_issue);
    }

    #[test]
    fn a_changed_format_is_told_with_its_place() {
        let mut renamed = entry("B", "B", "COMMON_STOCK", "XNYS");
        renamed.as_object_mut().unwrap().remove("micCode");
        let mut worded = entry("B", "B", "COMMON_STOCK", "XNYS");
        worded["total"] = json!("many");
        let one = entry("A", "A", "COMMON_STOCK", "XNYS");
        for (body, place, expected) in [
            ("<!doctype html><p>hello".to_owned(), "page 4", "JSON"),
            (json!({"data": []}).to_string(), "page 4", "an array"),
            (json!([one, renamed]).to_string(), "page 4, entry 2", "`micCode`"),
            (json!([one, 7]).to_string(), "page 4, entry 2", "`total`"),
            (json!([worded]).to_string(), "page 4, entry 1", "a number at `total`"),
        ] {
            let error = read_page(&body, 4).unwrap_err().to_string();
            assert!(
                error.contains("NYSE") && error.contains(place) && error.contains(expected),
                "{error}"
            );
        }
    }
}

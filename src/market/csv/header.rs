//! Finds the header of a price table: the first lines come in, the names of its columns and the line where its rows begin go out. Titles
//! above the header are passed over; of yfinance's several header lines the columns of one ticker are taken.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::super::columns::Field;
use super::super::ticker::Ticker;
use crate::text::clean_text;

/// Lines among which the header must be.
pub(super) const LINES: usize = 24;

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The names of the columns; empty for those of another ticker.
    pub names: Vec<String>,
    /// The place of the first row below it among the records.
    pub rows_from: usize,
}

/// The mark between the columns: the one that makes a header of one of the first lines, else the one that they have most of.
pub(super) fn delimiter(text: &str) -> u8 {
    const MARKS: [u8; 4] = [b',', b';', b'\t', b'|'];
    let head: String = text.split_inclusive('\n').take(LINES).collect();
    let has_header = |mark: &&u8| {
        let rows: Vec<StringRecord> = records(&head, **mark).filter_map(Result::ok).collect();
        find(&rows, None).is_ok()
    };
    let count = |mark: &&u8| head.bytes().filter(|byte| byte == *mark).count();
    let found = MARKS.iter().find(has_header);
    // `max_by_key` takes the last of equals, so the comma stands last.
    *found.or(MARKS.iter().rev().max_by_key(count)).unwrap_or(&b',')
}

/// The records of a table, of any length.
pub(super) fn records(text: &str, delimiter: u8) -> impl Iterator<Item = csv::Result<StringRecord>> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes())
        .into_records()
}

/// The header, with the columns of the ticker where they have one; without a ticker, of any.
///
/// # Errors
/// What is missing, worded to follow the file's name.
pub(super) fn find(rows: &[StringRecord], ticker: Option<&Ticker>) -> Result<Header, String> {
    for at in 0..rows.len().min(LINES) {
        if let Some(levels) = levels(rows, at) {
            return of_levels(levels, at + 1, ticker);
        }
        let has = |field: Field| rows[at].iter().any(|name| field.is(name));
        if has(Field::Date) && (has(Field::Close) || has(Field::Adjusted)) {
            return Ok(Header {
                names: rows[at].iter().map(str::to_owned).collect(),
                rows_from: at + 1,
            });
        }
    }
    let first = rows.first().map(|row| row.iter().collect::<Vec<_>>().join(", "));
    Err(format!(
        "its first line must name a date and a close column, such as `Date,Close`; it has: {}",
        clean_text(&first.unwrap_or_default(), 120)
    ))
}

/// How many columns of the header are of a known field; none without a header.
pub(super) fn known(rows: &[StringRecord]) -> usize {
    let is_known = |name: &&String| Field::ALL.iter().any(|field| field.is(name));
    find(rows, None).map_or(0, |header| header.names.iter().filter(is_known).count())
}

/// The two header lines above a line that holds nothing but the name of its index, as pandas writes a table whose columns have two
/// levels: fields and tickers, in either order.
fn levels(rows: &[StringRecord], at: usize) -> Option<[&StringRecord; 2]> {
    let index = &rows[at];
    let names_index = index.get(0).is_some_and(|name| Field::Date.is(name)) && index.iter().skip(1).all(str::is_empty);
    let [one, other] = [rows.get(at.checked_sub(2)?)?, &rows[at - 1]];
    let is_of_fields = |level: &StringRecord| {
        level
            .iter()
            .skip(1)
            .any(|name| Field::Close.is(name) || Field::Adjusted.is(name))
    };
    match (
        names_index && one.len() == other.len(),
        is_of_fields(one),
        is_of_fields(other),
    ) {
        (true, true, _) => Some([one, other]),
        (true, false, true) => Some([other, one]),
        _ => None,
    }
}

fn of_levels(
    [fields, tickers]: [&StringRecord; 2],
    rows_from: usize,
    ticker: Option<&Ticker>,
) -> Result<Header, String> {
    let mut named: Vec<String> = Vec::new();
    for name in tickers.iter().skip(1).filter(|name| !name.is_empty()) {
        if !named.iter().any(|known| known == name) {
            named.push(name.to_owned());
        }
    }
    let is_wanted = |name: &str| match ticker {
        Some(ticker) if named.len() > 1 => Ticker::parse(name).as_ref() == Ok(ticker),
        _ => named.first().is_none_or(|first| first == name),
    };
    let of_ticker = |(field, name): (&str, &str)| {
        if is_wanted(name) {
            field.to_owned()
        } else {
            String::new()
        }
    };
    let names: Vec<String> = fields
        .iter()
        .skip(1)
        .zip(tickers.iter().skip(1))
        .map(of_ticker)
        .collect();
    match ticker {
        Some(ticker) if names.iter().all(String::is_empty) => Err(format!(
            "it has columns of {} and none of {ticker}",
            clean_text(&named.join(", "), 120)
        )),
        _ => Ok(Header {
            names: ["Date".to_owned()].into_iter().chain(names).collect(),
            rows_from,
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn header(text: &str, ticker: &str) -> Result<Header, String> {
        let rows: Vec<StringRecord> = records(text, delimiter(text)).map(Result::unwrap).collect();
        find(&rows, Some(&Ticker::parse(ticker).unwrap()))
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let found = header("Historical prices\nFrom;2013\nDatum;Schluss\n01.03.2013;1\n", "A").unwrap();
        assert_eq!(
            (found.names.as_slice(), found.rows_from),
            (&["Datum".to_owned(), "Schluss".to_owned()][..], 3)
        );
    }

    #[test]
    fn of_columns_of_several_tickers_those_of_the_one_asked_for_are_taken() {
        for text in [
            "Price,Close,Close,Open\nTicker,AAPL,MSFT,MSFT\nDate,,,\n",
            "Ticker,AAPL,MSFT,MSFT\nPrice,Close,Close,Open\nDate,,,\n",
        ] {
            assert_eq!(header(text, "MSFT").unwrap().names, ["Date", "", "Close", "Open"]);
            assert_eq!(header(text, "AAPL").unwrap().names, ["Date", "Close", "", ""]);
            assert_eq!(
                header(text, "IBM").unwrap_err(),
                "it has columns of AAPL, MSFT and none of IBM"
            );
        }
        let one = "Price,Close\nTicker,AAPL\nDate,\n";
        assert_eq!(header(one, "MINE").unwrap().names, ["Date", "Close"]);
    }
}

//! The public symbol directory: two text files with one security on a line, fields between `|`, a header that names the fields, and
//! a last line with the time of the file. A file's text comes in, listings go out. Fetches nothing.

use super::error::UniverseError;
use super::listing::{Exchange, Listing, ListingKind, company_of, kind_of};
use super::source::ListingSource;
use super::symbol::yahoo_spelling;
use crate::text::clean_text;

/// The last line begins so.
const TRAILER: &str = "File Creation Time";

const MAX_NAME: usize = 160;

/// A file, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directory {
    pub listings: Vec<Listing>,
    /// Securities without a spelling of Yahoo's.
    pub left_out: usize,
}

/// Reads the file of `source`.
pub(super) fn read_directory(source: ListingSource, text: &str) -> Result<Directory, UniverseError> {
    let wrong = |line: usize, expected: String, found: &str| UniverseError::Format {
        from: source,
        place: format!("line {line}"),
        expected,
        found: format!("“{}”", clean_text(found, 60)),
    };
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').trim_end().lines().collect();
    let header: Vec<&str> = lines
        .first()
        .copied()
        .unwrap_or_default()
        .split('|')
        .map(str::trim)
        .collect();
    let column = |name: &str| {
        let found = header.iter().position(|field| field.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            wrong(
                1,
                format!("a header with the field `{name}`"),
                lines.first().unwrap_or(&""),
            )
        })
    };
    let nasdaq = source == ListingSource::Nasdaqlisted;
    let columns = Columns {
        symbol: column(if nasdaq { "Symbol" } else { "ACT Symbol" })?,
        name: column("Security Name")?,
        etf: column("ETF")?,
        test_issue: column("Test Issue")?,
        exchange: if nasdaq { None } else { Some(column("Exchange")?) },
        spelled: if nasdaq { None } else { Some(column("CQS Symbol")?) },
    };
    let rows = match lines.split_last() {
        Some((last, rows)) if last.starts_with(TRAILER) => rows,
        _ => {
            return Err(UniverseError::CutShort {
                from: source,
                line: lines.len(),
            });
        }
    };
    let mut directory = Directory {
        listings: Vec::with_capacity(rows.len()),
        left_out: 0,
    };
    for (index, row) in rows.iter().enumerate().skip(1) {
        let fields: Vec<&str> = row.split('|').map(str::trim).collect();
        if fields.len() != header.len() {
            return Err(wrong(index + 1, format!("{} fields", header.len()), row));
        }
        match columns.listing(&fields) {
            Ok(Some(listing)) => directory.listings.push(listing),
            Ok(None) => directory.left_out += 1,
            Err(expected) => return Err(wrong(index + 1, expected, row)),
        }
    }
    match directory.listings.is_empty() {
        true => Err(UniverseError::Empty { from: source }),
        false => Ok(directory),
    }
}

/// Where each field is. Nasdaq's own file has neither an exchange nor a second spelling.
struct Columns {
    symbol: usize,
    name: usize,
    etf: usize,
    test_issue: usize,
    exchange: Option<usize>,
    spelled: Option<usize>,
}

impl Columns {
    /// `None` for a security without a spelling of Yahoo's; an error says what was expected.
    fn listing(&self, fields: &[&str]) -> Result<Option<Listing>, String> {
        let symbol = clean_text(fields[self.symbol], MAX_NAME);
        let name = clean_text(fields[self.name], MAX_NAME);
        let flag = |column: usize, name: &str| match fields[column] {
            "Y" => Ok(true),
            // Some rows leave a flag empty.
            "N" | "" => Ok(false),
            _ => Err(format!("Y or N at `{name}`")),
        };
        let (etf, test_issue) = (flag(self.etf, "ETF")?, flag(self.test_issue, "Test Issue")?);
        let exchange = match self.exchange.map(|column| fields[column]) {
            None => Exchange::Nasdaq,
            Some("N") => Exchange::Nyse,
            Some("A") => Exchange::NyseAmerican,
            Some("P") => Exchange::NyseArca,
            Some("Z") => Exchange::Cboe,
            Some("V") => Exchange::Iex,
            Some("Q" | "G" | "S") => Exchange::Nasdaq,
            Some(_) => Exchange::Other,
        };
        let by_name = kind_of(&name);
        // CQS tells a class of warrants from a class of shares, so its spelling is tried first.
        let spelled = self.spelled.map(|column| fields[column]);
        let spelling = [spelled, Some(symbol.as_str())]
            .into_iter()
            .flatten()
            .find_map(|symbol| yahoo_spelling(symbol, by_name));
        let Some(spelling) = spelling else {
            return Ok(None);
        };
        let kind = match (etf, spelling.kind) {
            (true, _) => ListingKind::Etf,
            (false, Some(told)) => told,
            (false, None) => by_name,
        };
        Ok(Some(Listing {
            name: if name.is_empty() {
                symbol.clone()
            } else {
                company_of(&name, kind)
            },
            symbol,
            yahoo: spelling.ticker,
            exchange,
            kind,
            etf,
            test_issue,
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NASDAQ: &str = "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares\r\n\
        AAPL|Apple Inc. - Common Stock|Q|N|N|100|N|N\r\n\
        QQQ|Invesco QQQ Trust, Series 1|G|N|N|100|Y|N\r\n\
        AACIW|Armada Acquisition Corp. III - Warrant|G|N|N|100|N|N\r\n\
        ZVZZT|NASDAQ TEST STOCK|G|Y|N|100||N\r\n\
        File Creation Time: 1127202617:03|||||||\r\n";

    const OTHER: &str = "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol\n\
        BRK.B|Berkshire Hathaway Inc. New Common Stock|N|BRK.B|N|40|N|BRK.B\n\
        ABR$D|Arbor Realty Trust 6.375% Series D Cumulative Redeemable Preferred Stock|N|ABRpD|N|100|N|ABR-D\n\
        ACHR.W|Archer Aviation Inc. Warrants|N|ACHR.WS|N|100|N|ACHR+\n\
        NE.A|Noble Corporation plc Tranche 2 Warrants|N|NE.A|N|100|N|NE^\n\
        AAC.U|Ares III Units, each consisting of one share and a warrant|N|AAC.U|N|100|N|AAC=\n\
        SPY|SPDR S&P 500 ETF Trust|P|SPY|Y|100|N|SPY\n\
        CBOE|Cboe Listed Common Stock|Z|CBOE|N|100|N|CBOE\n\
        NEW|Somewhere New Common Stock|T|NEW|N|100|N|NEW\n\
        ODD~|An Odd One|A|ODD~|N|100|N|ODD~\n\
        File Creation Time: 1127202617:03||||||\n";

    fn read(source: ListingSource, text: &str) -> Vec<(String, Exchange, ListingKind, String)> {
        let directory = read_directory(source, text).unwrap();
        let row = |one: Listing| (one.yahoo.into(), one.exchange, one.kind, one.name);
        directory.listings.into_iter().map(row).collect()
    }

    #[test]
    fn both_files_are_read() {
        let row = |symbol: &str, exchange, kind, name: &str| (symbol.to_owned(), exchange, kind, name.to_owned());
        use Exchange::{Cboe, Nasdaq, Nyse, NyseArca, Other};
        use ListingKind::{Etf, Preferred, Stock, Unit, Warrant};
        assert_eq!(
            read(ListingSource::Nasdaqlisted, NASDAQ),
            [
                row("AAPL", Nasdaq, Stock, "Apple Inc."),
                row("QQQ", Nasdaq, Etf, "Invesco QQQ Trust, Series 1"),
                row("AACIW", Nasdaq, Warrant, "Armada Acquisition Corp. III - Warrant"),
                row("ZVZZT", Nasdaq, Stock, "NASDAQ TEST STOCK"),
            ]
        );
        let preferred = "Arbor Realty Trust 6.375% Series D Cumulative Redeemable Preferred Stock";
        assert_eq!(
            read(ListingSource::Otherlisted, OTHER),
            [
                row("BRK-B", Nyse, Stock, "Berkshire Hathaway Inc."),
                row("ABR-PD", Nyse, Preferred, preferred),
                row("ACHR-WT", Nyse, Warrant, "Archer Aviation Inc. Warrants"),
                row("NE-WTA", Nyse, Warrant, "Noble Corporation plc Tranche 2 Warrants"),
                row(
                    "AAC-UN",
                    Nyse,
                    Unit,
                    "Ares III Units, each consisting of one share and a warrant"
                ),
                row("SPY", NyseArca, Etf, "SPDR S&P 500 ETF Trust"),
                row("CBOE", Cboe, Stock, "Cboe Listed"),
                row("NEW", Other, Stock, "Somewhere"),
            ]
        );
        let other = read_directory(ListingSource::Otherlisted, OTHER).unwrap();
        assert_eq!(other.left_out, 1);
        let nasdaq = read_directory(ListingSource::Nasdaqlisted, NASDAQ).unwrap();
        let flags: Vec<_> = nasdaq.listings.iter().map(|one| (one.etf, one.test_issue)).collect();
        assert_eq!(flags, [(false, false), (true, false), (false, false), (false, true)]);
    }

    #[test]
    fn a_changed_format_is_told_with_its_line() {
        let cut = &NASDAQ[..NASDAQ.find("ZVZZT").unwrap()];
        for (text, told) in [
            (String::new(), "line 1: expected a header with the field `Symbol`"),
            ("<!doctype html>\n<p>sorry".to_owned(), "line 1: expected a header"),
            (NASDAQ.replacen("Test Issue", "Test", 1), "the field `Test Issue`"),
            (NASDAQ.replacen("|Q|N|N|", "|Q|N|", 1), "line 2: expected 8 fields"),
            (
                NASDAQ.replacen("Trust, Series 1|G|N", "Trust, Series 1|G|maybe", 1),
                "line 3: expected Y or N at `Test Issue`",
            ),
            (cut.to_owned(), "line 4: expected `File Creation Time`"),
        ] {
            let error = read_directory(ListingSource::Nasdaqlisted, &text)
                .unwrap_err()
                .to_string();
            assert!(error.contains("nasdaqlisted.txt") && error.contains(told), "{error}");
        }
        let empty = format!("{}\n{}", NASDAQ.lines().next().unwrap(), NASDAQ.lines().last().unwrap());
        let error = read_directory(ListingSource::Nasdaqlisted, &empty).unwrap_err();
        assert!(matches!(error, UniverseError::Empty { .. }), "{error}");
    }

    #[test]
    fn the_fields_are_found_by_their_names() {
        let moved =
            "ETF|Symbol|Test Issue|Security Name\nN|AAPL|N|Apple Inc. - Common Stock\nFile Creation Time: 1|||\n";
        assert_eq!(read(ListingSource::Nasdaqlisted, moved)[0].0, "AAPL");
    }
}

//! Yahoo's spelling of a symbol: a symbol in one of the exchanges' spellings comes in, a [`Ticker`] goes out. Looks nothing up.
//!
//! The exchanges write what follows the root in four ways (Nasdaq's "Ticker Symbol Convention"). Yahoo has a fifth:
//!
//! | security | CMS | CQS | Nasdaq | ACT | Yahoo |
//! |---|---|---|---|---|---|
//! | class B | ` B` | `.B` `/B` | `.B` | `.B` | `-B` |
//! | preferred | ` PR` | `p` | `-` | `$` | `-P` |
//! | preferred, series D | ` PRD` | `pD` | `-D` | `$D` | `-PD` |
//! | warrant | ` WS` | `.WS` `/WS` | `+` | `.W` | `-WT` |
//! | warrant, class A | ` WSA` | `.WS.A` `/WS/A` | `+A` | `.A` | `-WTA` |
//! | unit | ` U` | `.U` `/U` | `=` | `.U` | `-UN` |
//! | right | ` RT` | `r` | `^` | `.R` | `-RI` |
//! | when issued | ` WI` | `w` | `#` | | `-WI` |
//! | when distributed | ` WD` | `.WD` `/WD` | | | `-WD` |
//! | called | ` CL` | `.CL` `/CL` | `*` | | as if not called |
//!
//! Symbols of securities listed on Nasdaq itself have no such part: a fifth letter stands for it, and Yahoo writes it as well.

use super::listing::ListingKind;
use crate::market::ticker::Ticker;

/// A symbol in Yahoo's spelling, and the kind of security that its ending tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub ticker: Ticker,
    pub kind: Option<ListingKind>,
}

/// Spells a symbol as Yahoo does. `kind` decides where two spellings collide: `.A` is a class of shares or of warrants, `-D` a class
/// or a preferred series. `None` for a symbol whose ending has no meaning here.
pub(super) fn yahoo_spelling(symbol: &str, kind: ListingKind) -> Option<Spelling> {
    let symbol = symbol.trim();
    let is_root = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let end = symbol.find(|c: char| !is_root(c)).unwrap_or(symbol.len());
    let (root, tail) = symbol.split_at(end);
    if root.is_empty() {
        return None;
    }
    let tail = ["*", ".CL", "/CL", " CL"]
        .iter()
        .find_map(|called| tail.strip_suffix(called))
        .unwrap_or(tail);
    let (ending, told) = ending(tail, kind)?;
    Some(Spelling {
        ticker: Ticker::parse(&format!("{root}{ending}")).ok()?,
        kind: told,
    })
}

/// Yahoo's ending for `tail`.
fn ending(tail: &str, kind: ListingKind) -> Option<(String, Option<ListingKind>)> {
    let told = |ending: String, kind| Some((ending, Some(kind)));
    if tail.is_empty() {
        return Some((String::new(), None));
    }
    if let Some(series) = after(tail, &["p", "$", ".PR", "/PR", " PR", "-PR", "-P"]).and_then(letters) {
        return told(format!("-P{series}"), ListingKind::Preferred);
    }
    if let Some(class) = after(tail, &["+", ".WS", "/WS", " WS", "-WS", "-WT"]).and_then(letters) {
        return told(format!("-WT{class}"), ListingKind::Warrant);
    }
    match tail {
        ".W" => return told("-WT".to_owned(), ListingKind::Warrant),
        "=" | ".U" | "/U" | " U" | ".UN" | " UN" | "-UN" => return told("-UN".to_owned(), ListingKind::Unit),
        "^" | "r" | ".R" | ".RT" | "/RT" | " RT" | "-RT" | "-RI" => return told("-RI".to_owned(), ListingKind::Right),
        "#" | "w" | ".WI" | "/WI" | " WI" => return Some(("-WI".to_owned(), None)),
        ".WD" | "/WD" | " WD" => return Some(("-WD".to_owned(), None)),
        _ => {}
    }
    let class = after(tail, &[".", "/", " ", "-"]).filter(|class| class.len() == 1)?;
    let class = letters(class)?;
    Some(match kind {
        ListingKind::Warrant => (format!("-WT{class}"), Some(kind)),
        ListingKind::Preferred => (format!("-P{class}"), Some(kind)),
        ListingKind::Right => ("-RI".to_owned(), Some(kind)),
        ListingKind::Unit => ("-UN".to_owned(), Some(kind)),
        _ => (format!("-{class}"), None),
    })
}

/// What follows the first of `markers` that `tail` begins with.
fn after<'t>(tail: &'t str, markers: &[&str]) -> Option<&'t str> {
    markers.iter().find_map(|marker| tail.strip_prefix(marker))
}

/// At most two letters, without the separator before them.
fn letters(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['.', '/', ' ']);
    (text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(symbol: &str, kind: ListingKind) -> Option<String> {
        yahoo_spelling(symbol, kind).map(|spelling| spelling.ticker.into())
    }

    #[test]
    fn every_spelling_of_the_table_is_read() {
        for (yahoo, spellings) in [
            ("IBM", &["IBM", " IBM "][..]),
            ("BRK-B", &["BRK.B", "BRK/B", "BRK B", "BRK-B"]),
            ("ABR-P", &["ABRp", "ABR$", "ABR PR", "ABR.PR"]),
            (
                "ABR-PD",
                &[
                    "ABRpD", "ABR$D", "ABR PRD", "ABR.PRD", "ABR-PRD", "ABR-PD", "ABRpD.CL", "ABR$D*",
                ],
            ),
            ("ACHR-WT", &["ACHR.WS", "ACHR/WS", "ACHR+", "ACHR.W", "ACHR WS"]),
            ("BAC-WTA", &["BAC.WS.A", "BAC/WS/A", "BAC+A", "BAC WSA"]),
            ("AAC-UN", &["AAC.U", "AAC=", "AAC U"]),
            ("XYZ-RI", &["XYZr", "XYZ^", "XYZ.R", "XYZ.RT", "XYZ RT"]),
            ("GE-WI", &["GEw", "GE#", "GE WI"]),
            ("GE-WD", &["GE.WD", "GE WD"]),
        ] {
            for spelling in spellings {
                assert_eq!(
                    spelled(spelling, ListingKind::Stock).as_deref(),
                    Some(yahoo),
                    "{spelling}"
                );
            }
        }
    }

    #[test]
    fn the_kind_decides_where_two_spellings_collide() {
        assert_eq!(spelled("NE.A", ListingKind::Warrant).unwrap(), "NE-WTA");
        assert_eq!(spelled("NE.A", ListingKind::Stock).unwrap(), "NE-A");
        assert_eq!(spelled("ABR-D", ListingKind::Preferred).unwrap(), "ABR-PD");
        assert_eq!(spelled("BF-B", ListingKind::Stock).unwrap(), "BF-B");
    }

    #[test]
    fn the_ending_tells_the_kind() {
        let kind = |symbol| yahoo_spelling(symbol, ListingKind::Stock).unwrap().kind;
        assert_eq!(kind("ABR$D"), Some(ListingKind::Preferred));
        assert_eq!(kind("ACHR.W"), Some(ListingKind::Warrant));
        assert_eq!(kind("AAC.U"), Some(ListingKind::Unit));
        assert_eq!(kind("XYZ.R"), Some(ListingKind::Right));
        assert_eq!(kind("BRK.B"), None);
    }

    #[test]
    fn an_ending_without_a_meaning_has_no_spelling() {
        for symbol in [
            "", "$A", "ABC~", "ABC%", "ABC.EC", "abc", "E:ABC", "ABC.XYZ", "ABC p", "ÄBC",
        ] {
            assert_eq!(spelled(symbol, ListingKind::Stock), None, "{symbol}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_no_spelling_or_one_that_is_a_ticker(text in "\\PC{0,20}") {
            for kind in ListingKind::ALL {
                if let Some(spelling) = yahoo_spelling(&text, *kind) {
                    prop_assert!(Ticker::parse(spelling.ticker.as_str()).is_ok());
                }
            }
        }
    }
}

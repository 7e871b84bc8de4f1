//! Parses the user's text into the validated symbol of one security ([`Ticker`]). Looks nothing up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::spelling::as_yahoo_writes;

/// The longest symbol accepted: options (`AAPL240119C00150000`) and cryptocurrencies have longer ones than shares.
const MAX_SYMBOL: usize = 32;

/// The longest input accepted: a Yahoo Finance link with its tracking parameters is much shorter.
const MAX_INPUT: usize = 2_048;

const YAHOO_HOST: &str = "finance.yahoo.com";

/// A symbol as Yahoo Finance writes it: upper case, 1 to 32 of `A–Z 0–9 . - = ^ & _`, at least one of them a letter or digit.
/// It holds no path separator, so it is safe as part of a file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Ticker(String);

/// Why a text is not a ticker.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TickerError {
    /// There was nothing to read.
    #[error("the ticker is empty: give a symbol such as NVDA, or a Yahoo Finance link")]
    Empty,
    /// More text than any symbol or link has.
    #[error("the ticker is too long ({length} characters): a symbol has at most {MAX_SYMBOL}, such as NVDA or BRK-B")]
    TooLong {
        /// Characters given.
        length: usize,
    },
    /// A character that no symbol has.
    #[error(
        "`{symbol}` is not a ticker: {found:?} cannot be part of one (letters, digits, `.`, `-`, `=`, `^`, `&` and `_` can)"
    )]
    Character {
        /// What was read as the symbol.
        symbol: String,
        /// The first character that cannot be.
        found: char,
    },
    /// Punctuation alone.
    #[error("`{symbol}` is not a ticker: it has neither a letter nor a digit")]
    NoLetter {
        /// What was read as the symbol.
        symbol: String,
    },
    /// A link to another site.
    #[error("`{host}` is not Yahoo Finance: give a symbol, or a link such as https://{YAHOO_HOST}/quote/NVDA")]
    Host {
        /// The host the link names.
        host: String,
    },
    /// A link to Yahoo Finance that names no security, or no link at all.
    #[error("the link names no ticker: it should look like https://{YAHOO_HOST}/quote/NVDA")]
    Link,
}

impl Ticker {
    /// The symbol.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a symbol, or the symbol out of a Yahoo Finance link. Other spellings than Yahoo's become Yahoo's: `$AAPL` is AAPL,
    /// `BRK.B` is BRK-B, `EUR/USD` is EURUSD=X.
    ///
    /// # Errors
    /// [`TickerError`] says what was wrong with the text.
    pub fn parse(text: &str) -> Result<Self, TickerError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TickerError::Empty);
        }
        if text.len() > MAX_INPUT {
            return Err(TickerError::TooLong {
                length: text.chars().count(),
            });
        }
        if let Some(spelled) = as_yahoo_writes(text) {
            return symbol(&spelled);
        }
        // No symbol of Yahoo's has a slash and every link has one.
        if text.contains('/') {
            let linked = symbol_in_link(text)?;
            symbol(&as_yahoo_writes(&linked).unwrap_or(linked))
        } else {
            symbol(text)
        }
    }

    /// What to tell a user whose `text` names another symbol than the one that was read; `None` where it is the same.
    pub fn notice(text: &str) -> Option<String> {
        let text = text.trim();
        let spelled = as_yahoo_writes(text)?;
        let is_other = !text.trim_start_matches('$').eq_ignore_ascii_case(&spelled);
        is_other.then(|| format!("{text} is taken for {spelled}, as Yahoo Finance writes it"))
    }
}

fn symbol(text: &str) -> Result<Ticker, TickerError> {
    let length = text.chars().count();
    if length == 0 {
        return Err(TickerError::Empty);
    }
    if length > MAX_SYMBOL {
        return Err(TickerError::TooLong { length });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '=' | '^' | '&' | '_');
    if let Some(found) = text.chars().find(|&c| !allowed(c)) {
        let shown = text.chars().filter(|c| !c.is_control()).collect();
        return Err(TickerError::Character { symbol: shown, found });
    }
    // This also refuses `.` and `..`, which are directory names.
    if !text.chars().any(|c| c.is_ascii_alphanumeric()) {
        return Err(TickerError::NoLetter {
            symbol: text.to_owned(),
        });
    }
    Ok(Ticker(text.to_ascii_uppercase()))
}

fn symbol_in_link(text: &str) -> Result<String, TickerError> {
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let link = Url::parse(&with_scheme).map_err(|_| TickerError::Link)?;
    if !matches!(link.scheme(), "http" | "https") {
        return Err(TickerError::Link);
    }
    let host = link.host_str().ok_or(TickerError::Link)?;
    if !is_yahoo_finance(host) {
        return Err(TickerError::Host { host: host.to_owned() });
    }
    let mut segments = link.path_segments().ok_or(TickerError::Link)?;
    segments.find(|segment| *segment == "quote").ok_or(TickerError::Link)?;
    let encoded = segments
        .next()
        .filter(|segment| !segment.is_empty())
        .ok_or(TickerError::Link)?;
    percent_encoding::percent_decode_str(encoded)
        .decode_utf8()
        .map(|decoded| decoded.into_owned())
        .map_err(|_| TickerError::Link)
}

/// The host itself or one regional host of it (`uk.finance.yahoo.com`): exactly one label more.
fn is_yahoo_finance(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host == YAHOO_HOST {
        return true;
    }
    host.strip_suffix(YAHOO_HOST)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

impl FromStr for Ticker {
    type Err = TickerError;

    fn from_str(text: &str) -> Result<Self, TickerError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Ticker {
    type Error = TickerError;

    fn try_from(text: String) -> Result<Self, TickerError> {
        Self::parse(&text)
    }
}

impl TryFrom<&str> for Ticker {
    type Error = TickerError;

    fn try_from(text: &str) -> Result<Self, TickerError> {
        Self::parse(text)
    }
}

impl From<Ticker> for String {
    fn from(ticker: Ticker) -> Self {
        ticker.0
    }
}

impl AsRef<str> for Ticker {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, TickerError> {
        Ticker::parse(text).map(String::from)
    }

    #[test]
    fn a_symbol_is_trimmed_and_upper_cased() {
        assert_eq!(read("  nvda\n").unwrap(), "NVDA");
    }

    #[test]
    fn symbols_of_shares_classes_indices_currencies_and_foreign_listings_are_read() {
        for symbol in [
            "A",
            "BRK-B",
            "^GSPC",
            "EURUSD=X",
            "VOD.L",
            "0700.HK",
            "BTC-USD",
            "600519.SS",
            "AAPL240119C00150000",
            "SPXW261218P06000000",
            "M&M.NS",
            "NIFTY_FIN_SERVICE.NS",
            "PEPE24478-USD",
            "BABYDOGECOIN10407USDTPERP-USD",
        ] {
            assert_eq!(read(symbol).unwrap(), symbol);
        }
    }

    #[test]
    fn other_spellings_are_read_as_yahoos_and_a_notice_says_so() {
        for (text, symbol) in [
            ("$AAPL", "AAPL"),
            ("brk.b", "BRK-B"),
            ("EUR/USD", "EURUSD=X"),
            ("BTC/USD", "BTC-USD"),
        ] {
            assert_eq!(read(text).unwrap(), symbol, "{text}");
        }
        let told = "brk.b is taken for BRK-B, as Yahoo Finance writes it";
        assert_eq!(Ticker::notice(" brk.b ").as_deref(), Some(told));
        for same in [
            "AAPL",
            "$aapl",
            "VOD.L",
            "brk-b",
            "https://finance.yahoo.com/quote/NVDA",
        ] {
            assert_eq!(Ticker::notice(same), None, "{same}");
        }
    }

    #[test]
    fn yahoo_finance_links_give_their_symbol() {
        for (link, symbol) in [
            ("https://finance.yahoo.com/quote/NVDA", "NVDA"),
            ("https://finance.yahoo.com/quote/NVDA/", "NVDA"),
            ("https://finance.yahoo.com/quote/nvda/history?p=NVDA#top", "NVDA"),
            ("http://finance.yahoo.com/quote/NVDA?.tsrc=fin-srch", "NVDA"),
            ("https://uk.finance.yahoo.com/quote/VOD.L", "VOD.L"),
            ("https://finance.yahoo.com/quote/%5EGSPC/", "^GSPC"),
            ("https://finance.yahoo.com/quote/EURUSD%3DX", "EURUSD=X"),
            ("HTTPS://Finance.Yahoo.COM/quote/AAPL", "AAPL"),
            ("finance.yahoo.com/quote/AAPL", "AAPL"),
            ("https://finance.yahoo.com:443/quote/AAPL", "AAPL"),
        ] {
            assert_eq!(read(link).unwrap(), symbol, "{link}");
        }
    }

    #[test]
    fn look_alike_hosts_are_refused_by_name() {
        for (link, host) in [
            (
                "https://finance.yahoo.com.evil.example/quote/NVDA",
                "finance.yahoo.com.evil.example",
            ),
            ("https://notfinance.yahoo.com/quote/NVDA", "notfinance.yahoo.com"),
            ("https://finance-yahoo.com/quote/NVDA", "finance-yahoo.com"),
            ("https://finance.yahoo.com@evil.example/quote/NVDA", "evil.example"),
            ("https://evil.example/finance.yahoo.com/quote/NVDA", "evil.example"),
            ("https://a.b.finance.yahoo.com/quote/NVDA", "a.b.finance.yahoo.com"),
        ] {
            assert_eq!(read(link), Err(TickerError::Host { host: host.to_owned() }), "{link}");
        }
    }

    #[test]
    fn links_without_a_symbol_are_refused() {
        for link in [
            "https://finance.yahoo.com/",
            "https://finance.yahoo.com/quote",
            "https://finance.yahoo.com/quote/",
            "https://finance.yahoo.com/news/NVDA",
            "file:///quote/NVDA",
            "javascript://finance.yahoo.com/quote/NVDA",
            "https:///",
            "https://finance.yahoo.com/quote/%FF%FE",
        ] {
            assert!(
                matches!(read(link), Err(TickerError::Link | TickerError::Host { .. })),
                "{link}"
            );
        }
    }

    #[test]
    fn a_symbol_inside_a_link_is_held_to_the_same_rules() {
        assert!(matches!(
            read("https://finance.yahoo.com/quote/%2e%2e%2fetc"),
            Err(TickerError::Character { found: '/', .. })
        ));
        assert!(matches!(
            read("https://finance.yahoo.com/quote/%255EGSPC"),
            Err(TickerError::Character { found: '%', .. })
        ));
    }

    #[test]
    fn what_is_not_a_symbol_is_refused_with_the_reason() {
        assert_eq!(read("   "), Err(TickerError::Empty));
        assert_eq!(read(&"A".repeat(33)), Err(TickerError::TooLong { length: 33 }));
        assert!(matches!(read("AA PL"), Err(TickerError::Character { found: ' ', .. })));
        assert!(matches!(read("ΑAPL"), Err(TickerError::Character { found: 'Α', .. })));
        assert!(matches!(read(".."), Err(TickerError::NoLetter { .. })));
        assert!(matches!(read("C:\\x"), Err(TickerError::Character { found: ':', .. })));
    }

    #[test]
    fn json_is_validated_on_the_way_in() {
        let ticker: Ticker = serde_json::from_str("\"msft\"").unwrap();
        assert_eq!(serde_json::to_string(&ticker).unwrap(), "\"MSFT\"");
        assert!(serde_json::from_str::<Ticker>("\"../x\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_safe_as_a_file_name(text in "\\PC*") {
            if let Ok(ticker) = Ticker::parse(&text) {
                let symbol = ticker.as_str();
                prop_assert!(!symbol.is_empty() && symbol.len() <= MAX_SYMBOL);
                prop_assert!(symbol.bytes().any(|b| b.is_ascii_alphanumeric()));
                prop_assert!(!symbol.contains(['/', '\\', ':', '\0']));
                prop_assert_eq!(Ticker::parse(symbol), Ok(ticker.clone()));
            }
        }

        #[test]
        fn every_well_formed_symbol_is_read_the_same_from_a_link(symbol in "[A-Z0-9.=^&_-]{0,31}[A-Z0-9]") {
            let encoded: String = percent_encoding::utf8_percent_encode(&symbol, percent_encoding::NON_ALPHANUMERIC).collect();
            let link = format!("https://finance.yahoo.com/quote/{encoded}/");
            prop_assert_eq!(read(&link), read(&symbol));
            prop_assert!(read(&symbol).is_ok());
        }
    }
}

//! Where a symbol in Yahoo's form is listed, by its suffix, and how other services write it. A table; asks nothing.

use super::super::spelling::CRYPTO_QUOTES;
use super::super::ticker::Ticker;

/// A place of listing: Yahoo's suffix, those of other services, and the currency in which prices are quoted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Yahoo's suffix, without the dot; none for a listing in the US.
    yahoo: &'static str,
    /// Alpha Vantage's suffix.
    pub alpha_vantage: Option<&'static str>,
    /// Stooq's suffix.
    pub stooq: Option<&'static str>,
    /// The exchange, in Yahoo's words.
    pub exchange: Option<&'static str>,
    /// ISO 4217 code, and the quoted units in one of it: London quotes in pence.
    pub currency: (&'static str, f64),
}

const fn place(
    yahoo: &'static str,
    alpha_vantage: Option<&'static str>,
    stooq: Option<&'static str>,
    exchange: &'static str,
    currency: (&'static str, f64),
) -> Place {
    Place {
        yahoo,
        alpha_vantage,
        stooq,
        exchange: Some(exchange),
        currency,
    }
}

/// Listings in the US have no suffix, and no one exchange.
const US: Place = Place {
    yahoo: "",
    alpha_vantage: Some(""),
    stooq: Some("us"),
    exchange: None,
    currency: ("USD", 1.0),
};

/// From the services' own lists of suffixes.
const PLACES: [Place; 14] = [
    place("L", Some("LON"), Some("uk"), "LSE", ("GBP", 100.0)),
    place("DE", Some("DEX"), Some("de"), "XETRA", ("EUR", 1.0)),
    place("F", Some("FRK"), None, "Frankfurt", ("EUR", 1.0)),
    place("PA", Some("PAR"), None, "Paris", ("EUR", 1.0)),
    place("AS", Some("AMS"), None, "Amsterdam", ("EUR", 1.0)),
    place("TO", Some("TRT"), None, "Toronto", ("CAD", 1.0)),
    place("V", Some("TRV"), None, "TSXV", ("CAD", 1.0)),
    place("BO", Some("BSE"), None, "BSE", ("INR", 1.0)),
    place("SS", Some("SHH"), None, "Shanghai", ("CNY", 1.0)),
    place("SZ", Some("SHZ"), None, "Shenzhen", ("CNY", 1.0)),
    place("T", None, Some("jp"), "Tokyo", ("JPY", 1.0)),
    place("HK", None, Some("hk"), "HKSE", ("HKD", 1.0)),
    place("BD", None, Some("hu"), "Budapest", ("HUF", 1.0)),
    place("WA", None, Some("pl"), "WSE", ("PLN", 1.0)),
];

/// The symbol without its suffix, and where it is listed; `None` for an index, a currency, a future or a place that is not known.
pub(super) fn listed(ticker: &Ticker) -> Option<(&str, Place)> {
    let symbol = ticker.as_str();
    if symbol.contains(['=', '^', '&', '_']) {
        return None;
    }
    match symbol.rsplit_once('.') {
        None if is_coin(symbol) => None,
        None => Some((symbol, US)),
        Some((stem, suffix)) => {
            let place = PLACES.into_iter().find(|place| place.yahoo == suffix)?;
            Some((stem, place))
        }
    }
}

/// The symbol of a share listed in the US.
pub(super) fn in_us(ticker: &Ticker) -> Option<&str> {
    listed(ticker)
        .filter(|(_, place)| *place == US)
        .map(|(symbol, _)| symbol)
}

/// Whether a symbol is a coin's, such as `BTC-USD`: it ends with what coins are quoted in.
fn is_coin(symbol: &str) -> bool {
    symbol
        .rsplit_once('-')
        .is_some_and(|(_, quote)| CRYPTO_QUOTES.contains(&quote))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(symbol: &str) -> Option<(String, &'static str)> {
        let ticker = Ticker::parse(symbol).unwrap();
        listed(&ticker).map(|(stem, place)| (stem.to_owned(), place.currency.0))
    }

    #[test]
    fn a_suffix_tells_the_place_and_no_suffix_the_us() {
        assert_eq!(of("AAPL"), Some(("AAPL".to_owned(), "USD")));
        assert_eq!(of("BRK-B"), Some(("BRK-B".to_owned(), "USD")));
        assert_eq!(of("VOD.L"), Some(("VOD".to_owned(), "GBP")));
        assert_eq!(of("7203.T"), Some(("7203".to_owned(), "JPY")));
        for elsewhere in ["^GSPC", "EURUSD=X", "BTC-USD", "ACME.XYZ", "GC=F"] {
            assert_eq!(of(elsewhere), None, "{elsewhere}");
        }
    }
}
